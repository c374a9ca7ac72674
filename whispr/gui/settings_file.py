"""`settings.json` in the folder of a profile: what must be known before it is unlocked.

Nothing in it is secret. A missing or damaged file, and any value that makes no sense, is the
default: a look that was lost must not keep anybody out.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from whispr.client.private_file import read_private, write_private
from whispr.errors import CorruptFileError, StorageError

FILE_NAME = "settings.json"
MAX_FILE_BYTES = 64 * 1024
MAX_TEXT_CHARACTERS = 1024
NOTIFICATIONS = ("text", "name", "nothing", "off")
IDLE_MINUTES = (0, 1, 5, 15, 30, 60)
"""After how long the window locks; 0 is never."""
_CHOICES: dict[str, tuple[object, ...]] = {
    "notifications": NOTIFICATIONS,
    "idle_minutes": IDLE_MINUTES,
}


@dataclass(frozen=True, slots=True)
class DesktopSettings:
    """How the window looks and behaves."""

    name: str = ""
    """Who is greeted before unlocking."""
    theme: str = "light"
    """`light`, `dark`, or the path of a theme file."""
    follow_system: bool = True
    reload_themes: bool = True
    text_percent: int = 100
    ctrl_enter_sends: bool = False
    reading_view: bool = False
    ask_before_links: bool = True
    idle_minutes: int = 15
    lock_on_minimise: bool = False
    notifications: str = "name"
    """What a notification says: the text too, the name, nothing, or there is none."""
    hosted_relay: str = ""
    """`host:port` of the relay that runs here with the window; empty: none."""
    hosted_host: str = ""
    """What the address of that relay calls this computer, if others in the network use it."""
    safe_emoji: str = ""
    """Answers of the emoji probe by version, as JSON."""


def parse_settings(data: bytes) -> DesktopSettings:
    """The settings in the bytes of a file; what makes no sense is left at its default."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return DesktopSettings()
    if not isinstance(found, dict):
        return DesktopSettings()
    values = {}
    for field in dataclasses.fields(DesktopSettings):
        value = found.get(field.name, field.default)
        if _makes_sense(field.name, value, field.default):
            values[field.name] = value
    return DesktopSettings(**values)


def _makes_sense(name: str, value: Any, default: Any) -> bool:
    if type(value) is not type(default) or value not in _CHOICES.get(name, (value,)):
        return False
    return len(value) <= MAX_TEXT_CHARACTERS if isinstance(value, str) else 0 <= value <= 10_000


class SettingsFile:
    """Reads once, writes at every change."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self.current = self._read()

    def _read(self) -> DesktopSettings:
        try:
            data = read_private(self._path, max_bytes=MAX_FILE_BYTES)
        except (CorruptFileError, StorageError):
            data = None
        return parse_settings(data or b"{}")

    def change(self, **changes: Any) -> DesktopSettings:
        """Change values; they are on the disk when this returns, where there is a profile.

        Raises:
            StorageError: the file cannot be written; the change holds until the window closes.
        """
        self.current = dataclasses.replace(self.current, **changes)
        if self._path.parent.is_dir():
            text = json.dumps(dataclasses.asdict(self.current), indent=1, ensure_ascii=False)
            write_private(self._path, text.encode("utf-8", "ignore"))
        return self.current
