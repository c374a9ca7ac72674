"""Bounds the work of one turn of the event loop, so that nobody waits long for his turn.

A signature check costs about as much as everything else about a message. With a few of them in a
turn, whoever has something cheap to ask waits for a few checks at most; with fewer still, answers
leave in more and smaller writes.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

CHECKS_PER_TURN = 8


class Turns:
    """Hands out signature checks, first come, first served, a few in each turn."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, checks_per_turn: int = CHECKS_PER_TURN
    ) -> None:
        self._loop = loop
        self._checks_per_turn = checks_per_turn
        self._left = checks_per_turn
        self._waiting: deque[Callable[[], None]] = deque()
        self._resuming = False
        self._scheduled = False

    def take_check(self) -> bool:
        """Whether a signature may be checked in this turn; if not, ask again from `later`."""
        if self._left <= 0 or (self._waiting and not self._resuming):
            return False
        self._left -= 1
        self._schedule()
        return True

    def later(self, resume: Callable[[], None]) -> None:
        """Call `resume` in a coming turn, behind all who wait already."""
        self._waiting.append(resume)
        self._schedule()

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._next_turn)

    def _next_turn(self) -> None:
        self._scheduled = False
        self._left = self._checks_per_turn
        self._resuming = True
        try:
            # Who comes back to wait during this turn is for the next one.
            for _ in range(len(self._waiting)):
                if self._left <= 0:
                    break
                self._waiting.popleft()()
        finally:
            self._resuming = False
            if self._waiting:
                self._schedule()
