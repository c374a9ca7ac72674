"""Settings of a profile that belong to the person and therefore lie in the database.

What must be readable before the profile is unlocked is in `settings.json` instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from whispr.errors import CorruptFileError, LocalProtocolError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from whispr.client.store.database import Database

Value = TypeVar("Value", bool, int, str, bytes)


@dataclass(frozen=True, slots=True)
class Setting(Generic[Value]):
    """A setting by name; its type is that of the default."""

    name: str
    default: Value


READ_RECEIPTS = Setting("read_receipts", False)
"""Tell contacts what has been read."""
SEND_HERE = Setting("send_here", True)
"""Tell recent contacts, and nobody else, that this profile is connected."""
AUTO_DOWNLOAD = Setting("auto_download", True)
"""Fetch files of accepted contacts by themselves, up to the relay's limit."""
KEEP_HISTORY_DAYS = Setting("keep_history_days", 0)
"""Messages older than that are deleted on this computer; 0 keeps all."""
MESSAGE_LIFE_MS = Setting("message_life_ms", 7 * 24 * 3600 * 1000)
"""How long an undelivered message is tried before it expires."""


class Settings:
    """Typed values by name; names that this version does not know are kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, setting: Setting[Value]) -> Value:
        """The stored value or the default; CorruptFileError for one of another type."""
        stored = self._database.value("SELECT value FROM setting WHERE name = ?", (setting.name,))
        if stored is None:
            return setting.default
        wanted = type(setting.default)
        if wanted is bool and stored in (0, 1):
            stored = bool(stored)
        if type(stored) is not wanted:
            raise CorruptFileError(f"the setting {setting.name} has a value of another type")
        return stored

    def set(self, setting: Setting[Value], value: Value) -> None:
        """Store a value; LocalProtocolError for one of another type."""
        if type(value) is not type(setting.default):
            raise LocalProtocolError(f"the setting {setting.name} does not take that type")
        self._store(setting.name, value)

    def all(self) -> dict[str, Any]:
        """Every stored value by name, for an export; a truth value is 0 or 1."""
        return dict(self._database.rows("SELECT name, value FROM setting ORDER BY name"))

    def import_rows(self, values: Mapping[str, int | str | bytes]) -> None:
        """Take over the values of an export."""
        with self._database.transaction():
            for name, value in values.items():
                self._store(name, value)

    def _store(self, name: str, value: int | str | bytes) -> None:
        self._database.change(
            "INSERT INTO setting (name, value) VALUES (?1, ?2)"
            " ON CONFLICT (name) DO UPDATE SET value = ?2",
            (name, value),
        )
