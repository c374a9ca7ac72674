"""Moves parts over one connection in one direction, as many at once as the pacing allows."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any, Protocol

from whispr.client.clock import ClientClock
from whispr.client.files.pacing import Flight, Pacing
from whispr.client.files.patience import Patience
from whispr.errors import RateLimitedError
from whispr.protocol.schema import Frame


class PartSession(Protocol):
    """What a transfer needs of a connection to a relay."""

    async def request(self, frame_type: type[Frame], /, **fields: Any) -> Frame:
        """Ask and wait for the answer; raises RelayError and TransportError."""

    async def writable(self) -> None:
        """Wait until what was written before has left, more or less."""


class PartLane:
    """Shared by all transfers of one direction of a connection: together they keep the pace.

    Transfers take turns part by part, in the order in which they asked.
    """

    def __init__(self, session: PartSession, clock: ClientClock) -> None:
        self.session = session
        self._clock = clock
        self._pacing = Pacing()
        self._turn = asyncio.Lock()
        self._room = asyncio.Event()

    async def run(
        self,
        indexes: Iterable[int],
        size_of: Callable[[int], int],
        move: Callable[[int], Awaitable[None]],
        patience: Patience,
    ) -> None:
        """Call `move` for every index; the first failure cancels the others and is raised.

        A part that comes too fast for the relay (RATE_LIMITED) keeps its place and is moved again
        after a wait, so that the lane slows down by itself.
        """
        try:
            async with asyncio.TaskGroup() as group:
                for index in indexes:
                    await self.session.writable()
                    flight = await self._take_off(size_of(index))
                    task = group.create_task(_moved(move, index, patience))
                    # No `finally` inside the task: one cancelled before it began never gets there.
                    task.add_done_callback(partial(self._land, flight))
        except BaseExceptionGroup as failures:
            first = failures.exceptions[0]
            raise first from first.__cause__

    async def _take_off(self, size_bytes: int) -> Flight:
        async with self._turn:
            while not self._pacing.allows(size_bytes):
                self._room.clear()
                await self._room.wait()
            return self._pacing.start(size_bytes, self._clock.monotonic())

    def _land(self, flight: Flight, task: asyncio.Task[None]) -> None:
        if task.cancelled() or task.exception() is not None:
            self._pacing.abandon(flight)
        else:
            self._pacing.finish(flight, self._clock.monotonic())
        self._room.set()


async def _moved(move: Callable[[int], Awaitable[None]], index: int, patience: Patience) -> None:
    while True:
        try:
            await move(index)
        except RateLimitedError as error:
            await patience.wait(error)
        else:
            patience.renew()
            return
