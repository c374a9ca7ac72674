"""Which session of suite 2 is used with a contact's device: begins, encrypts, opens, heals.

Sessions follow Sesame: at most four with a device, all of them open what comes, one of them sends.
Beginning one retires those before it for sending. When both ends begin at the same time, both keep
both, answer where they were spoken to, and go on in the one with the smaller id. Every change
joins the caller's transaction, so that a state and the message it belongs to are one commit.
`docs/protocol.md` §16.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from whispr.client.crypto.suite2.bundle import ClaimedPrekeys, open_bundle
from whispr.client.crypto.suite2.double_ratchet import DoubleRatchetEngine
from whispr.client.crypto.suite2.frame import Frame
from whispr.client.crypto.suite2.handshake_block import HandshakeBlock
from whispr.client.crypto.suite2.keys import KEM_SEED_BYTES, KemKey
from whispr.client.crypto.suite2.party import OwnParty, Party
from whispr.client.crypto.suite2.passage import Accepted, Received
from whispr.client.crypto.suite2.session import RENEW_AFTER_UNANSWERED, Session
from whispr.errors import DecryptionError
from whispr.protocol.card import parse_card
from whispr.protocol.device import SUITE_2_BIT
from whispr.protocol.signing import sha256

if TYPE_CHECKING:
    from whispr.client.core import Core
    from whispr.client.store.contacts import Contact
    from whispr.client.store.ratchets import RatchetRow
    from whispr.protocol.card import Card
    from whispr.protocol.envelope import Envelope

HOUR_MS = 3600 * 1000
BEGIN_AGAIN_MS = 6 * HOUR_MS
"""A session that nobody has answered for so long is begun anew: its prekeys may be gone."""
TAKEN_MS = 32 * 24 * HOUR_MS
"""How long an opened envelope, or a handshake, is known again: longer than anything lives."""


@dataclass(frozen=True, slots=True)
class Unlocked:
    """A ciphertext of suite 2 that opened; nothing of it is stored yet."""

    identity: bytes
    device_id: int
    device_key: bytes
    content: bytes = field(repr=False)
    state: bytes = field(repr=False)
    session_id: bytes
    begins: Accepted | None = None
    """Set when it began the session: then the claim of who sent it is to be compared."""

    def stands_on(self, card: Card) -> bool:
        """Whether a card vouches for whoever sent it, as far as this session is concerned."""
        return self.begins is None or self.begins.peer.stands_on(card)


class Ratchets:
    """The sessions of this device."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._engine = DoubleRatchetEngine(core.random_bytes)
        self._kem: KemKey | None = None

    def kem(self) -> KemKey:
        """Our own ML-KEM key; made at the first use."""
        if self._kem is None:
            prekeys = self._core.store.prekeys
            seed = prekeys.kem_seed()
            if seed is None:
                seed = self._core.random_bytes(KEM_SEED_BYTES)
                prekeys.set_kem_seed(seed)
                # Not remembered yet: the transaction around this may be undone.
                return KemKey(seed)
            self._kem = KemKey(seed)
        return self._kem

    def _own(self) -> OwnParty:
        card = self._core.own_card.current
        return OwnParty(self._core.identity, self.kem(), card.card_version if card else 0)

    def offered(self, card: Card) -> bool:
        """Whether the device on a card speaks suite 2, and so do we."""
        own = self._core.own_card.current
        both = card.device.suites & (own.device.suites if own is not None else 0)
        return bool(both & SUITE_2_BIT)

    def required(self, device_key: bytes) -> bool:
        """Whether a device has spoken suite 2 to us: less than that is refused from then on."""
        return self._core.store.ratchets.spoke_suite_2(device_key)

    def sending(self, device_key: bytes) -> RatchetRow | None:
        """The session to send in; None when one has to be begun."""
        rows = self._core.store.ratchets.of_device(device_key)
        live = [row for row in rows if not row.is_retired]
        # What the peer has spoken in he has for sure; ours may never have reached him.
        known_there = [row for row in live if row.answered]
        return min(known_there or live, key=lambda row: row.session_id, default=None)

    def is_worn(self, row: RatchetRow) -> bool:
        """Whether a session had better be begun anew, if that can be done."""
        if not row.answered and self._core.now_ms() - row.created_ms >= BEGIN_AGAIN_MS:
            return True
        long_ago = self._core.now_ms() - row.created_ms >= HOUR_MS
        return long_ago and Session.decode(row.state).unanswered_count >= RENEW_AFTER_UNANSWERED

    def begin(self, contact: Contact, card: Card, claimed: ClaimedPrekeys) -> None:
        """Begin a session with what a relay handed out; the others send no more.

        Raises:
            InvalidKeyError, BadSignatureError: the bundle is not that of the device on the card.
        """
        now_ms = self._core.now_ms()
        bundle = open_bundle(claimed, Party.of_device(card, card.device), now_ms)
        session = Session.start(
            bundle, self._own(), engine=self._engine, random_bytes=self._core.random_bytes
        )
        ratchets = self._core.store.ratchets
        with self._core.store.transaction():
            ratchets.retire(card.device.device_key)
            ratchets.add(
                session_id=session.session_id,
                contact_id=contact.contact_id,
                device_key=card.device.device_key,
                state=session.encode(),
                begun_here=True,
                now_ms=now_ms,
            )

    def encrypt(
        self, row: RatchetRow, content: bytes, *, envelope_id: bytes, time_ms: int
    ) -> bytes:
        """The ciphertext of a content; commit before it leaves.

        Raises:
            TextTooLongError: the content is too long for an envelope.
        """
        encrypted = Session.decode(row.state).encrypt(
            content, envelope_id=envelope_id, time_ms=time_ms, engine=self._engine
        )
        self._core.store.ratchets.record_sent(row.session_id, encrypted.state)
        return encrypted.ciphertext

    def was_taken(self, envelope: Envelope) -> bool:
        """Whether exactly this envelope has opened before: its key is gone, its content is here."""
        return self._core.store.ratchets.was_taken(sha256(envelope.data))

    def open(self, envelope: Envelope) -> Unlocked:
        """Open a ciphertext without storing anything; `keep` does that.

        Raises:
            DecryptionError: it does not open, is of a session or handshake that is gone, or both.
            MalformedContentError: the padding is wrong.
        """
        received = Received.of(envelope)
        frame = Frame.decode(received.ciphertext)
        row = self._core.store.ratchets.get(frame.session_id)
        if row is None:
            return self._opened_first(received, frame)
        session = Session.decode(row.state)
        decrypted = session.decrypt(received, engine=self._engine, now_ms=self._core.now_ms())
        peer = session.peer
        return Unlocked(
            *(peer.identity, peer.device_id, peer.device_key),
            content=decrypted.content,
            state=decrypted.state,
            session_id=row.session_id,
        )

    def _opened_first(self, received: Received, frame: Frame) -> Unlocked:
        digest = frame.handshake_digest
        if digest is None:
            raise DecryptionError("a message of a session that this device does not have")
        store = self._core.store
        if store.ratchets.was_taken(digest):
            raise DecryptionError("a handshake that came before")
        wanted = HandshakeBlock.decode(frame.block).prekeys()
        secrets = [store.prekeys.get(kind, prekey_id) for kind, prekey_id in wanted]
        accepted = Session.accept(
            received,
            self._own(),
            [secret for secret in secrets if secret is not None],
            engine=self._engine,
            now_ms=self._core.now_ms(),
        )
        peer = accepted.peer
        return Unlocked(
            *(peer.identity, peer.device_id, peer.device_key),
            content=accepted.content,
            state=accepted.state,
            session_id=accepted.session_id,
            begins=accepted,
        )

    def keep(self, unlocked: Unlocked, envelope: Envelope, contact: Contact) -> None:
        """Store what opening has changed, in the transaction of the message."""
        now_ms = self._core.now_ms()
        store = self._core.store
        store.ratchets.take_once(sha256(envelope.data), now_ms + TAKEN_MS)
        store.ratchets.note_suite_2(unlocked.device_key)
        begins = unlocked.begins
        if begins is None:
            store.ratchets.record_decrypted(unlocked.session_id, unlocked.state, now_ms)
            return
        store.ratchets.take_once(begins.handshake_digest, now_ms + TAKEN_MS)
        store.prekeys.use_up(begins.used_up)
        self._make_way(unlocked.device_key)
        store.ratchets.add(
            session_id=begins.session_id,
            contact_id=contact.contact_id,
            device_key=unlocked.device_key,
            state=begins.state,
            begun_here=False,
            now_ms=now_ms,
        )

    def _make_way(self, device_key: bytes) -> None:
        """The peer has begun anew: send there, and where we are just beginning ourselves."""
        rows = self._core.store.ratchets.of_device(device_key)
        ours = [
            row.session_id
            for row in rows
            if row.begun_here and not row.answered and not row.is_retired
        ]
        self._core.store.ratchets.retire(device_key, but=tuple(ours))

    def reset(self, contact: Contact) -> None:
        """Something of this contact did not open: begin anew with the next content."""
        self._core.store.ratchets.retire(contact.device_key)

    def peer_missed(self, contact: Contact, session_id: bytes | None) -> None:
        """The contact could not open something: send only where he has just spoken to us."""
        but = () if session_id is None else (session_id,)
        self._core.store.ratchets.retire(contact.device_key, but=but)

    def purge(self, now_ms: int) -> None:
        """Delete secrets that are over."""
        self._core.store.prekeys.purge(now_ms)
        self._core.store.ratchets.purge(now_ms)

    def protection(self, contact: Contact) -> str:
        """What protects the next message to a contact, in plain words."""
        card = parse_card(contact.card)
        row = self.sending(contact.device_key)
        if row is not None and row.answered:
            return (
                "strong: every message has a key of its own, safe against recording now and a "
                "quantum computer later"
            )
        if row is not None:
            return "strong, from our side: confirmed as soon as they answer"
        if self.required(contact.device_key) or self.offered(card):
            return "waits for the contact's keys: strong protection begins with the next message"
        if card.device.suites & SUITE_2_BIT:
            return "older: our own relay does not offer what the strong one needs"
        return "older: their device offers nothing stronger; whoever steals its key reads it all"
