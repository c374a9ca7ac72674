"""The hits of a search in one conversation, and which of them is looked at."""

from __future__ import annotations


class Hits:
    """Message ids from the newest to the oldest; the first one looked at is the newest."""

    def __init__(self) -> None:
        self._ids: list[int] = []
        self._at = 0

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, message_id: object) -> bool:
        return message_id in self._ids

    @property
    def current(self) -> int | None:
        """The hit that is looked at."""
        return self._ids[self._at] if self._ids else None

    @property
    def words(self) -> str:
        """`3 of 12`, or that there is none."""
        return f"{self._at + 1} of {len(self._ids)}" if self._ids else "No match"

    def replace(self, message_ids: list[int]) -> int | None:
        """Take in the answer to a search; returns the hit to show."""
        self._ids, self._at = sorted(set(message_ids), reverse=True), 0
        return self.current

    def step(self, towards_older: bool) -> int | None:
        """Go to the next or previous hit, round the ends; returns it."""
        if self._ids:
            self._at = (self._at + (1 if towards_older else -1)) % len(self._ids)
        return self.current

    def clear(self) -> None:
        """The search is over."""
        self._ids, self._at = [], 0
