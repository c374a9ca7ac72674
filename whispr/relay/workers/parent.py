"""The parent of several workers: binds the sockets they share, keeps them running, adds them up.

It serves no client itself. Signals go to every worker, the metrics of all are served on one port.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Mapping

from whispr.errors import ConfigError
from whispr.relay.activation import adopt, inherited_descriptors
from whispr.relay.clock import SystemClock
from whispr.relay.config import RelayConfig
from whispr.relay.endpoint import split_listen
from whispr.relay.listener import bind
from whispr.relay.log import Log
from whispr.relay.metrics import CONTENT_TYPE
from whispr.relay.metrics_listener import MetricsListener
from whispr.relay.notify import Notifier, keep_telling
from whispr.relay.relay import Relay
from whispr.relay.serving import handle_signals
from whispr.relay.workers.channel import pack_config
from whispr.relay.workers.place import Place
from whispr.relay.workers.totals import Totals

METRICS_SECONDS = 2.0
"""How old the figures of a worker may be."""
PATIENCE_SECONDS = 5.0
"""How much longer than `drain_seconds` a worker may take to end."""


class Parent:
    """Runs as many workers as the configuration says.

    Args:
        ready: gets the relay address once every worker accepts connections.
        read_config: asked at SIGHUP.
        environment: may name a supervisor, and sockets that it opened.
    """

    def __init__(
        self,
        config: RelayConfig,
        ready: Callable[[str], None],
        read_config: Callable[[], RelayConfig] | None,
        environment: Mapping[str, str],
    ) -> None:
        self._config = config
        self._ready = ready
        self._read_config = read_config
        self._environment = environment
        self._notifier = Notifier.of(environment)
        self._log = Log(SystemClock(), level=config.log_level)
        self._totals = Totals()
        self._restarts = 0
        self._places: list[Place] = []
        self._metrics_listener = MetricsListener(self._render, CONTENT_TYPE)
        self._stop = asyncio.Event()

    async def run(self) -> int:
        """Until a signal; returns the exit code.

        Raises ConfigError when the relay cannot start as it is configured.
        """
        config = self._config
        # Made once, before several workers would make it at the same time.
        Relay(config, log=self._log).prepare()
        inherited = inherited_descriptors(self._environment)
        sockets = adopt(inherited) if inherited else bind(config.listen)
        handle_signals(asyncio.get_running_loop(), self._asked_to_stop, self._reload)
        try:
            descriptors = [listening.fileno() for listening in sockets]
            self._places = [self._place(number, descriptors) for number in range(config.workers)]
            if config.metrics is not None:
                await self._metrics_listener.open(*split_listen(config.metrics))
            await self._serve()
        finally:
            for listening in sockets:
                listening.close()
            await self._end()
            await self._metrics_listener.close()
        return 0

    async def _serve(self) -> None:
        starting = [asyncio.ensure_future(place.open()) for place in self._places]
        found = await asyncio.gather(*starting, return_exceptions=True)
        for failed in found:
            if isinstance(failed, BaseException):
                raise failed
        self._log.info("started", n=len(self._places))
        if not self._stop.is_set():
            self._ready(str(found[0]))
            self._notifier.ready()
        telling = asyncio.ensure_future(
            keep_telling(self._notifier, lambda: self._alive() > 0, self._status)
        )
        try:
            await self._ask_for_metrics()
        finally:
            telling.cancel()

    async def _ask_for_metrics(self) -> None:
        while not self._stop.is_set():
            if self._config.metrics is not None:
                for place in self._places:
                    place.send({"metrics": True})
            try:
                async with asyncio.timeout(METRICS_SECONDS):
                    await self._stop.wait()
            except TimeoutError:
                continue

    async def _end(self) -> None:
        if not self._stop.is_set():
            self._asked_to_stop()
        limit_seconds = self._config.drain_seconds + PATIENCE_SECONDS
        await asyncio.gather(*(place.wait_stopped(limit_seconds) for place in self._places))

    def _place(self, number: int, descriptors: list[int]) -> Place:
        return Place(
            number,
            lambda: dataclasses.replace(self._config, metrics=None),
            descriptors,
            self._log,
            on_metrics=self._totals.note,
            on_death=self._died,
        )

    def _died(self, number: int) -> None:
        self._restarts += 1
        self._totals.retire(number)

    def _render(self) -> bytes:
        return self._totals.render(alive=self._alive(), restarts=self._restarts)

    def _alive(self) -> int:
        return sum(place.alive for place in self._places)

    def _status(self) -> str:
        return f"{self._alive()} of {len(self._places)} workers"

    def _asked_to_stop(self) -> None:
        self._stop.set()
        self._notifier.stopping()
        for place in self._places:
            place.stop()

    def _reload(self) -> None:
        self._notifier.reloading()
        try:
            if self._read_config is not None:
                self._config = self._read_config()
        except ConfigError as error:
            self._log.error("reload_failed", reason="configuration", why=str(error))
            self._notifier.ready()
            return
        self._notifier.ready()
        config = pack_config(dataclasses.replace(self._config, metrics=None))
        for place in self._places:
            place.send({"config": config})
