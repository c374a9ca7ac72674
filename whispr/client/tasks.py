"""`Tasks`: the background tasks of one part of a client; none dies unseen, none is left behind."""

from __future__ import annotations

import asyncio
import logging
import traceback
from typing import TYPE_CHECKING, Any

from whispr.client.events import PartFailed
from whispr.errors import WhisprError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from whispr.client.core import Core

    Work = Callable[[], Coroutine[Any, Any, None]]

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
_MAX_CAUSES = 8
_log = logging.getLogger(__name__)


class Tasks:
    """What runs beside the rest; an error that nobody expected is logged, counted and told.

    It is logged with where it came from, but without values: a text of a library may quote them.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._running: set[asyncio.Task[None]] = set()

    def start(self, work: Work, name: str) -> asyncio.Task[None]:
        """Run something once."""

        async def watched() -> None:
            try:
                await work()
            except Exception as error:  # noqa: BLE001 - the last one who can tell
                self.report(name, error)

        return self._begin(watched(), name)

    def keep(self, work: Work, name: str) -> asyncio.Task[None]:
        """Run something until it returns; after an error it begins again, later each time."""

        async def kept() -> None:
            clock = self._core.clock
            pause_seconds = FIRST_PAUSE_SECONDS
            while True:
                began = clock.monotonic()
                try:
                    return await work()
                except Exception as error:  # noqa: BLE001 - the last one who can tell
                    self.report(name, error)
                if clock.monotonic() - began >= LONGEST_PAUSE_SECONDS:
                    pause_seconds = FIRST_PAUSE_SECONDS
                await clock.sleep(pause_seconds)
                pause_seconds = min(pause_seconds * 2, LONGEST_PAUSE_SECONDS)

        return self._begin(kept(), name)

    def report(self, name: str, error: BaseException) -> None:
        """Tell of an error that nobody expected; the work goes on without it."""
        _log.error("%s failed:\n%s", name, trace_of(error))
        self._core.counters.count(f"failed: {name}")
        reason = str(error) if isinstance(error, WhisprError) else "an unexpected error"
        self._core.emit(PartFailed(name, reason))

    async def stop(self) -> None:
        """Cancel what runs and wait until nothing of it is left."""
        while self._running:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    def _begin(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=f"whispr {name}")
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task


def trace_of(error: BaseException) -> str:
    """Files, lines and classes of an error and its causes; texts of our own errors only."""
    found: list[str] = []
    current: BaseException | None = error
    for _ in range(_MAX_CAUSES):
        if current is None:
            break
        own = isinstance(current, WhisprError)
        name = type(current).__name__
        found += traceback.format_tb(current.__traceback__)
        found.append(f"{name}: {current}\n" if own else f"{name}\n")
        hidden = current.__suppress_context__
        current = current.__cause__ or (None if hidden else current.__context__)
    return "".join(found)
