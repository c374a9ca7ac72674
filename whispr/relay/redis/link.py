"""Keeps one connection to the store up: connects, proves itself, pings, gives up, comes back.

A store that stands still looks like one that is slow: what is not answered within two seconds is
given up together with its connection, and everybody who waits is told. Whoever repeats a command
repeats it whole, and every script may be repeated.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable
from typing import Any

from whispr.errors import ConfigError, RelayUnavailableError
from whispr.relay.log import Log
from whispr.relay.redis.endpoint import Endpoint
from whispr.relay.redis.wire import Reply, ReplyError, Wire, Word, unavailable

ANSWER_SECONDS = 2.0
PING_SECONDS = 1.0
TICK_SECONDS = 0.25
FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 0.5

Prepare = Callable[[Wire], Awaitable[None]]


class Link:
    """Fails at once while the store is away, so that clients hear it and nothing piles up.

    Args:
        prepare: asked for each new connection before it is used; raises what is wrong with it.
        on_push: gets notifications.
        on_up: called when a connection is ready.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        log: Log,
        *,
        prepare: Prepare | None = None,
        on_push: Callable[[list[Any]], None] | None = None,
        on_up: Callable[[], None] | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._log = log
        self._prepare = prepare
        self._on_push = on_push
        self._on_up = on_up
        self._wire: Wire | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def up(self) -> bool:
        """Whether commands have somebody to go to."""
        return self._wire is not None

    async def open(self) -> None:
        """Connect, and from then on come back by itself.

        Raises:
            ConfigError: the store cannot be reached or used; says why.
        """
        try:
            wire = await self._connect()
        except (OSError, RelayUnavailableError) as error:
            reason = getattr(error, "strerror", None) or str(error) or "no answer in time"
            raise ConfigError(f"cannot use the store at {self._endpoint.name}: {reason}") from error
        self._use(wire)
        self._task = asyncio.get_running_loop().create_task(self._run(wire))

    async def close(self) -> None:
        """Let go of the connection for good."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._wire is not None:
            self._wire.abort()
            self._wire = None

    def call(self, *words: Word) -> asyncio.Future[Reply]:
        """Send a command; the future has the reply.

        Raises RelayUnavailableError at once without a connection; the future raises it later.
        """
        if self._wire is None:
            raise unavailable()
        return self._wire.call(*words)

    def _use(self, wire: Wire) -> None:
        self._wire = wire
        if self._on_up is not None:
            self._on_up()

    async def _run(self, wire: Wire) -> None:
        while True:
            await self._watch(wire)
            self._wire = None
            self._log.warning("store_lost")
            wire = await self._reconnect()
            self._log.info("store_found")
            self._use(wire)

    async def _watch(self, wire: Wire) -> None:
        """Ping when nothing is heard; return when the connection is gone or given up."""
        loop = asyncio.get_running_loop()
        while not wire.closed.done():
            await asyncio.wait((wire.closed,), timeout=TICK_SECONDS)
            now, waiting = loop.time(), wire.silent_since
            if waiting is not None and now - max(waiting, wire.heard) > ANSWER_SECONDS:
                wire.abort()
            elif waiting is None and now - wire.heard >= PING_SECONDS:
                wire.call("PING")

    async def _reconnect(self) -> Wire:
        pause_seconds = FIRST_PAUSE_SECONDS
        while True:
            try:
                return await self._connect()
            except ConfigError as error:
                self._log.error("store_unfit", why=str(error))
            except (OSError, RelayUnavailableError) as error:
                self._log.debug("store_unreachable", error=type(error).__name__)
            await asyncio.sleep(pause_seconds * random.uniform(0.5, 1.5))
            pause_seconds = min(2 * pause_seconds, LONGEST_PAUSE_SECONDS)

    async def _connect(self) -> Wire:
        """Raises OSError (TimeoutError too), RelayUnavailableError, ConfigError."""
        endpoint, loop = self._endpoint, asyncio.get_running_loop()
        wire = Wire(loop, self._on_push)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await loop.create_connection(
                    lambda: wire, endpoint.host, endpoint.port, ssl=endpoint.context
                )
                await self._introduce(wire)
                if self._prepare is not None:
                    await self._prepare(wire)
        except BaseException:
            wire.abort()
            raise
        return wire

    async def _introduce(self, wire: Wire) -> None:
        endpoint = self._endpoint
        words: tuple[Word, ...] = ("HELLO", 3)
        if endpoint.password:
            words = (*words, "AUTH", endpoint.user or "default", endpoint.password)
        check(await wire.call(*words, "SETNAME", "whispr"))
        if endpoint.database:
            check(await wire.call("SELECT", endpoint.database))


def check(reply: Reply) -> Reply:
    """A reply that is no error.

    Raises:
        RelayUnavailableError: the store is loading, or an instance that will soon be another.
        ConfigError: it refuses who we are or what we ask.
    """
    if isinstance(reply, ReplyError):
        text = str(reply)
        if text.startswith(("LOADING", "MASTERDOWN", "BUSY", "CLUSTERDOWN", "TRYAGAIN", "MISCONF")):
            raise unavailable(text.partition(" ")[0].lower())
        raise ConfigError(f"the store refuses: {text}")
    return reply


async def closed(links: tuple[Link, ...]) -> None:
    """Close several links."""
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.gather(*(link.close() for link in links))
