from __future__ import annotations

import enum
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

from whispr.config import Setting, format_value, load, setting, settings
from whispr.errors import ConfigError


class WhenFull(enum.Enum):
    REFUSE = "refuse"
    DROP_OLDEST = "drop_oldest"


@dataclass(frozen=True, slots=True)
class Example:
    max_connections: int = setting(100, help="Connections in total.", minimum=1, maximum=1000)
    ttl_ms: int = setting(60_000, help="Life of a message.", minimum=1000, maximum=86_400_000)
    idle_seconds: float = setting(30.0, help="Silence before an end.", minimum=0.1)
    queue_bytes: int = setting(10 * 1024 * 1024, help="Bytes of a mailbox.", minimum=0)
    token_file: Path | None = setting(None, help="File with the access token.")
    retention: Literal["minute", "day"] = setting("minute", help="A preset.")
    when_full: WhenFull = setting(WhenFull.REFUSE, help="What a full mailbox does.")
    listen: tuple[str, ...] = setting(("0.0.0.0:7443",), help="Addresses.")
    verbose: bool = setting(False, help="Say more.")
    motd: str = setting("hello", help="A greeting.")
    quota: int | None = setting(None, help="A limit, or none.", minimum=1)


def of(name: str) -> Setting:
    return next(item for item in settings(Example) if item.name == name)


def from_file(tmp_path: Path, text: str, **arguments: Any) -> Example:
    path = tmp_path / "relay.toml"
    path.write_text(text, encoding="utf-8")
    return load(Example, path=path, **arguments)


def from_flags(**overrides: object) -> Example:
    return load(Example, overrides=overrides)


def test_defaults_without_any_layer() -> None:
    assert load(Example) == Example()


def test_later_layers_win(tmp_path: Path) -> None:
    path = tmp_path / "relay.toml"
    path.write_text("max_connections = 2\nttl_ms = 2000\nqueue_bytes = 2\n")
    loaded = load(
        Example,
        path=path,
        environment={"WHISPR_RELAY_TTL_MS": "3s", "WHISPR_RELAY_QUEUE_BYTES": "3"},
        overrides={"queue_bytes": 4, "idle_seconds": None},
        prefix="WHISPR_RELAY_",
    )
    assert (loaded.max_connections, loaded.ttl_ms, loaded.queue_bytes) == (2, 3000, 4)
    assert loaded.idle_seconds == Example().idle_seconds


def test_other_variables_are_not_ours() -> None:
    environment = {"HOME": "/", "WHISPR_PROFILE": "x", "WHISPR_RELAY_MOTD": "hi"}
    loaded = load(Example, environment=environment, prefix="WHISPR_RELAY_")
    assert loaded == Example(motd="hi")


def test_every_type_from_toml(tmp_path: Path) -> None:
    loaded = from_file(
        tmp_path,
        'max_connections = 7\nidle_seconds = 2\ntoken_file = "/run/token"\nretention = "day"\n'
        'when_full = "drop_oldest"\nlisten = ["a:1", "b:2"]\nverbose = true\nttl_ms = "5m"\n',
    )
    assert loaded == Example(
        max_connections=7,
        idle_seconds=2.0,
        token_file=Path("/run/token"),
        retention="day",
        when_full=WhenFull.DROP_OLDEST,
        listen=("a:1", "b:2"),
        verbose=True,
        ttl_ms=300_000,
    )
    assert isinstance(loaded.idle_seconds, float)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("ttl_ms", "1500", 1500),
        ("ttl_ms", "1500ms", 1500),
        ("ttl_ms", "1.5s", 1500),
        ("ttl_ms", "24h", 86_400_000),
        ("ttl_ms", "1d", 86_400_000),
        ("ttl_ms", " 2 m ", 120_000),
        ("idle_seconds", "250ms", 0.25),
        ("idle_seconds", "5m", 300.0),
        ("idle_seconds", "0.5", 0.5),
        ("queue_bytes", "10MiB", 10 * 1024**2),
        ("queue_bytes", "10mb", 10_000_000),
        ("queue_bytes", "64 KiB", 65_536),
        ("queue_bytes", "1GiB", 1024**3),
        ("queue_bytes", "12B", 12),
        ("queue_bytes", "10_000", 10_000),
        ("max_connections", "12", 12),
        ("verbose", "ON", True),
        ("verbose", "0", False),
        ("verbose", True, True),
        ("listen", "a:1, b:2,", ("a:1", "b:2")),
        ("listen", "", ()),
        ("token_file", "", None),
        ("token_file", "none", None),
        ("token_file", "~/token", Path.home() / "token"),
        ("quota", "None", None),
        ("quota", "3", 3),
        ("when_full", WhenFull.DROP_OLDEST, WhenFull.DROP_OLDEST),
        ("when_full", "drop_oldest", WhenFull.DROP_OLDEST),
    ],
)
def test_text_becomes_a_value(name: str, text: object, value: object) -> None:
    loaded = getattr(from_flags(**{name: text}), name)
    assert loaded == value
    assert type(loaded) is type(value)


