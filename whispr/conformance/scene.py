"""The relay under test and people with fresh keys: a mailbox, a sender, envelopes between them."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field

from whispr.conformance.rules import require
from whispr.conformance.wire import Wire
from whispr.protocol import envelope as envelopes
from whispr.protocol import frames
from whispr.protocol.address import RelayAddress
from whispr.protocol.codes import EnvelopeFlag, ErrorCode, Scope
from whispr.protocol.envelope import Envelope
from whispr.protocol.limits import ENVELOPE_ID_BYTES
from whispr.protocol.schema import Frame
from whispr.protocol.signatures import SigningKey
from whispr.protocol.signing import mailbox_id

LONGEST_WAIT_SECONDS = 30.0
CONNECT_ATTEMPTS = 20
CONNECT_PAUSE_SECONDS = 0.25


def fresh_key() -> SigningKey:
    """Nobody's key before."""
    return SigningKey(os.urandom(32))


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Somebody who receives."""

    key: SigningKey = field(default_factory=fresh_key)

    @property
    def number(self) -> bytes:
        """The mailbox id, 32 bytes."""
        return mailbox_id(self.key.public)


@dataclass(frozen=True, slots=True)
class RelayUnderTest:
    """Where it is, and what every rule begins with."""

    address: RelayAddress

    async def stranger(self) -> Wire:
        """A connection that has proven nothing; a relay may limit how many come at once."""
        for _ in range(CONNECT_ATTEMPTS - 1):
            try:
                return await Wire.open(self.address)
            except (ConnectionError, EOFError):
                await asyncio.sleep(CONNECT_PAUSE_SECONDS)
        return await Wire.open(self.address)

    async def sender(self, key: SigningKey | None = None) -> Wire:
        """A connection that may send."""
        return await self._proven(Scope.SEND, key or fresh_key())

    async def owner(self, mailbox: Mailbox) -> Wire:
        """A connection that may read a mailbox."""
        return await self._proven(Scope.READ, mailbox.key)

    async def _proven(self, scope: Scope, key: SigningKey) -> Wire:
        wire = await self.stranger()
        try:
            await wire.prove(scope, key)
        except BaseException:
            await wire.close()
            raise
        return wire

    async def subscriber(
        self, mailbox: Mailbox, *, credit_messages: int = 0, credit_bytes: int = 0
    ) -> Wire:
        """A connection that gets what comes to a mailbox."""
        wire = await self.owner(mailbox)
        try:
            request_id = wire.next_request_id()
            answer = await wire.ask(frames.Subscribe(request_id, credit_messages, credit_bytes))
            require(
                isinstance(answer, frames.Subscribed) and answer.mailbox == mailbox.number,
                f"SUBSCRIBE is answered with {answer!r}",
            )
        except BaseException:
            await wire.close()
            raise
        return wire


def envelope_to(
    wire: Wire,
    mailbox: Mailbox,
    sender: SigningKey,
    *,
    ciphertext: bytes = b"ciphertext",
    relay_id: bytes | None = None,
    time_offset_ms: int = 0,
    ttl_ms: int = 0,
    flags: EnvelopeFlag = envelopes.NO_FLAGS,
) -> Envelope:
    """A good envelope for the relay of a connection, but for what a rule changes."""
    return envelopes.make(
        sender,
        suite=1,
        relay_id=wire.relay_id if relay_id is None else relay_id,
        mailbox=mailbox.number,
        envelope_id=os.urandom(ENVELOPE_ID_BYTES),
        time_ms=wire.hello.clock_ms + time_offset_ms,
        ttl_ms=ttl_ms,
        ciphertext=ciphertext,
        flags=flags,
    )


async def offer(wire: Wire, data: bytes) -> Frame:
    """Send an envelope; waits as often as the relay limits the rate, as a client should."""
    while True:
        answer = await wire.ask(frames.Send(wire.next_request_id(), data))
        if not (isinstance(answer, frames.Error) and answer.code_number == ErrorCode.RATE_LIMITED):
            return answer
        require(answer.retry_after_ms > 0, "rate_limited says when to try again")
        await asyncio.sleep(min(answer.retry_after_ms / 1000, LONGEST_WAIT_SECONDS))


async def accepted(wire: Wire, data: bytes) -> frames.Accepted:
    """Send an envelope that must be accepted."""
    answer = await offer(wire, data)
    require(isinstance(answer, frames.Accepted), f"a good envelope is answered with {answer!r}")
    assert isinstance(answer, frames.Accepted)
    return answer
