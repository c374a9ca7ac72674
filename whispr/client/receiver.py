"""Receives: check the outer signature, open, check the inner one, commit; then acknowledge."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Protocol

from whispr.client import senders
from whispr.client.content import MAX_LIFE_MS, Content, ContentType
from whispr.client.intake import SEEN_AFTER_EXPIRY_MS, Intake
from whispr.client.opening import Closed, Drop, Message, Sealed, open_envelope
from whispr.client.store.contacts import Contact, ContactState
from whispr.client.store.message import MessageKind
from whispr.client.store.settings import Setting
from whispr.errors import MalformedContentError
from whispr.protocol.limits import CLOCK_WINDOW_MS, CONTENT_ID_BYTES
from whispr.protocol.signing import sha256

if TYPE_CHECKING:
    from whispr.client.core import Core
    from whispr.client.outgoing import Outgoing
    from whispr.client.ratchets import Ratchets

ASK_AGAIN_EVERY_MS = 3600 * 1000
_WITHOUT_SESSION = frozenset({ContentType.CARD, ContentType.SEND_AGAIN, ContentType.HERE})
"""What is taken from a device with suite 1 whatever it has spoken before: a card has the signature
of its root key, and the others only make us send, in suite 2, what we would send anyway. Without
them two devices of which one has lost its sessions would never find together again."""
ASKED_AGAIN_EVERY_MS = 60_000
"""How often a contact is heard who asks for everything again; an honest one asks once an hour."""
MOVED = Setting("moved_to_card_version", 0)
"""Set when a newer device of this identity told us that it took our place."""


class Reactions(Protocol):
    """What happens after a commit (all synchronous)."""

    def heard_from(self, contact_id: int) -> None:
        """A sign of the contact: what waits for him is due."""

    def outbox_changed(self) -> None:
        """There is something to send."""

    def attachment_offered(self, message_id: int) -> None:
        """There is a file to fetch."""

    def here(self, contact_id: int) -> None:
        """The contact says that he is connected now."""

    def moved_away(self) -> None:
        """A newer device of ours took our place."""


Then = Callable[[], None]


class Receiver:
    """Turns delivered envelopes into rows, receipts and events.

    The caller holds the transaction, commits, runs what was returned, and only then acknowledges.
    """

    def __init__(
        self, core: Core, outgoing: Outgoing, reactions: Reactions, ratchets: Ratchets
    ) -> None:
        self._core = core
        self._outgoing = outgoing
        self._ratchets = ratchets
        self._reactions = reactions
        self._here_ms: dict[int, int] = {}
        """When each contact last said "here", by his own words."""
        self._asked_again_ms: dict[int, int] = {}
        """When each contact was last heard who wants everything sent again."""

    def receive(self, data: bytes, relay_ids: Collection[bytes]) -> list[Then]:
        """Take one envelope for our mailbox from a relay with these ids.

        Returns what is to be done after the commit.

        Raises:
            StorageError: it could not be stored; do not acknowledge it.
        """
        outcome = open_envelope(data, self._core.identity, relay_ids, self._ratchets)
        then: list[Then] = []
        if isinstance(outcome, Drop):
            self._core.counters.count(outcome.value)
            return then
        with self._core.store.transaction():
            if isinstance(outcome, Closed):
                self._keep_closed(outcome, then)
            else:
                self._take(outcome, then)
        return then

    def receive_for_previous(self, data: bytes) -> list[Then]:
        """An envelope for a mailbox we had before: its sender does not know our new card yet.

        It is sealed to keys that we do not have. The contact is told where we are now and asked to
        send again, once an hour; his outbox still has it.
        """
        contact = senders.signer_of(self._core, data)
        if contact is None or contact.state is not ContactState.ACCEPTED:
            return []
        if not self._may_ask_again(contact):
            return []
        with self._core.store.transaction():
            self._outgoing.card(contact.contact_id)
            self._ask_again(contact, sha256(data))
        return [self._reactions.outbox_changed]

    def _take(self, message: Message, then: list[Then]) -> None:
        if not self._in_time(message.content):
            self._core.counters.count("expired content")
            self._move_on(message)
            return
        if message.opened.identity == self._core.identity.identity:
            self._from_ourselves(message, then)
            return
        sender = senders.resolve(self._core, message)
        if sender is None:
            self._core.counters.count("nothing vouches for the sender")
            return
        contact = sender.contact
        if message.unlocked is not None:
            self._ratchets.keep(message.unlocked, message.envelope, contact)
        if contact.state is ContactState.BLOCKED:
            self._core.counters.count("blocked")
            return
        intake = Intake(self._core, self._outgoing, self._reactions, contact, then)
        if contact.state is ContactState.REQUEST:
            intake.from_stranger(message.content, is_new=sender.new_request)
            return
        if sender.card_followed:
            intake.note_card(new_device=sender.new_device)
        if self._falls_short(contact, message):
            self._refuse_older(intake, contact, message, then)
            return
        self._from_contact(intake, contact, message, then)

    def _move_on(self, message: Message) -> None:
        """A session goes on also with a content that nobody wants any more."""
        if message.unlocked is None:
            return
        contact = self._core.store.contacts.get_by_identity(message.opened.identity)
        if contact is not None and message.unlocked.begins is None:
            self._ratchets.keep(message.unlocked, message.envelope, contact)

    def _falls_short(self, contact: Contact, message: Message) -> bool:
        """Whether a device that has spoken suite 2 came with less: somebody may pose as it."""
        return (
            message.unlocked is None
            and message.content.type_number not in _WITHOUT_SESSION
            and self._ratchets.required(message.opened.device_key)
        )

    def _refuse_older(
        self, intake: Intake, contact: Contact, message: Message, then: list[Then]
    ) -> None:
        """Say so in the conversation, once, and ask for it again: in a session it will be shown."""
        self._core.counters.count("the older protection of a device that has the newer one")
        digest = sha256(message.envelope.data)
        if intake.refuse_older(digest[:CONTENT_ID_BYTES]) and self._may_ask_again(contact):
            self._ratchets.reset(contact)
            self._ask_again(contact, digest)
            then.append(self._reactions.outbox_changed)

    def _from_contact(
        self, intake: Intake, contact: Contact, message: Message, then: list[Then]
    ) -> None:
        kind = message.content.type_number
        if kind == ContentType.HERE and not self._is_newer(contact, message):
            self._core.counters.count("a here that came before")
            return
        if kind == ContentType.SEND_AGAIN and not self._is_patient(contact):
            self._core.counters.count("asked to send again too often")
            return
        if kind == ContentType.SEND_AGAIN:
            self._note_missed(contact, message)
        try:
            intake.from_contact(message.content, ephemeral=message.envelope.ephemeral)
        except MalformedContentError:
            intake.keep_malformed(message.content)
            return
        contacts = self._core.store.contacts
        if not contact.answered:
            contacts.mark_answered(contact.contact_id)
        contacts.touch_seen(contact.contact_id, self._core.now_ms())
        then.append(lambda: self._reactions.heard_from(contact.contact_id))

    def _note_missed(self, contact: Contact, message: Message) -> None:
        """He could not open something: send where he has just spoken, or begin anew; once."""
        seen = self._core.store.seen
        if not seen.contains(contact.identity, message.content.content_id):
            unlocked = message.unlocked
            self._ratchets.peer_missed(contact, unlocked.session_id if unlocked else None)

    def _is_newer(self, contact: Contact, message: Message) -> bool:
        """Nobody remembers EPHEMERAL envelopes: one that a relay repeats is no sign of anybody."""
        said_ms = message.content.sent_at_ms
        if said_ms <= self._here_ms.get(contact.contact_id, -1):
            return False
        self._here_ms[contact.contact_id] = said_ms
        return True

    def _is_patient(self, contact: Contact) -> bool:
        """Whether a request to send again is heard: it costs us all that waits for him."""
        now_ms = self._core.now_ms()
        heard_ms = self._asked_again_ms.get(contact.contact_id)
        if heard_ms is not None and abs(now_ms - heard_ms) < ASKED_AGAIN_EVERY_MS:
            return False
        self._asked_again_ms[contact.contact_id] = now_ms
        return True

    def _in_time(self, content: Content) -> bool:
        forget_at_ms = content.expires_at_ms + SEEN_AFTER_EXPIRY_MS
        if forget_at_ms <= self._core.store.seen.forgotten_until_ms:
            return False  # only a clock that was set back lets it come now
        now_ms = self._core.now_ms()
        return now_ms < content.expires_at_ms <= now_ms + MAX_LIFE_MS + CLOCK_WINDOW_MS

    def _from_ourselves(self, message: Message, then: list[Then]) -> None:
        """Only one thing is expected: the card of the device that took our place."""
        own = self._core.own_card.current
        card = senders.card_in(message.content)
        if card is None or own is None or not senders.names_device(card, message):
            self._core.counters.count("a content from ourselves")
            return
        if card.card_version > own.card_version:
            self._core.store.settings.set(MOVED, card.card_version)
            then.append(self._reactions.moved_away)

    def _keep_closed(self, closed: Closed, then: list[Then]) -> None:
        contact = self._core.store.contacts.get_by_device_key(closed.envelope.key_id)
        if contact is None or contact.state is not ContactState.ACCEPTED:
            self._core.counters.count(f"from a stranger: {closed.why.value}")
            return
        if closed.unlocked is not None and closed.unlocked.begins is None:
            self._ratchets.keep(closed.unlocked, closed.envelope, contact)
        if closed.why is not Sealed.DOES_NOT_OPEN:
            # Of a later version: to ask again would bring the same.
            self._keep(contact, closed.envelope.data, MessageKind.UNSUPPORTED, then)
            return
        kept = self._keep(contact, closed.envelope.data, MessageKind.UNDECRYPTABLE, then)
        if kept and self._may_ask_again(contact):
            self._ratchets.reset(contact)
            self._ask_again(contact, sha256(closed.envelope.data))
            then.append(self._reactions.outbox_changed)

    def _keep(self, contact: Contact, data: bytes, kind: MessageKind, then: list[Then]) -> bool:
        """Show that something came which cannot be shown; once for each envelope."""
        intake = Intake(self._core, self._outgoing, self._reactions, contact, then)
        content_id = sha256(data)[:CONTENT_ID_BYTES]
        return intake.keep_unreadable(content_id, kind)

    def _may_ask_again(self, contact: Contact) -> bool:
        """Once an hour a device."""
        asked_ms = self._core.store.settings.get(_asked_again(contact))
        return self._core.now_ms() - asked_ms >= ASK_AGAIN_EVERY_MS

    def _ask_again(self, contact: Contact, digest: bytes) -> None:
        self._core.store.settings.set(_asked_again(contact), self._core.now_ms())
        self._outgoing.send_again(contact.contact_id, digest)


def _asked_again(contact: Contact) -> Setting[int]:
    return Setting(f"asked_again:{contact.device_key.hex()}", 0)
