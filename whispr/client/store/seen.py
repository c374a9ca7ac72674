"""Which contents have been shown, so that each is shown once, even after history is wiped.

A row is written in the transaction of its message and lives until the content's own expiry plus
one day, longer than anybody may deliver it again. What was forgotten is remembered as one time: a
relay that sets its clock back cannot show again what is no longer known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whispr.client.store.settings import Setting, Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from whispr.client.store.database import Database

FORGOTTEN_UNTIL_MS = Setting("seen_forgotten_until_ms", 0)


class Seen:
    """Pairs of sender and content id that need no second look."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def mark(self, sender: bytes, content_id: bytes, forget_at_ms: int) -> bool:
        """Note a content of this identity (32 bytes); False when it was noted before.

        A repetition that lives longer keeps its row longer.
        """
        with self._database.transaction():
            is_new = 0 < self._database.change(
                "INSERT INTO seen (sender, content_id, forget_at_ms) VALUES (?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                (sender, content_id, forget_at_ms),
            )
            if not is_new:
                self._database.change(
                    "UPDATE seen SET forget_at_ms = max(forget_at_ms, ?)"
                    " WHERE sender = ? AND content_id = ?",
                    (forget_at_ms, sender, content_id),
                )
            return is_new

    def contains(self, sender: bytes, content_id: bytes) -> bool:
        """Whether this content of this identity was noted."""
        found = self._database.value(
            "SELECT 1 FROM seen WHERE sender = ? AND content_id = ?", (sender, content_id)
        )
        return found is not None

    def forget(self, sender: bytes, content_ids: Iterable[bytes]) -> None:
        """Let these contents in again: they were dropped before anybody could see them."""
        with self._database.transaction():
            for content_id in content_ids:
                self._database.change(
                    "DELETE FROM seen WHERE sender = ? AND content_id = ?", (sender, content_id)
                )

    def purge(self, now_ms: int) -> int:
        """Drop the rows whose content can no longer be valid; returns how many."""
        with self._database.transaction():
            latest_ms = self._database.value(
                "SELECT max(forget_at_ms) FROM seen WHERE forget_at_ms <= ?", (now_ms,)
            )
            if latest_ms is None:
                return 0
            settings = Settings(self._database)
            settings.set(FORGOTTEN_UNTIL_MS, max(int(latest_ms), self.forgotten_until_ms))
            return self._database.change("DELETE FROM seen WHERE forget_at_ms <= ?", (now_ms,))

    @property
    def forgotten_until_ms(self) -> int:
        """Nobody knows any more whether a content that was kept until then was shown."""
        return Settings(self._database).get(FORGOTTEN_UNTIL_MS)

    def iterate(self) -> Iterator[tuple[bytes, bytes, int]]:
        """Every row: sender, content id, when it may be forgotten."""
        yield from self._database.rows("SELECT sender, content_id, forget_at_ms FROM seen")

    def count(self) -> int:
        """How many rows there are."""
        return int(self._database.value("SELECT count(*) FROM seen"))
