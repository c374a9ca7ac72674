"""What stands around a relay that is a service: its supervisor, its hourly counts.

`whispr.relay.process` keeps one of these beside the relay; a relay inside another program has none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from whispr.relay.analytics import Analytics
from whispr.relay.log import Log
from whispr.relay.notify import Notifier, keep_telling
from whispr.relay.relay import Relay
from whispr.relay.stats_listener import StatsListener

TICK_SECONDS = 1.0


class Supervision:
    """Tells a supervisor how a started relay is and counts its hours, until it is stopped."""

    def __init__(self, relay: Relay, notifier: Notifier, log: Log) -> None:
        services = relay.services
        self._relay = relay
        self._notifier = notifier
        self._log = log
        self.analytics = Analytics(services.clock, self._totals, services.metrics.users)
        self._stats = StatsListener(relay.data, self.analytics.report)
        self._tasks: list[asyncio.Task[None]] = []
        self._is_stopping = False

    async def start(self) -> None:
        """Open the socket of the counts, then say that the relay is ready."""
        if not await self._stats.open():
            self._log.warning("stats_unavailable")
        self._notifier.ready()
        loop = asyncio.get_running_loop()
        self._tasks = [
            loop.create_task(keep_telling(self._notifier, self._is_well, self._status)),
            loop.create_task(self._count()),
        ]

    async def stop(self) -> None:
        """Let go of everything; the relay has ended."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._stats.close()

    def reloading(self) -> None:
        """The configuration is about to be read again; `reloaded` follows."""
        self._notifier.reloading()

    def reloaded(self) -> None:
        """It was read, or stayed as it was."""
        self._notifier.ready()

    def stopping(self) -> None:
        """The relay is about to drain."""
        self._is_stopping = True
        self._notifier.stopping()
        self._notifier.status(self._status())

    async def _count(self) -> None:
        while True:
            self.analytics.tick()
            await asyncio.sleep(TICK_SECONDS)

    def _is_well(self) -> bool:
        # Not asked: the store. Its absence would restart every relay and mend nothing.
        return self._relay.is_accepting or self._is_stopping

    def _status(self) -> str:
        services = self._relay.services
        state = "draining" if self._is_stopping else "serving"
        store = "up" if services.store.up else "not answering"
        return f"{state} {len(services.hub)} connections, store {store}"

    def _totals(self) -> Mapping[str, int]:
        usage = self._relay.services.store.usage()
        counted = self._relay.services.metrics.totals()
        return {**counted, "expired": usage.expired, "evicted": usage.evicted}
