"""A lane: requests of one connection that are carried out one after the other."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from whispr.protocol.schema import Frame
from whispr.relay.inline import run_inline

MAX_WAITING = 16


class Lane:
    """Keeps the order of its requests; one runs, a bounded number waits.

    Args:
        handle: carries out one request; must not raise.
        on_room: called when a lane that was full has room again.
    """

    __slots__ = ("_handle", "_on_room", "_task", "_waiting")

    def __init__(
        self,
        handle: Callable[[Frame], Coroutine[Any, Any, None]],
        on_room: Callable[[], None],
    ) -> None:
        self._handle = handle
        self._on_room = on_room
        self._task: asyncio.Task[None] | None = None
        self._waiting: deque[Frame] | None = None

    @property
    def full(self) -> bool:
        """Whether the next request has to wait outside."""
        return self._waiting is not None and len(self._waiting) >= MAX_WAITING

    def put(self, frame: Frame) -> None:
        """Carry out a request now, or after those before it."""
        if self._task is None:
            self._start(frame)
            return
        if self._waiting is None:
            self._waiting = deque()
        self._waiting.append(frame)

    def clear(self) -> None:
        """Forget what waits; what runs may finish."""
        self._waiting = None

    def _start(self, frame: Frame) -> None:
        task = run_inline(self._handle(frame))
        if task is not None:
            self._task = task
            task.add_done_callback(self._go_on)

    def _go_on(self, _: asyncio.Task[None]) -> None:
        self._task = None
        was_full = self.full
        while self._waiting and self._task is None:
            self._start(self._waiting.popleft())
        if was_full and not self.full:
            self._on_room()