@pytest.mark.parametrize(
    ("name", "raw", "message"),
    [
        ("ttl_ms", "soon", "such as 500ms, 60s or 5m"),
        ("ttl_ms", "5 MiB", "such as 500ms"),
        ("ttl_ms", "1.0005s", "whole number of ms"),
        ("queue_bytes", "5m", "such as 64KiB or 10MiB"),
        ("queue_bytes", "1.5", "whole number of bytes"),
        ("max_connections", "12s", "expected is a number"),
        ("max_connections", "", "expected is a number"),
        ("max_connections", True, "expected is a number"),
        ("max_connections", 2.5, "whole number"),
        ("max_connections", "9" * 40, "expected is a number"),
        ("max_connections", 10**400, "no usable number"),
        ("idle_seconds", float("nan"), "no usable number"),
        ("idle_seconds", float("inf"), "no usable number"),
        ("idle_seconds", "nan", "expected is a number"),
        ("verbose", "maybe", "yes or no"),
        ("verbose", 1, "yes or no"),
        ("retention", "year", "one of minute, day"),
        ("when_full", "explode", "one of refuse, drop_oldest"),
        ("listen", 5, "list of texts"),
        ("listen", ["a", 5], "list of texts"),
        ("motd", 5, "a text is expected"),
        ("token_file", 5, "a path is expected"),
    ],
)
def test_unusable_value_is_an_error_that_says_what_is(name: str, raw: object, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        from_flags(**{name: raw})
    assert str(caught.value).startswith("--" + name.replace("_", "-"))


@pytest.mark.parametrize(
    ("value", "accepted"), [(0, False), (1, True), (1000, True), (1001, False)]
)
def test_range_has_two_sides(value: int, accepted: bool) -> None:
    if accepted:
        assert from_flags(max_connections=value).max_connections == value
    else:
        with pytest.raises(ConfigError, match=r"the (least is 1|most is 1000)$"):
            from_flags(max_connections=value)


def test_range_is_told_in_the_unit_of_the_setting() -> None:
    with pytest.raises(ConfigError, match=r"--ttl-ms: 5ms is too small, the least is 1s"):
        from_flags(ttl_ms="5ms")


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        ({"environment": {"WHISPR_MAX_CONECTIONS": "5"}}, "WHISPR_MAX_CONECTIONS"),
        ({"overrides": {"max_conections": 5}}, "--max-conections"),
    ],
)
def test_unknown_key_names_the_nearest(arguments: dict[str, Any], place: str) -> None:
    with pytest.raises(ConfigError, match=rf"{place}: .*did you mean max_connections\?"):
        load(Example, **arguments)


def test_unknown_key_in_a_file_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"relay\.toml: max_conections: .*max_connections"):
        from_file(tmp_path, "max_conections = 5")


def test_unknown_key_like_no_other(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="zzz: there is no such setting; remove it"):
        from_file(tmp_path, "[zzz]\nkey = 1")


def test_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read"):
        load(Example, path=tmp_path / "missing.toml")


@pytest.mark.parametrize("content", [b"max_connections 5", b"motd = '\xff'"])
def test_broken_file_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "relay.toml").write_bytes(content)
    with pytest.raises(ConfigError, match="is not valid TOML"):
        load(Example, path=tmp_path / "relay.toml")


PRESETS = {"retention": {"day": {"ttl_ms": 86_400_000, "max_connections": 7}}}


def test_preset_replaces_defaults_only(tmp_path: Path) -> None:
    loaded = from_file(tmp_path, 'retention = "day"\nmax_connections = 9', presets=PRESETS)
    assert loaded == Example(retention="day", ttl_ms=86_400_000, max_connections=9)
    assert load(Example, presets=PRESETS) == Example()


def test_settings_describe_a_field_for_flags_and_documents() -> None:
    item = of("max_connections")
    assert (item.flag, item.environment) == ("--max-connections", "WHISPR_MAX_CONNECTIONS")
    assert (item.type, item.optional, item.default) == (int, False, 100)
    assert (item.minimum, item.maximum, item.help) == (1, 1000, "Connections in total.")
    assert settings(Example, "X_")[0].environment == "X_MAX_CONNECTIONS"
    assert [item.name for item in settings(Example)] == list(Example.__dataclass_fields__)


@pytest.mark.parametrize(
    ("name", "placeholder", "default"),
    [
        ("max_connections", "N", "100"),
        ("ttl_ms", "MS", "1m"),
        ("idle_seconds", "SECONDS", "30s"),
        ("queue_bytes", "BYTES", "10MiB"),
        ("token_file", "PATH", "none"),
        ("retention", "{minute,day}", "minute"),
        ("when_full", "{refuse,drop_oldest}", "refuse"),
        ("listen", "TEXT,…", "0.0.0.0:7443"),
        ("verbose", "yes|no", "no"),
        ("motd", "TEXT", "hello"),
        ("quota", "N", "none"),
    ],
)
def test_placeholder_and_default_are_texts(name: str, placeholder: str, default: str) -> None:
    assert (of(name).placeholder, of(name).default_text) == (placeholder, default)


@pytest.mark.parametrize("value", [1000, 1500, 60_000, 90_000, 3_600_000, 86_400_000])
def test_written_value_reads_back(value: int) -> None:
    assert from_flags(ttl_ms=format_value(of("ttl_ms"), value)).ttl_ms == value


@pytest.mark.parametrize("value", [0, 1, 1023, 1024, 1536, 10_000_000, 1024**3])
def test_written_size_reads_back(value: int) -> None:
    assert from_flags(queue_bytes=format_value(of("queue_bytes"), value)).queue_bytes == value


def test_field_without_setting_is_a_bug() -> None:
    @dataclass(frozen=True)
    class Careless:
        limit: int = field(default=1)

    with pytest.raises(TypeError, match="limit is not declared with setting"):
        settings(Careless)
