"""What is noted about a message beside its fate: why it waits, what protected it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whispr.client.store.message import Direction, Fate, Protection

if TYPE_CHECKING:
    from whispr.client.store.database import Database


class Notes:
    """Notes on the messages of the history; changes join the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note_waiting(self, content_id: bytes, contact_id: int, reason: str) -> bool:
        """Say why a message to this contact still waits here; False when it says so already."""
        changed = self._database.change(
            "UPDATE message SET reason = ?1 WHERE contact_id = ?2 AND direction = ?3"
            " AND content_id = ?4 AND fate = ?5 AND reason <> ?1",
            (reason, contact_id, Direction.OUT, content_id, Fate.QUEUED),
        )
        return changed > 0

    def note_protection(
        self, content_id: bytes, contact_id: int, direction: Direction, protection: Protection
    ) -> None:
        """Note what protected a message on its way; of several attempts the weakest counts."""
        self._database.change(
            "UPDATE message SET protection = ?1 WHERE contact_id = ?2 AND direction = ?3"
            " AND content_id = ?4 AND protection IN (?5, ?6)",
            (
                *(protection, contact_id, direction, content_id),
                *(Protection.UNKNOWN, Protection.FORWARD_SECRET),
            ),
        )
