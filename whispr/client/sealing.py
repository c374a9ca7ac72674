"""Makes the envelope of one attempt to deliver a content to a contact, with the suite it needs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from whispr.client.content import Content, ContentType, Extension, decode_content
from whispr.client.crypto import suite1
from whispr.client.crypto.suite2 import session as suite2
from whispr.client.store.message import Direction, Protection
from whispr.client.store.outbox_row import OutboxKind
from whispr.protocol import envelope as envelopes
from whispr.protocol.codes import EnvelopeFlag
from whispr.protocol.limits import CLOCK_WINDOW_MS, ENVELOPE_ID_BYTES

if TYPE_CHECKING:
    from whispr.client.core import Core
    from whispr.client.ratchets import Ratchets
    from whispr.client.session import Session
    from whispr.client.store.outbox_row import OutboxRow
    from whispr.client.store.ratchets import RatchetRow
    from whispr.protocol.card import Card
    from whispr.protocol.envelope import Envelope

NO_FLAGS = EnvelopeFlag(0)
REPEAT_WINDOW_MS = CLOCK_WINDOW_MS - 20_000
"""How long an envelope is repeated as it is; a little less than the relay remembers it."""
_HEALING = (OutboxKind.CARD, OutboxKind.REQUEST_AGAIN)
"""What may go with suite 1 whenever there is no session: without it two devices that have lost each
other stay apart. A card is signed by its root key, and a request makes us repeat, in suite 2, what
we sent before; neither says anything."""


class Sealer:
    """Seals with our own keys; the own card rides along until the contact has answered."""

    def __init__(self, core: Core, ratchets: Ratchets) -> None:
        self._core = core
        self._ratchets = ratchets

    def seal(
        self,
        content: Content,
        recipient: Card,
        *,
        session: Session,
        with_card: bool,
        flags: EnvelopeFlag = NO_FLAGS,
    ) -> Envelope:
        """A fresh envelope of suite 1 for the first device on a card, for the relay of `session`.

        Raises:
            InvalidKeyError: the recipient's box key is unusable.
            MalformedContentError: the content is too long.
        """
        core = self._core
        envelope_id = core.random_bytes(ENVELOPE_ID_BYTES)
        now_ms = session.relay_clock.now_ms()
        binding = suite1.Binding(
            flags=int(flags),
            recipient=recipient.identity,
            mailbox=recipient.device.mailbox,
            box_key=recipient.device.box_key,
            envelope_id=envelope_id,
            time_ms=now_ms,
        )
        encoded = self._encoded(content, with_card=with_card)
        return envelopes.make(
            core.identity.device,
            suite=suite1.SUITE_NUMBER,
            relay_id=session.relay_id,
            mailbox=recipient.device.mailbox,
            envelope_id=envelope_id,
            time_ms=now_ms,
            ttl_ms=_ttl_ms(content, now_ms),
            ciphertext=suite1.seal_content(encoded, core.identity, binding),
            flags=flags,
        )

    def _seal_in(
        self, row: RatchetRow, content: Content, recipient: Card, session: Session, with_card: bool
    ) -> Envelope:
        """A fresh envelope of suite 2, in a session that moves on with it."""
        envelope_id = self._core.random_bytes(ENVELOPE_ID_BYTES)
        now_ms = session.relay_clock.now_ms()
        # A handshake states our keys: the card that vouches for them comes with it.
        encoded = self._encoded(content, with_card=with_card or not row.answered)
        return envelopes.make(
            self._core.identity.device,
            suite=suite2.SUITE_NUMBER,
            relay_id=session.relay_id,
            mailbox=recipient.device.mailbox,
            envelope_id=envelope_id,
            time_ms=now_ms,
            ttl_ms=_ttl_ms(content, now_ms),
            ciphertext=self._ratchets.encrypt(
                row, encoded, envelope_id=envelope_id, time_ms=now_ms
            ),
        )

    def _encoded(self, content: Content, *, with_card: bool) -> bytes:
        card = self._core.own_card.current
        if with_card and card is not None and content.type_number != ContentType.CARD:
            content = replace(content, extensions=((Extension.CARD, card.data),))
        return content.encode()

    def waits(self, row: OutboxRow, recipient: Card) -> bool:
        """Whether a content has to wait for keys: nothing else may protect it.

        With a device that has never spoken suite 2 to us, receipts do without, and so does what
        the person would rather send with the older protection. With one that has, both wait.
        """
        device_key = recipient.device.device_key
        required = self._ratchets.required(device_key)
        if not required and not self._ratchets.offered(recipient):
            return False
        if self._ratchets.sending(device_key) is not None or row.kind in _HEALING:
            return False
        return required or not (row.older_protection or row.kind is OutboxKind.RECEIPT)

    def attempt(
        self, row: OutboxRow, recipient: Card, *, session: Session, with_card: bool
    ) -> bytes:
        """The envelope of this attempt, in the caller's transaction with the state it leaves.

        A retry within the clock window repeats the bytes: the relay then gives its first answer.
        The caller has seen that it does not have to wait (`waits`).
        """
        ratchet = self._ratchet_for(row, recipient)
        suite = suite1.SUITE_NUMBER if ratchet is None else suite2.SUITE_NUMBER
        if row.envelope is not None and self._repeatable(row.envelope, recipient, session, suite):
            return row.envelope
        content = decode_content(row.content)
        # The state of a session and the envelope that it made are one commit, or neither is.
        with self._core.store.transaction():
            if ratchet is None:
                envelope = self.seal(content, recipient, session=session, with_card=with_card)
            else:
                envelope = self._seal_in(ratchet, content, recipient, session, with_card)
            self._core.store.outbox.record_envelope(
                row.outbox_id,
                envelope=envelope.data,
                envelope_id=envelope.envelope_id,
                envelope_time_ms=envelope.time_ms,
            )
            self._core.store.notes.note_protection(
                row.content_id, row.contact_id, Direction.OUT, _protection(row, suite)
            )
        return envelope.data

    def _ratchet_for(self, row: OutboxRow, recipient: Card) -> RatchetRow | None:
        """The session to seal in; asked for each content, because each one moves it on."""
        device_key = recipient.device.device_key
        if not self._ratchets.required(device_key):
            if row.older_protection or not self._ratchets.offered(recipient):
                return None
        return self._ratchets.sending(device_key)

    def _repeatable(self, data: bytes, recipient: Card, session: Session, suite: int) -> bool:
        envelope = envelopes.decode(data)
        return (
            abs(session.relay_clock.now_ms() - envelope.time_ms) < REPEAT_WINDOW_MS
            and envelope.relay_id == session.relay_id
            and envelope.mailbox == recipient.device.mailbox
            and envelope.suite == suite
        )


def _ttl_ms(content: Content, now_ms: int) -> int:
    return max(1000, min(content.expires_at_ms - now_ms, 0xFFFF_FFFF))


def _protection(row: OutboxRow, suite: int) -> Protection:
    if suite == suite2.SUITE_NUMBER:
        return Protection.FORWARD_SECRET
    return Protection.OLDER_BY_CHOICE if row.older_protection else Protection.OLDER
