"""What all connections of a relay share: configuration, stores, clock, limits, metrics, log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from whispr.protocol.connection import Timing
from whispr.relay.blobs.base import BlobStore
from whispr.relay.clock import Clock
from whispr.relay.config import RelayConfig
from whispr.relay.hub import Hub
from whispr.relay.inline import run_inline
from whispr.relay.limits import RateLimit, RateLimits
from whispr.relay.log import Log
from whispr.relay.metrics import Metrics
from whispr.relay.prekeys.base import PrekeyStore
from whispr.relay.stores.base import Store
from whispr.relay.turns import Turns


class ConnectionLimits:
    """The rate limits that hold before and beside the budget of a key."""

    def __init__(self, config: RelayConfig, clock: Clock) -> None:
        self.address_handshakes = RateLimits(_handshakes(config), clock)
        self.address_auths = RateLimits(_auths(config), clock)
        self.address_sends = RateLimits(_address_sends(config), clock)
        self.connection_sends = RateLimits(_connection_sends(config), clock)
        self.requests = RateLimits(_requests(config), clock)
        self.blob_bytes = RateLimits(_blob_bytes(config), clock)

    def change(self, config: RelayConfig) -> None:
        """Apply other limits; what is owed stays owed."""
        self.address_handshakes.change(_handshakes(config))
        self.address_auths.change(_auths(config))
        self.address_sends.change(_address_sends(config))
        self.connection_sends.change(_connection_sends(config))
        self.requests.change(_requests(config))
        self.blob_bytes.change(_blob_bytes(config))


class Services:
    """Wired once by the relay and handed to every session."""

    def __init__(
        self,
        config: RelayConfig,
        *,
        store: Store,
        blobs: BlobStore | None,
        prekeys: PrekeyStore | None = None,
        clock: Clock,
        metrics: Metrics,
        log: Log,
        access_token: bytes,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.config = config
        self.store = store
        self.blobs = blobs
        self.prekeys = prekeys
        self.clock = clock
        self.metrics = metrics
        self.log = log
        self.access_token = access_token
        self.loop = loop
        self.turns = Turns(loop)
        self.hub = Hub(output_bytes=config.output_bytes)
        self.limits = ConnectionLimits(config, clock)
        self.timing = _timing(config)
        self.draining = False
        self._background: set[asyncio.Task[None]] = set()

    def now(self) -> float:
        """Monotonic seconds: what a `Connection` is fed with."""
        return self.clock.monotonic_ms() / 1000

    def apply(self, config: RelayConfig) -> None:
        """Use other limits and times from now on; open connections keep their times."""
        self.config = config
        self.limits.change(config)
        self.timing = _timing(config)
        self.hub.output_bytes = config.output_bytes
        self.log.set_level(config.log_level)

    def run_inline(
        self, coroutine: Coroutine[Any, Any, None], on_failure: Callable[[Exception], None]
    ) -> None:
        """Carry out something that nobody waits for; what it raises goes to `on_failure`."""
        task = run_inline(_guarded(coroutine, on_failure))
        if task is not None:
            # The loop itself keeps no hold on a task.
            self._background.add(task)
            task.add_done_callback(self._background.discard)


async def _guarded(
    coroutine: Coroutine[Any, Any, None], on_failure: Callable[[Exception], None]
) -> None:
    try:
        await coroutine
    except Exception as error:  # noqa: BLE001 - a failure of one connection stays its own
        on_failure(error)


def _timing(config: RelayConfig) -> Timing:
    return Timing(
        auth_seconds=config.auth_seconds,
        frame_seconds=config.frame_seconds,
        idle_seconds=config.idle_seconds,
    )


def _handshakes(config: RelayConfig) -> RateLimit:
    return RateLimit(config.address_handshakes_per_second, config.address_handshake_burst)


def _auths(config: RelayConfig) -> RateLimit:
    return RateLimit(config.address_auths_per_second, config.address_auth_burst)


def _address_sends(config: RelayConfig) -> RateLimit:
    return RateLimit(config.address_sends_per_second, config.address_send_burst)


def _connection_sends(config: RelayConfig) -> RateLimit:
    return RateLimit(config.connection_sends_per_second, config.connection_send_burst)


def _requests(config: RelayConfig) -> RateLimit:
    return RateLimit(config.requests_per_second, config.request_burst)


def _blob_bytes(config: RelayConfig) -> RateLimit:
    return RateLimit(config.blob_bytes_per_second, config.blob_burst_bytes)
