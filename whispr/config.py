"""Configuration: one frozen dataclass from defaults, a TOML file, the environment and flags.

Later layers win: defaults < preset < file < environment < overrides (flags). The rules:

- A setting is declared once, with `setting()`: its default, what it means and its range.
- A key that no setting has is an error, because a misspelt limit would be no limit.
- `max_connections` is `max_connections` in the file, `PREFIX_MAX_CONNECTIONS` in the environment
  and `--max-connections` on the command line.
- The name says the unit: `_seconds`, `_ms` and `_bytes` also take texts such as `5m` or `10MiB`.
- A secret is never a setting; the path of the file that holds it is (`..._file`).
"""

from __future__ import annotations

import dataclasses
import difflib
import enum
import re
import tomllib
import types
import typing
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from whispr.errors import ConfigError

Value = TypeVar("Value")
Config = TypeVar("Config")
Presets = Mapping[str, Mapping[str, Mapping[str, object]]]
"""Setting -> its value -> the defaults that this value stands for."""

_TIME_UNITS_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_SIZE_UNITS_BYTES = {
    **{"b": 1, "kb": 1000, "mb": 1000**2, "gb": 1000**3},
    **{"kib": 1024, "mib": 1024**2, "gib": 1024**3},
}
_UNITS: dict[str, dict[str, Decimal]] = {
    "seconds": {name: Decimal(size) / 1000 for name, size in _TIME_UNITS_MS.items()},
    "ms": {name: Decimal(size) for name, size in _TIME_UNITS_MS.items()},
    "bytes": {name: Decimal(size) for name, size in _SIZE_UNITS_BYTES.items()},
}
_UNIT_EXAMPLES = {"seconds": "60s, 5m or 24h", "ms": "500ms, 60s or 5m", "bytes": "64KiB or 10MiB"}
_NUMBER = re.compile(r"(-?[0-9][0-9_]{0,18}(?:\.[0-9]{1,6})?)\s*([a-zA-Z]*)")
_LARGEST_NUMBER = 2**62
_TRUE, _FALSE = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})


@dataclasses.dataclass(frozen=True, slots=True)
class Setting:
    """One setting, as the command line, the documentation and `load` see it."""

    name: str
    type: Any
    """The annotation without `| None`."""
    optional: bool
    """Whether `None` is a value: nothing, off, no limit."""
    default: Any
    help: str
    minimum: float | None
    maximum: float | None
    flag: str
    environment: str
    unit: str
    """`seconds`, `ms`, `bytes` or nothing."""
    choices: tuple[str, ...]
    """The texts that are allowed, where only some are."""

    @property
    def placeholder(self) -> str:
        """What stands for the value in a usage line: `SECONDS`, `PATH`, `{open,token}`."""
        if self.choices:
            return "{" + ",".join(self.choices) + "}"
        if self.unit:
            return self.unit.upper()
        names = {int: "N", float: "NUMBER", bool: "yes|no", Path: "PATH", str: "TEXT"}
        return names.get(self.type, "TEXT,…")

    @property
    def default_text(self) -> str:
        """The default as a person would write it in a file: `60s`, `10MiB`, `yes`."""
        return format_value(self, self.default)


def setting(
    default: Value,
    *,
    help: str,
    minimum: float | None = None,
    maximum: float | None = None,
) -> Value:
    """Declare a field of a configuration dataclass; `minimum` and `maximum` are allowed values."""
    metadata = {"help": help, "min": minimum, "max": maximum}
    return dataclasses.field(default=default, metadata=metadata)


def settings(cls: type, prefix: str = "WHISPR_") -> tuple[Setting, ...]:
    """Every setting of a configuration class, in the order of its fields.

    Raises TypeError for a field that was not declared with `setting()`: a bug, not a bad file.
    """
    hints = typing.get_type_hints(cls)
    return tuple(_describe(field, hints[field.name], prefix) for field in dataclasses.fields(cls))


def load(
    cls: type[Config],
    *,
    path: Path | None = None,
    environment: Mapping[str, str] | None = None,
    overrides: Mapping[str, object] | None = None,
    prefix: str = "WHISPR_",
    presets: Presets | None = None,
) -> Config:
    """Fill `cls` from all layers.

    `environment` is usually `os.environ`; every variable that begins with `prefix` must name a
    setting. `overrides` maps names of settings to texts or values; `None` means "flag not given".
    Raises ConfigError naming the key, where it stood and what to write instead.
    """
    known = {item.name: item for item in settings(cls, prefix)}
    values: dict[str, object] = {}
    for name, raw in (_read_file(path) if path else {}).items():
        values[name] = _value(_find(known, name, f"{path}: {name}"), raw, f"{path}: {name}")
    for variable, text in sorted((environment or {}).items()):
        if variable.startswith(prefix):
            item = _find(known, variable.removeprefix(prefix).lower(), variable)
            values[item.name] = _value(item, text, variable)
    for name, raw in (overrides or {}).items():
        if raw is not None:
            item = _find(known, name, f"--{name.replace('_', '-')}")
            values[name] = _value(item, raw, item.flag)
    for name, choices in (presets or {}).items():
        chosen = values.get(name, known[name].default)
        values = {**choices.get(str(_plain(chosen)), {}), **values}
    return cls(**values)


