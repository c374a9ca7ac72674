"""The hub: every open connection, their timers, and what all of them have not read yet."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Protocol

from whispr.protocol.codes import GoawayReason

CHECKED_AT_ONCE = 256
"""Connections whose timers are looked at in one turn of the loop."""


class Member(Protocol):
    """What the hub knows of a connection."""

    def check_timers(self, now: float) -> None:
        """Close the connection if something took too long by `now`."""

    def output_size(self) -> int:
        """Bytes written and not yet read by the other end."""

    def goaway(self, reason: GoawayReason, retry_after_ms: int = 0) -> None:
        """Announce the end, finish writing, close."""

    def abort(self) -> None:
        """Close at once."""


class Hub:
    """Holds the connections.

    Args:
        output_bytes: unread output of all connections together; above it the largest is closed.
    """

    def __init__(self, *, output_bytes: int) -> None:
        self.output_bytes = output_bytes
        self._members: dict[Member, int] = {}
        self._unread = 0
        self._to_check: list[Member] = []
        self._emptied = asyncio.Event()

    def __len__(self) -> int:
        return len(self._members)

    @property
    def unread_bytes(self) -> int:
        """Output that waits for its readers, as last noted."""
        return self._unread

    def add(self, member: Member) -> None:
        """A connection begins."""
        self._members[member] = 0
        self._emptied.clear()

    def remove(self, member: Member) -> bool:
        """A connection has ended; returns whether it was here."""
        size_bytes = self._members.pop(member, None)
        self._unread -= size_bytes or 0
        if not self._members:
            self._emptied.set()
        return size_bytes is not None

    def note_output(self, member: Member, size_bytes: int) -> None:
        """A connection's unread output changed; closes the largest ones above the cap."""
        before = self._members.get(member)
        if before is None or before == size_bytes:
            return
        self._members[member] = size_bytes
        self._unread += size_bytes - before
        if self._unread > self.output_bytes:
            self._close_largest()

    def check_timers(self, now: float) -> bool:
        """Look at the next connections; returns whether a round over all of them is complete."""
        if not self._to_check:
            self._to_check = list(self._members)
        for member in self._to_check[-CHECKED_AT_ONCE:]:
            if member in self._members:
                member.check_timers(now)
                self.note_output(member, member.output_size())
        del self._to_check[-CHECKED_AT_ONCE:]
        return not self._to_check

    def members(self) -> list[Member]:
        """Every connection, as they are now."""
        return list(self._members)

    async def wait_empty(self, timeout_seconds: float) -> None:
        """Wait until every connection is gone, or the time is over."""
        if self._members:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout_seconds):
                    await self._emptied.wait()

    def abort_all(self) -> None:
        """Close every connection at once."""
        for member in self.members():
            member.abort()

    def _close_largest(self) -> None:
        for member in self._members:
            self._members[member] = member.output_size()
        self._unread = sum(self._members.values())
        if self._unread <= self.output_bytes:
            return
        by_size = sorted(self._members.items(), key=lambda item: -item[1])
        for member, size_bytes in by_size:
            if self._unread <= self.output_bytes:
                return
            self._members[member] = 0
            self._unread -= size_bytes
            member.abort()
