"""Makes the envelope of one attempt to deliver a content to a contact."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from whispr.client.content import Content, ContentType, Extension, decode_content
from whispr.client.crypto import suite1
from whispr.protocol import envelope as envelopes
from whispr.protocol.codes import EnvelopeFlag
from whispr.protocol.limits import CLOCK_WINDOW_MS, ENVELOPE_ID_BYTES

if TYPE_CHECKING:
    from whispr.client.core import Core
    from whispr.client.session import Session
    from whispr.client.store.outbox import OutboxRow
    from whispr.protocol.card import Card
    from whispr.protocol.envelope import Envelope

NO_FLAGS = EnvelopeFlag(0)
REPEAT_WINDOW_MS = CLOCK_WINDOW_MS - 20_000
"""How long an envelope is repeated as it is; a little less than the relay remembers it."""


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals with our own keys; the own card rides along until the contact has answered."""

    core: Core

    def seal(
        self,
        content: Content,
        recipient: Card,
        *,
        session: Session,
        with_card: bool,
        flags: EnvelopeFlag = NO_FLAGS,
    ) -> Envelope:
        """A fresh envelope for the first device on a card, for the relay of `session`.

        Raises:
            InvalidKeyError: the recipient's box key is unusable.
            MalformedContentError: the content is too long.
        """
        core = self.core
        card = core.own_card.current
        if with_card and card is not None and content.type_number != ContentType.CARD:
            content = replace(content, extensions=((Extension.CARD, card.data),))
        envelope_id = core.random_bytes(ENVELOPE_ID_BYTES)
        now_ms = session.relay_clock.now_ms()
        device = recipient.device
        binding = suite1.Binding(
            flags=int(flags),
            recipient=recipient.identity,
            mailbox=device.mailbox,
            box_key=device.box_key,
            envelope_id=envelope_id,
            time_ms=now_ms,
        )
        return envelopes.make(
            core.identity.device,
            suite=suite1.SUITE_NUMBER,
            relay_id=session.relay_id,
            mailbox=device.mailbox,
            envelope_id=envelope_id,
            time_ms=now_ms,
            ttl_ms=max(1000, min(content.expires_at_ms - now_ms, 0xFFFF_FFFF)),
            ciphertext=suite1.seal_content(content.encode(), core.identity, binding),
            flags=flags,
        )

    def attempt(
        self, row: OutboxRow, recipient: Card, *, session: Session, with_card: bool
    ) -> bytes:
        """The envelope of this attempt, on the disk before it is returned.

        A retry within the clock window repeats the bytes: the relay then gives its first answer.
        """
        if row.envelope is not None and self._repeatable(row.envelope, recipient, session):
            return row.envelope
        content = decode_content(row.content)
        envelope = self.seal(content, recipient, session=session, with_card=with_card)
        self.core.store.outbox.record_envelope(
            row.outbox_id,
            envelope=envelope.data,
            envelope_id=envelope.envelope_id,
            envelope_time_ms=envelope.time_ms,
        )
        return envelope.data

    def _repeatable(self, data: bytes, recipient: Card, session: Session) -> bool:
        envelope = envelopes.decode(data)
        return (
            abs(session.relay_clock.now_ms() - envelope.time_ms) < REPEAT_WINDOW_MS
            and envelope.relay_id == session.relay_id
            and envelope.mailbox == recipient.device.mailbox
        )