def format_value(item: Setting, value: Any) -> str:
    """Write a value the way a configuration file may hold it, in its largest whole unit."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ",".join(value)
    if item.unit and value:
        for name, size in sorted(_UNITS[item.unit].items(), key=lambda pair: -pair[1]):
            if Decimal(str(value)) % size == 0 and name not in ("kb", "mb", "gb"):
                spelled = name.upper().replace("I", "i") if item.unit == "bytes" else name
                return f"{int(Decimal(str(value)) / size)}{spelled}"
    return str(_plain(value))


def _describe(field: dataclasses.Field[Any], annotation: Any, prefix: str) -> Setting:
    if "help" not in field.metadata:
        raise TypeError(f"{field.name} is not declared with setting()")
    members = typing.get_args(annotation)
    union = typing.get_origin(annotation) in (types.UnionType, typing.Union)
    optional = union and type(None) in members
    kind = next(item for item in members if item is not type(None)) if union else annotation
    suffix = field.name.rpartition("_")[2]
    return Setting(
        name=field.name,
        type=kind,
        optional=optional,
        default=field.default,
        help=field.metadata["help"],
        minimum=field.metadata["min"],
        maximum=field.metadata["max"],
        flag="--" + field.name.replace("_", "-"),
        environment=prefix + field.name.upper(),
        unit=suffix if suffix in _UNITS and kind in (int, float) else "",
        choices=_choices(kind),
    )


def _choices(kind: Any) -> tuple[str, ...]:
    if typing.get_origin(kind) is typing.Literal:
        return tuple(str(item) for item in typing.get_args(kind))
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return tuple(str(member.value) for member in kind)
    return ()


def _plain(value: object) -> object:
    return value.value if isinstance(value, enum.Enum) else value


def _read_file(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error


def _find(known: Mapping[str, Setting], name: str, place: str) -> Setting:
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1)
    advice = f"did you mean {near[0]}?" if near else "remove it"
    raise ConfigError(f"{place}: there is no such setting; {advice}")


def _value(item: Setting, raw: object, place: str) -> object:
    """Turn what a layer holds into a value of the setting's type, or say what is wrong with it."""
    if item.optional and isinstance(raw, str) and raw.lower() in ("", "none"):
        return None
    try:
        value = _convert(item, raw)
    except ValueError as error:
        raise ConfigError(f"{place}: {str(raw)[:60]!r} cannot be used: {error}") from error
    if item.minimum is not None and value < item.minimum:
        raise ConfigError(f"{place}: {raw} is too small, the least is {_limit(item, item.minimum)}")
    if item.maximum is not None and value > item.maximum:
        raise ConfigError(f"{place}: {raw} is too large, the most is {_limit(item, item.maximum)}")
    return value


def _limit(item: Setting, value: float) -> str:
    return format_value(item, int(value) if value == int(value) else value)


def _convert(item: Setting, raw: object) -> Any:
    """Raises ValueError whose text says what is expected."""
    if item.choices:
        return _choice(item, raw)
    if item.type is bool:
        return _boolean(raw)
    if item.type in (int, float):
        return _number(item, raw)
    if item.type is Path and isinstance(raw, str | Path) and str(raw):
        return Path(raw).expanduser()
    if item.type is str and isinstance(raw, str):
        return raw
    if typing.get_origin(item.type) is tuple:
        return _texts(raw)
    raise ValueError("a path is expected" if item.type is Path else "a text is expected")


def _choice(item: Setting, raw: object) -> Any:
    text = str(_plain(raw))
    if text not in item.choices:
        raise ValueError(f"expected is one of {', '.join(item.choices)}")
    candidates = typing.get_args(item.type) or tuple(item.type)
    return candidates[item.choices.index(text)]


def _boolean(raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw.lower() in _TRUE | _FALSE:
        return raw.lower() in _TRUE
    raise ValueError("expected is yes or no")


def _number(item: Setting, raw: object) -> int | float:
    example = f", such as {_UNIT_EXAMPLES[item.unit]}" if item.unit else ""
    if isinstance(raw, str):
        match = _NUMBER.fullmatch(raw.strip())
        units = _UNITS.get(item.unit, {})
        if match is None or (match[2] and match[2].lower() not in units):
            raise ValueError(f"expected is a number{example}")
        size = units[match[2].lower()] if match[2] else Decimal(1)
        raw = float(number) if (number := Decimal(match[1]) * size) % 1 else int(number)
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise ValueError(f"expected is a number{example}")
    if not abs(raw) <= _LARGEST_NUMBER:  # also refuses nan
        raise ValueError("that is no usable number")
    if item.type is int and raw != int(raw):
        raise ValueError(f"expected is a whole number{' of ' + item.unit if item.unit else ''}")
    return int(raw) if item.type is int else float(raw)


def _texts(raw: object) -> tuple[str, ...]:
    parts = raw.split(",") if isinstance(raw, str) else raw
    if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
        raise ValueError("expected is a list of texts")
    return tuple(stripped for part in parts if (stripped := part.strip()))
