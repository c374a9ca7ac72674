"""Named positions in the history, such as what `whispr listen` has printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from whispr.client.store.database import Database

MESSAGES_PRINTED = "listen messages"
"""The last message that `whispr listen` has printed; an export takes it along."""


class Cursors:
    """Positions that only move forward; one that was never moved stands at 0."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> int:
        """Where a cursor stands."""
        position = self._database.value("SELECT position FROM cursor WHERE name = ?", (name,))
        return 0 if position is None else int(position)

    def advance(self, name: str, position: int) -> None:
        """Move a cursor to this position, unless it stands further already."""
        self._database.change(
            "INSERT INTO cursor (name, position) VALUES (?1, ?2)"
            " ON CONFLICT (name) DO UPDATE SET position = max(position, ?2)",
            (name, position),
        )
