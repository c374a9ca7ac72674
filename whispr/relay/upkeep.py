"""What a relay does by itself: timers of connections, expiry, and a look at its own pulse."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from whispr.errors import RelayError
from whispr.relay.config import RelayConfig
from whispr.relay.log import where
from whispr.relay.services import Services

SWEEP_SECONDS = 1.0
PULSE_SECONDS = 0.5
LONGEST_TICK_SECONDS = 1.0


class Upkeep:
    """Runs until it is stopped; a task that fails says so and goes on."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin."""
        for chore in (self._timers, self._sweep, self._pulse):
            self._tasks.append(self._services.loop.create_task(self._forever(chore)))

    async def stop(self) -> None:
        """End, and wait for it."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    async def _forever(self, chore: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await chore()
            except RelayError as error:
                self._services.log.warning("upkeep_failed", error=type(error).__name__)
            except Exception as error:  # noqa: BLE001 - a bug here must not end the relay
                self._services.metrics.internal_error()
                self._services.log.error(
                    "internal_error", error=type(error).__name__, where=where(error)
                )
                await asyncio.sleep(SWEEP_SECONDS)

    async def _timers(self) -> None:
        services = self._services
        await asyncio.sleep(tick_seconds(services.config))
        while not services.hub.check_timers(services.now()):  # noqa: ASYNC110 - only lets others in
            await asyncio.sleep(0)
        services.metrics.write_buffer(services.hub.unread_bytes)

    async def _sweep(self) -> None:
        await asyncio.sleep(SWEEP_SECONDS)
        await self._services.store.sweep()
        if self._services.blobs is not None:
            await self._services.blobs.sweep()
        if self._services.prekeys is not None:
            await self._services.prekeys.sweep()

    async def _pulse(self) -> None:
        loop = self._services.loop
        due = loop.time() + PULSE_SECONDS
        await asyncio.sleep(PULSE_SECONDS)
        self._services.metrics.loop_lag(max(0.0, loop.time() - due))


def tick_seconds(config: RelayConfig) -> float:
    """How often timers are looked at: often enough to be at most a quarter late."""
    shortest = min(
        config.auth_seconds, config.frame_seconds, config.idle_seconds, config.slow_reader_seconds
    )
    return min(LONGEST_TICK_SECONDS, shortest / 4)
