"""SEND: an envelope on its way into a mailbox, checked in the order in which checks cost.

Size (framing) → limits of connection and address → layout, relay and clock window → exact
repetition → signature → budget of the key → kept and remembered in one step. A key's budget is
charged only after its signature is good, so that nobody can spend it for him.
"""

from __future__ import annotations

import weakref

from whispr.errors import (
    IdReusedError,
    MailboxFullError,
    MalformedEnvelopeError,
    RateLimitedError,
    RelayError,
    RelayFullError,
    SignatureRefusedError,
    StaleClockError,
    WrongRelayError,
)
from whispr.protocol import envelope as envelopes
from whispr.protocol.codes import CODES_BY_CLASS
from whispr.protocol.envelope import Envelope
from whispr.protocol.frames import Accepted, Send
from whispr.protocol.limits import CLOCK_WINDOW_MS
from whispr.protocol.signing import sha256
from whispr.relay.peer import Peer
from whispr.relay.services import Services
from whispr.relay.stores.base import Evicted, Incoming, Kept, Refusal, Refused

_REFUSALS = {
    Refusal.ID_REUSED: (IdReusedError, "this id was used for other bytes"),
    Refusal.MAILBOX_FULL: (MailboxFullError, "the mailbox is full"),
    Refusal.RELAY_FULL: (RelayFullError, "the relay is full"),
}


class Sender:
    """Whoever hears what became of an envelope; the store holds it weakly."""

    __slots__ = ("__weakref__",)

    def evicted(self, mailbox: bytes, envelope_id: bytes) -> None:
        """An envelope of this sender was pushed out of its mailbox."""
        raise NotImplementedError


async def submit(services: Services, peer: Peer, frame: Send, sender: Sender) -> Accepted:
    """Keep or pass on one envelope; `sender` is told if a later one evicts it.

    Raises:
        RelayError: the refusal to answer with.
        MalformedEnvelopeError: no honest client sends it.
    """
    try:
        return await _submit(services, peer, frame, sender)
    except RelayError as error:
        services.metrics.message(CODES_BY_CLASS[type(error)].name.lower())
        raise
    except MalformedEnvelopeError:
        services.metrics.message("malformed")
        raise


async def _submit(services: Services, peer: Peer, frame: Send, sender: Sender) -> Accepted:
    _charge_connection(services, peer)
    envelope = envelopes.decode(frame.envelope)
    now_ms = services.clock.wall_ms()
    if not peer.is_ours(envelope.relay_id):
        raise WrongRelayError("the envelope is for another relay")
    if abs(envelope.time_ms - now_ms) > CLOCK_WINDOW_MS:
        raise StaleClockError("the time of the envelope is too far from the relay's clock")
    if envelope.ephemeral:
        await _check_key(services, peer, envelope)
        await services.store.publish(envelope.mailbox, envelope.data)
        services.metrics.message("ephemeral")
        return Accepted(frame.request_id, expires_in_ms=0)
    incoming = _incoming(services, peer, envelope, now_ms, sender)
    kept = await services.store.repetition(incoming)
    if kept is None:
        await _check_key(services, peer, envelope)
        kept = _kept(services, await services.store.enqueue(incoming), len(envelope.data))
    else:
        services.metrics.message("duplicate")
    return Accepted(frame.request_id, expires_in_ms=kept.expires_in_ms)


def _charge_connection(services: Services, peer: Peer) -> None:
    """Limits that hold whatever key is named, before anything is spent on the envelope."""
    limits = services.limits
    for name, limit, subject in (
        ("connection_sends", limits.connection_sends, peer.label),
        ("address_sends", limits.address_sends, peer.address),
    ):
        wait_ms = limit.take(subject)
        if wait_ms:
            services.metrics.rate_limited(name)
            raise RateLimitedError("too many envelopes", retry_after_ms=wait_ms)


async def _check_key(services: Services, peer: Peer, envelope: Envelope) -> None:
    """Signature, then the budget of the key that made it."""
    proven_here = services.config.verify == "channel" and envelope.key_id == peer.send_key
    if not proven_here and not envelope.is_verified():
        raise SignatureRefusedError("the signature of the envelope does not verify")
    wait_ms = await services.store.take_send_budget(envelope.key_id)
    if wait_ms:
        services.metrics.rate_limited("key_sends")
        raise RateLimitedError("too many envelopes of this key", retry_after_ms=wait_ms)


def _incoming(
    services: Services, peer: Peer, envelope: Envelope, now_ms: int, sender: Sender
) -> Incoming:
    longest_ms = int(services.config.ttl_seconds * 1000)
    return Incoming(
        mailbox=envelope.mailbox,
        key_id=envelope.key_id,
        envelope_id=envelope.envelope_id,
        digest=sha256(envelope.data),
        data=envelope.data,
        life_ms=min(envelope.ttl_ms or longest_ms, longest_ms),
        remember_ms=max(1, envelope.time_ms + CLOCK_WINDOW_MS - now_ms),
        address=peer.address,
        origin=weakref.ref(sender) if services.config.when_full == "drop_oldest" else None,
    )


def _kept(services: Services, outcome: Kept | Refused, size_bytes: int) -> Kept:
    if isinstance(outcome, Kept):
        if outcome.repeated:
            services.metrics.message("duplicate")
        else:
            services.metrics.message("accepted", size_bytes)
        for evicted in outcome.evicted:
            _tell(evicted)
        return outcome
    error_class, text = _REFUSALS[outcome.refusal]
    raise error_class(text, retry_after_ms=outcome.retry_after_ms)


def _tell(evicted: Evicted) -> None:
    """FATE to the connection that sent what was pushed out, if it is still there."""
    origin = evicted.origin
    sender = origin() if isinstance(origin, weakref.ref) else None
    if isinstance(sender, Sender):
        sender.evicted(evicted.mailbox, evicted.envelope_id)
