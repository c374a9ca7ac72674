"""Contacts and message requests, as an application changes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whispr.client import senders
from whispr.client.content import ReceiptKind
from whispr.client.crypto.safety_number import format_safety_number, safety_number
from whispr.client.events import ContactChanged
from whispr.client.store.contacts import Contact, ContactState
from whispr.client.store.message import MessageKind
from whispr.errors import ContactConflictError, UnknownContactError, UserInputError
from whispr.protocol.bech32m import identity_text
from whispr.protocol.card import Card, parse_card, parse_card_text

if TYPE_CHECKING:
    from whispr.client.core import Core
    from whispr.client.engine import Engine


class People:
    """Whom we know."""

    def __init__(self, core: Core, engine: Engine) -> None:
        self._core = core
        self._engine = engine
        self._contacts = core.store.contacts
        self._requests = core.store.requests

    def list(self, state: ContactState | None = ContactState.ACCEPTED) -> tuple[Contact, ...]:
        """Accepted contacts, those of another state, or all (None), by name."""
        return self._contacts.list(state)

    def requests(self) -> tuple[Contact, ...]:
        """Strangers who wrote, the latest first."""
        return self._requests.list()

    def get(self, name: str) -> Contact:
        """A contact by his local name or his `wsp1…` identity.

        Raises:
            UnknownContactError: there is none.
        """
        found = self._contacts.get_by_name(name)
        if found is None:
            found = next(
                (contact for contact in self._contacts.list() if self.address(contact) == name),
                None,
            )
        if found is None:
            raise UnknownContactError(f"no contact is called {name!r}: see whispr contacts")
        return found

    def address(self, contact: Contact) -> str:
        """The `wsp1…` text of a contact's identity."""
        return identity_text(contact.identity)

    def card(self, contact: Contact) -> Card:
        """The card that is known of a contact."""
        return parse_card(contact.card)

    def add(self, card_text: str, name: str | None = None) -> Contact:
        """Add a contact by his card; a request of his is accepted by it.

        Raises:
            InvalidCardError: not a card, damaged or forged.
            ContactConflictError: the name is taken, he is blocked, or it is our own card.
        """
        card = parse_card_text(card_text)
        if card.identity == self._core.identity.identity:
            raise ContactConflictError("that is your own card: give it to others")
        if name is not None and self._taken_by_another(name, card.identity):
            raise ContactConflictError(f"another contact is called {name!r}: choose a name")
        known = self._contacts.get_by_identity(card.identity)
        contact = self._known(known, card, name) if known else self._new(card, name)
        self._changed(contact.contact_id)
        return contact

    def _taken_by_another(self, name: str, identity: bytes) -> bool:
        holder = self._contacts.get_by_name(name)
        return holder is not None and holder.identity != identity

    def _new(self, card: Card, name: str | None) -> Contact:
        return self._contacts.add(
            identity=card.identity,
            name=name or card.name,
            card=card.data,
            card_version=card.card_version,
            device_key=card.device.device_key,
            mailbox=card.device.mailbox,
            created_ms=self._core.now_ms(),
        )

    def _known(self, known: Contact, card: Card, name: str | None) -> Contact:
        if known.state is ContactState.BLOCKED:
            raise ContactConflictError(f"{known.name} is blocked: unblock first")
        with self._core.store.transaction():
            senders.follow_card(self._core, known.contact_id, card)
            if known.state is ContactState.REQUEST:
                self._accept(known)
            if name is not None:
                self._contacts.rename(known.contact_id, name)
        return self._contacts.get(known.contact_id)

    def accept(self, name: str) -> Contact:
        """Let a stranger in; what he wrote is confirmed to him now.

        Raises:
            UnknownContactError, UserInputError: not a message request.
        """
        contact = self.get(name)
        with self._core.store.transaction():
            self._accept(contact)
        self._changed(contact.contact_id)
        return self._contacts.get(contact.contact_id)

    def _accept(self, stranger: Contact) -> None:
        self._requests.accept(stranger.contact_id)
        self._contacts.mark_answered(stranger.contact_id)
        texts = self._core.store.history.conversation(stranger.contact_id)
        waiting = [text.content_id for text in texts if text.kind is MessageKind.TEXT]
        if waiting:
            self._engine.outgoing.receipt(stranger.contact_id, ReceiptKind.DELIVERED, waiting)

    def rename(self, name: str, new_name: str) -> Contact:
        """Call a contact otherwise, on this computer only.

        Raises:
            UnknownContactError, ContactConflictError, UserInputError.
        """
        contact = self._contacts.rename(self.get(name).contact_id, new_name)
        self._core.emit(ContactChanged(contact.contact_id))
        return contact

    def remove(self, name: str) -> None:
        """Forget a contact with the whole conversation."""
        contact = self.get(name)
        self._contacts.remove(contact.contact_id)
        self._engine.transfers.remove_discarded()
        self._changed(contact.contact_id)

    def block(self, name: str) -> Contact:
        """Drop everything he sent and will send; he is not told."""
        contact = self._requests.block(self.get(name).contact_id)
        self._engine.transfers.remove_discarded()
        self._changed(contact.contact_id)
        return contact

    def unblock(self, name: str) -> Contact:
        """Make a blocked person a contact again."""
        contact = self._requests.unblock(self.get(name).contact_id)
        self._changed(contact.contact_id)
        return contact

    def safety_number(self, name: str) -> str:
        """The 60 digits that both people see, in groups of five."""
        return format_safety_number(
            safety_number(self._core.identity.identity, self.get(name).identity)
        )

    def protection(self, contact: Contact) -> str:
        """What protects the next message to a contact and why, in plain words."""
        return self._engine.ratchets.protection(contact)

    def set_verified(self, name: str, verified: bool) -> Contact:
        """Note that the safety numbers were compared and match, or take it back."""
        contact = self.get(name)
        if contact.state is not ContactState.ACCEPTED:
            raise UserInputError(f"{contact.name} is not an accepted contact")
        if verified:
            self._contacts.set_verified(contact.contact_id, self._core.now_ms())
        else:
            self._contacts.clear_verified(contact.contact_id)
        self._core.emit(ContactChanged(contact.contact_id))
        return self._contacts.get(contact.contact_id)

    def acknowledge_key_change(self, name: str) -> Contact:
        """The person was told that a contact uses another device, and goes on."""
        contact = self.get(name)
        self._contacts.acknowledge_key_change(contact.contact_id)
        self._core.emit(ContactChanged(contact.contact_id))
        return self._contacts.get(contact.contact_id)

    def _changed(self, contact_id: int) -> None:
        self._core.emit(ContactChanged(contact_id))
        self._engine.publish_allowed()
        self._engine.outbox_changed()
