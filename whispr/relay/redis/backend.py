"""The shared store of one relay process: its connections, its scripts, what they may answer."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Any

from whispr.errors import RelayFullError, RelayUnavailableError
from whispr.protocol.limits import EPOCH_BYTES
from whispr.relay.log import Log
from whispr.relay.redis import keys
from whispr.relay.redis.endpoint import Endpoint
from whispr.relay.redis.fitness import check_fitness, parse_info
from whispr.relay.redis.link import Link, check, closed
from whispr.relay.redis.scripts import Script
from whispr.relay.redis.wire import Reply, ReplyError, Wire, Word, unavailable

FULL_RETRY_MS = 5000


class Backend:
    """Three connections: one for commands, one for parts of files, one for notifications.

    A part of a file takes a millisecond on a connection, and a connection that is subscribed is
    cut off by the store when it reads slowly: each would be a burden to the others.

    Args:
        epoch: 16 random bytes, taken if the store has none of its own yet.
        fed_clock: asked for the time where the store's own does not count, in tests.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        log: Log,
        epoch: bytes,
        *,
        fed_clock: Callable[[], int] | None = None,
    ) -> None:
        self._log = log
        self._candidate = epoch
        self._fed_clock = fed_clock
        self.epoch = epoch
        """Changes when the store has forgotten."""
        self.on_forgotten: Callable[[], None] = lambda: None
        """Called when the store came back without what it held."""
        self.on_push: Callable[[bytes, bytes], None] = lambda channel, message: None
        """Called with each notification."""
        self.on_subscribed: Callable[[], None] = lambda: None
        """Called when notifications come from now on: those before may be lost."""
        self._commands = Link(endpoint, log, prepare=self._prepare)
        self._parts = Link(endpoint, log)
        self._notices = Link(endpoint, log, prepare=self._subscribe, on_push=self._pushed)
        self._opened = False

    @property
    def up(self) -> bool:
        """Whether the store answers."""
        return self._commands.up

    async def open(self) -> None:
        """Connect; from then on connections come back by themselves.

        Raises ConfigError when the store cannot be reached or is not fit; nothing is left open.
        """
        try:
            for link in (self._commands, self._notices, self._parts):
                await link.open()
        except BaseException:
            await self.close()
            raise
        self._opened = True

    async def close(self) -> None:
        """Let go of every connection."""
        self._opened = False
        await closed((self._commands, self._notices, self._parts))

    def now(self) -> Word:
        """What scripts get for the time: nothing, which is the store's own clock."""
        return self._fed_clock() if self._fed_clock is not None else b""

    async def run(self, script: Script, names: Sequence[bytes], *arguments: Word) -> Reply:
        """Carry out a script.

        Raises:
            RelayUnavailableError: there is no answer, or none that can be used.
            RelayFullError: the store has no memory left for it.
        """
        words = (script.sha, len(names), *names, *arguments)
        reply = await self._commands.call(b"EVALSHA", *words)
        if type(reply) is ReplyError:
            if not str(reply).startswith("NOSCRIPT"):
                raise self._refusal(reply)
            reply = await self._commands.call(b"EVAL", script.text, *words[1:])
            if type(reply) is ReplyError:
                raise self._refusal(reply)
        return reply

    async def part(self, *words: Word) -> Reply:
        """Carry out a command about a part of a file; raises as `run`."""
        reply = await self._parts.call(*words)
        if type(reply) is ReplyError:
            raise self._refusal(reply)
        return reply

    def _refusal(self, reply: Exception) -> RelayUnavailableError | RelayFullError:
        word = str(reply).partition(" ")[0]
        if word == "OOM":
            return RelayFullError("the store is full", retry_after_ms=FULL_RETRY_MS)
        self._log.error("store_refused", code=word)
        return unavailable("the store refuses")

    async def _prepare(self, wire: Wire) -> None:
        info = check(await wire.call("INFO"))
        check_fitness(parse_info(info.decode("utf-8", "replace")))
        epoch = check(await wire.call("GET", keys.EPOCH))
        if epoch is None:
            check(await wire.call("SET", keys.EPOCH, self._candidate, "NX"))
            epoch = check(await wire.call("GET", keys.EPOCH))
            self._candidate = secrets.token_bytes(EPOCH_BYTES)
        forgot = self._opened and epoch != self.epoch
        self.epoch = epoch
        if forgot:
            self._log.error("store_forgot")
            self.on_forgotten()

    async def _subscribe(self, wire: Wire) -> None:
        wire.tell("SSUBSCRIBE", *keys.CHANNELS)

    def _pushed(self, push: list[Any]) -> None:
        if push[0] == b"smessage":
            self.on_push(push[1], push[2])
        elif push[0] == b"ssubscribe" and push[2] == keys.BUCKETS:
            self.on_subscribed()
