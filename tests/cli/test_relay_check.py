"""`whispr relay check-config`: what a relay would stumble over is said before it starts."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from tests.cli.cli_kit import whispr
from whispr.relay import certificate


def test_what_differs_from_the_defaults_is_shown(tmp_path: Path) -> None:
    (tmp_path / "relay.toml").write_text('ttl_seconds = "5m"\nlisten = [":1", ":2"]\n')
    for words in (
        ["--config", tmp_path / "relay.toml", "check-config"],
        ["check-config", "--config", tmp_path / "relay.toml"],
    ):
        ran = whispr("relay", *words)
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.splitlines() == [
            *("listen = :1,:2", "ttl_seconds = 5m", "usable; 2 settings differ from the defaults")
        ]


def test_flags_and_environment_count_too(tmp_path: Path) -> None:
    ran = whispr(
        *("relay", "check-config", "--ttl", "2m", "--json"),
        environment={"WHISPR_RELAY_SEND_BURST": "7"},
    )
    told = {found["name"]: found["value"] for found in ran.of_type("setting")}
    assert told == {"ttl_seconds": "2m", "send_burst": "7"}


@pytest.mark.parametrize(
    "text",
    [
        "no_such_setting = 1",
        "ttl_seconds = 0",
        "not toml",
        'certificate_file = "nowhere.pem"\nkey_file = "nowhere.key"',
        'certificate_file = "nowhere.pem"',
        'access = "token"\naccess_token_file = "relay.toml"',
        'data = "relay.toml"',
        'spool = "relay.toml"',
    ],
)
def test_what_cannot_be_used_is_78_and_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "relay.toml").write_text(text + "\n")
    ran = whispr("relay", "check-config", "--config", "relay.toml")
    assert (ran.code, ran.out, ran.err.count("\n")) == (78, "", 1)


def test_key_and_certificate_must_belong_together(tmp_path: Path) -> None:
    now = datetime.datetime.now(datetime.UTC)
    one = certificate.ensure(tmp_path / "one", ("localhost",), now)
    other = certificate.ensure(tmp_path / "other", ("localhost",), now)
    words = ["relay", "check-config", "--certificate-file", one.certificate, "--key-file"]
    assert whispr(*words, one.key).code == 0
    assert whispr(*words, other.key).code == 78


def test_nothing_is_made(tmp_path: Path) -> None:
    words = ["--data", tmp_path / "data", "--access", "token"]
    assert whispr("relay", "check-config", *words).code == 0
    assert list(tmp_path.iterdir()) == []
