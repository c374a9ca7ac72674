"""Message requests: strangers who wrote, kept small and told nothing until they are let in.

At most 100 senders, the oldest makes room; of each at most three texts of 4 KiB. What does not
fit is not marked as seen, so that it comes again by the sender's outbox once he is accepted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whispr.client.store.contacts import Contact, Contacts, ContactState
from whispr.client.store.history import History
from whispr.client.store.message import Message, MessageKind
from whispr.client.store.names import safe_name
from whispr.client.store.seen import Seen
from whispr.errors import UserInputError

if TYPE_CHECKING:
    from whispr.client.store.database import Database

MAX_REQUESTS = 100
MAX_REQUEST_TEXTS = 3
MAX_REQUEST_TEXT_BYTES = 4096


class Requests:
    """The strangers among the contacts."""

    def __init__(
        self, database: Database, contacts: Contacts, history: History, seen: Seen
    ) -> None:
        self._database = database
        self._contacts = contacts
        self._history = history
        self._seen = seen

    def admit(
        self,
        *,
        identity: bytes,
        name: str,
        card: bytes,
        card_version: int,
        device_key: bytes,
        mailbox: bytes,
        created_ms: int,
        fallback_name: str,
    ) -> Contact:
        """Note a stranger; the oldest request goes when there are 100.

        `fallback_name` is for one whose own name has nothing to see in it. Raises
        ContactConflictError when he is known already.
        """
        with self._database.transaction():
            while self._contacts.count(ContactState.REQUEST) >= MAX_REQUESTS:
                self._evict_oldest()
            return self._contacts.add(
                identity=identity,
                name=safe_name(name, fallback=fallback_name),
                card=card,
                card_version=card_version,
                device_key=device_key,
                mailbox=mailbox,
                created_ms=created_ms,
                state=ContactState.REQUEST,
            )

    def list(self) -> tuple[Contact, ...]:
        """Who waits, the latest first."""
        waiting = self._contacts.list(ContactState.REQUEST)
        return tuple(sorted(waiting, key=lambda contact: -contact.contact_id))

    def add_text(
        self,
        contact_id: int,
        content_id: bytes,
        text: str,
        *,
        sent_at_ms: int,
        stored_at_ms: int,
        order_number: int,
        forget_at_ms: int,
    ) -> Message | None:
        """Keep a text of a stranger and mark it as seen; None when it is not kept.

        Not kept is one too many, one over 4 KiB of UTF-8, and one that is there already.
        """
        if len(text.encode()) > MAX_REQUEST_TEXT_BYTES:
            return None
        with self._database.transaction():
            stranger = self._waiting(contact_id)
            if self._history.count(contact_id) >= MAX_REQUEST_TEXTS:
                return None
            if not self._seen.mark(stranger.identity, content_id, forget_at_ms):
                return None
            return self._history.add_incoming(
                contact_id,
                content_id,
                kind=MessageKind.TEXT,
                text=text,
                sent_at_ms=sent_at_ms,
                stored_at_ms=stored_at_ms,
                order_number=order_number,
            )

    def accept(self, contact_id: int) -> Contact:
        """Let a stranger in.

        His texts get new message ids: only now do they enter the history that `History.after`
        reads, and a cursor that stands past their old ids would miss them.
        """
        with self._database.transaction():
            self._waiting(contact_id)
            texts = self._history.conversation(contact_id)
            self._database.change("DELETE FROM message WHERE contact_id = ?", (contact_id,))
            self._history.import_rows(contact_id, texts)
            self._contacts.set_state(contact_id, ContactState.ACCEPTED)
            return self._contacts.get(contact_id)

    def block(self, contact_id: int) -> Contact:
        """Remember somebody as blocked: his messages, and what was to be sent to him, go.

        For a request and for a contact. Nothing of his is stored again until he is unblocked.
        """
        with self._database.transaction():
            self._history.delete_conversation(contact_id)
            self._database.change("DELETE FROM outbox WHERE contact_id = ?", (contact_id,))
            self._contacts.set_state(contact_id, ContactState.BLOCKED)
            return self._contacts.get(contact_id)

    def unblock(self, contact_id: int) -> Contact:
        """Make somebody who was blocked an accepted contact."""
        with self._database.transaction():
            if self._contacts.get(contact_id).state is not ContactState.BLOCKED:
                raise UserInputError("that contact is not blocked")
            self._contacts.set_state(contact_id, ContactState.ACCEPTED)
            return self._contacts.get(contact_id)

    def _waiting(self, contact_id: int) -> Contact:
        contact = self._contacts.get(contact_id)
        if contact.state is not ContactState.REQUEST:
            raise UserInputError("that contact is not a message request")
        return contact

    def _evict_oldest(self) -> None:
        """Drop the oldest request, and let its texts in again when they come again."""
        oldest = self.list()[-1]
        texts = self._history.conversation(oldest.contact_id)
        self._seen.forget(oldest.identity, (text.content_id for text in texts))
        self._contacts.remove(oldest.contact_id)
