"""Theme files: JSON that names colours; read, checked, and read again when the file changes.

`{"format": 1, "name": "Forest", "base": "light", "colors": {"accent": "#2f6b45"}}`: tokens that are
not named come from the base. A file is data only, it can refer to nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from whispr.errors import ConfigError
from whispr.gui.tokens import DARK, LIGHT, Theme, hard_to_read, is_color

FORMAT = 1
MAX_SIZE_BYTES = 64 * 1024
MAX_NAME_CHARACTERS = 60
BUILT_IN: Final = {"light": LIGHT, "dark": DARK}
"""Base in a theme file, and the two themes that are always there."""


@dataclass(frozen=True, slots=True)
class LoadedTheme:
    """A theme, and what a person should know about it."""

    theme: Theme
    warnings: tuple[str, ...] = ()
    """"Hard to read: ..." for each pair with too little contrast; the theme works all the same."""


def parse_theme(data: bytes, fallback_name: str = "Custom") -> LoadedTheme:
    """A theme from the bytes of its file.

    Raises:
        ConfigError: too large, no JSON (with line and column), an unknown key, a bad colour.
    """
    if len(data) > MAX_SIZE_BYTES:
        raise ConfigError(f"a theme file has at most {MAX_SIZE_BYTES // 1024} kB")
    content = _object(_decoded(data), "the theme")
    _known(content, {"format", "name", "base", "colors"}, "key")
    if content.get("format") != FORMAT or isinstance(content["format"], bool):
        raise ConfigError(f'"format" must be {FORMAT}')
    base = content.get("base", "light")
    if not isinstance(base, str) or base not in BUILT_IN:
        raise ConfigError('"base" must be "light" or "dark"')
    colors = _object(content.get("colors", {}), '"colors"')
    _known(colors, set(BUILT_IN[base]), "colour")
    for token, color in colors.items():
        if not is_color(color):
            raise ConfigError(f'"{token}" must be a colour such as "#4f4bc8"')
    merged = {**BUILT_IN[base], **{token: str(color) for token, color in colors.items()}}
    theme = Theme(_name(content, fallback_name), MappingProxyType(merged))
    return LoadedTheme(theme, tuple(_warning(*pair) for pair in hard_to_read(theme)))


def read_theme(path: Path) -> LoadedTheme:
    """The theme in a file.

    Raises:
        ConfigError: the file cannot be read, or `parse_theme` refuses it.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_SIZE_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"the theme file cannot be read: {error.strerror}") from error
    return parse_theme(data, path.stem)


def theme_files(folder: Path) -> list[Path]:
    """The theme files of a folder by name; none where there is no folder."""
    try:
        found = [path for path in folder.iterdir() if path.suffix.lower() == ".json"]
    except OSError:
        return []
    return sorted(path for path in found if path.is_file())


def theme_text(theme: Theme) -> str:
    """The theme as the text of a complete theme file: a start for one's own."""
    base = "dark" if theme.is_dark else "light"
    content = {"format": FORMAT, "name": theme.name, "base": base, "colors": dict(theme)}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


class WatchedTheme:
    """A theme file that may change while it is in use."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, int] | None = None

    def poll(self) -> LoadedTheme | None:
        """The theme if the file changed since the last call, else None.

        Raises:
            ConfigError: it changed and is refused; said once for each change, so that the theme in
                use simply stays.
        """
        stamp = self._stamp()
        if stamp == self._seen:
            return None
        self._seen = stamp
        return read_theme(self.path)

    def _stamp(self) -> tuple[int, int]:
        try:
            found = self.path.stat()
        except OSError:
            return (0, -1)
        return found.st_mtime_ns, found.st_size


def _decoded(data: bytes) -> object:
    try:
        return json.loads(data.decode("utf-8-sig"), object_pairs_hook=_without_twins)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise ConfigError(f"{place}: {error.msg.lower()}") from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise ConfigError(f"line {line}, column {column}: not UTF-8") from error
    except RecursionError as error:
        raise ConfigError("the theme is nested too deeply") from error


def _without_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise ConfigError(f'"{_shown(key)}" is there twice')
        found[key] = value
    return found


def _object(value: object, what: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ConfigError(f"{what} must be an object in braces")
    return value


def _known(content: Mapping[str, object], known: set[str], what: str) -> None:
    for key in content:
        if key not in known:
            raise ConfigError(f'there is no {what} "{_shown(key)}"')


def _name(content: Mapping[str, object], fallback: str) -> str:
    name = content.get("name", fallback)
    if not isinstance(name, str):
        raise ConfigError('"name" must be a text')
    visible = "".join(sign for sign in name if sign.isprintable()).strip()
    return visible[:MAX_NAME_CHARACTERS] or fallback


def _warning(above: str, below: str, ratio: float) -> str:
    return f"Hard to read: {above} on {below} {ratio:.1f}:1"


def _shown(key: str) -> str:
    return "".join(sign if sign.isprintable() else "�" for sign in key[:40])
