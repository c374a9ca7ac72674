"""What a person does to contacts and messages, carried out on the open client."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from whispr.client.files.outgoing import DEFAULT_MAX_FILE_BYTES
from whispr.client.store.attachment import AttachmentState
from whispr.client.store.contacts import Contact
from whispr.client.store.message import MessageKind
from whispr.errors import CorruptFileError, FileTooLargeError, UserInputError
from whispr.gui.backend import readings
from whispr.gui.backend.cards import check_card
from whispr.gui.backend.previews import MAX_PREVIEW_BYTES
from whispr.gui.items import MessageItem, RequestItem, SearchHitItem
from whispr.gui.news import HistoryNews, MessageNews
from whispr.gui.pages import MessagePage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from whispr.client.store.message import Message
    from whispr.gui.backend.session import Session
    from whispr.gui.checks import CardCheck

SEARCH_LIMIT = 200
MAX_FILE_BYTES = DEFAULT_MAX_FILE_BYTES
"""The largest file that is taken."""


class Actions:
    """Methods take the ids of the views and run in the network thread."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def _contact(self, contact_id: int) -> Contact:
        return self._session.client.store.contacts.get(contact_id)

    def _name(self, contact_id: int) -> str:
        return self._contact(contact_id).name

    # Reading.

    async def page(
        self,
        contact_id: int,
        limit: int,
        *,
        before_id: int | None = None,
        after_id: int | None = None,
        index: int | None = None,
    ) -> MessagePage:
        """A page of a conversation; with `index` from that place on, else as in history."""
        history = self._session.client.store.history
        count = history.count(contact_id)
        if index is not None:
            messages = history.conversation_at(contact_id, max(0, min(index, count - limit)), limit)
        elif after_id is not None:
            messages = history.conversation(contact_id, after_id=after_id, limit=limit)
        else:
            messages = history.conversation(contact_id, before_id=before_id, limit=limit)
        place = history.count_before(contact_id, messages[0].message_id) if messages else count
        self._look_at_pictures(messages)
        items = tuple(self._session.item(message) for message in messages)
        return MessagePage(contact_id, items, place, count)

    def _look_at_pictures(self, messages: Sequence[Message]) -> None:
        previews = self._session.previews
        wanted = [
            message.message_id
            for message in messages
            if message.kind is MessageKind.ATTACHMENT
            and previews.known(message.message_id) is None
            and not previews.is_refused(message.message_id)
        ]
        if wanted:
            task = asyncio.ensure_future(self._load_pictures(wanted))
            self._session.keep(task)

    async def _load_pictures(self, message_ids: list[int]) -> None:
        client = self._session.client
        for message_id in message_ids:
            stored = client.messages.attachment(message_id)
            if stored is None or stored.media_type not in readings.PREVIEWED_TYPES:
                continue
            try:
                data = await client.messages.read_file(message_id, max_bytes=MAX_PREVIEW_BYTES)
            except (UserInputError, FileTooLargeError, CorruptFileError):
                continue  # not here yet, or shown as a file
            message = client.store.history.get(message_id)
            if self._session.previews.add(message_id, data) and message is not None:
                self._session.tell(MessageNews(changed=(self._session.item(message),)))

    async def message(self, message_id: int) -> MessageItem:
        """One message as it is now.

        Raises:
            UserInputError: it was deleted.
        """
        message = self._session.client.store.history.get(message_id)
        if message is None:
            raise UserInputError("that message is not there any more")
        return self._session.item(message)

    async def search(
        self, query: str, contact_id: int | None = None, limit: int = SEARCH_LIMIT
    ) -> tuple[SearchHitItem, ...]:
        """Messages that hold every word, the newest first."""
        client = self._session.client
        contact = None if contact_id is None else self._contact(contact_id)
        hits = await client.messages.search(query, contact=contact, limit=limit)
        names = {known.contact_id: known.name for known in client.people.list()}
        return tuple(
            SearchHitItem(
                hit.message.message_id,
                hit.message.contact_id,
                names.get(hit.message.contact_id, ""),
                hit.excerpt or hit.message.file_name,
                hit.message.stored_at_ms,
            )
            for hit in hits
        )

    async def check_card(self, text: str) -> CardCheck:
        """What was pasted into "add a contact"."""
        return check_card(self._session.client, text)

    async def safety_number(self, contact_id: int) -> str:
        """Sixty digits in groups of five."""
        return self._session.client.people.safety_number(self._name(contact_id))

    async def blocked(self) -> tuple[RequestItem, ...]:
        """Who is blocked."""
        return readings.blocked_items(self._session.client.store)

    # Writing.

    async def send_text(self, contact_id: int, text: str) -> None:
        """Queue a text; it is on the disk, and its draft gone, when this returns."""
        client = self._session.client
        message = await client.send(self._name(contact_id), text)
        client.store.drafts.set(contact_id, "")
        self._added(message)

    async def send_file(self, contact_id: int, path: Path) -> None:
        """Encrypt a file into the profile and queue it."""
        message = await self._session.client.send_file(self._name(contact_id), path)
        self._look_at_pictures([message])
        self._added(message)

    async def send_again(self, message_id: int) -> None:
        """Queue what expired or failed once more."""
        self._added(await self._session.client.send_again(message_id))

    def _added(self, message: Message) -> None:
        self._session.tell(MessageNews(added=(self._session.item(message),)))
        self._session.tell_people()

    async def mark_read(self, contact_id: int, up_to_id: int | None = None) -> None:
        """The person has seen it."""
        client = self._session.client
        client.messages.mark_read(self._contact(contact_id), up_to_id)
        self._session.tell_people()

    async def save_draft(self, contact_id: int, text: str) -> None:
        """Keep what was typed."""
        drafts = self._session.client.store.drafts
        if drafts.get(contact_id) != text:
            drafts.set(contact_id, text)
            self._session.tell_people()

    async def delete_message(self, message_id: int) -> None:
        """Delete one message on this computer."""
        self._session.client.messages.delete(message_id)
        self._session.tell(MessageNews(removed=(message_id,)))
        self._session.tell_people()

    async def wipe(self, contact_id: int) -> int:
        """Delete a conversation on this computer; returns how many messages."""
        count = self._session.client.messages.wipe(self._contact(contact_id))
        self._session.tell(HistoryNews(contact_id))
        self._session.tell_people()
        return count

    async def fetch(self, message_id: int) -> None:
        """Fetch a file that did not come by itself."""
        self._session.client.messages.fetch(message_id)
        message = self._session.client.store.history.get(message_id)
        if message is not None:
            self._session.tell(MessageNews(changed=(self._session.item(message),)))

    async def uploads_running(self) -> int:
        """How many files are being sent; those that wait for a relay do not count."""
        pending = self._session.client.store.attachments.pending_uploads()
        return sum(known.state is AttachmentState.UPLOADING for known in pending)

    async def cancel_file(self, message_id: int) -> None:
        """Stop a transfer: a file of ours goes with its message, one of theirs waits.

        Raises:
            UserInputError: it was deleted.
        """
        if (await self.message(message_id)).outgoing:
            await self.delete_message(message_id)
        else:
            self._session.client.messages.cancel_download(message_id)

    async def save_as(self, message_id: int, target: Path) -> None:
        """Write a readable copy where the person wants it."""
        await self._session.client.messages.save_as(message_id, target)

    async def save_copy(self, message_id: int, folder: Path) -> Path:
        """Write a readable copy under a free name; returns its path."""
        return await self._session.client.messages.save_copy(message_id, folder)

    # People.

    async def add_contact(self, card: str, name: str | None) -> int:
        """Add somebody by his card; returns the contact's id."""
        contact_id = self._session.client.people.add(card, name or None).contact_id
        self._session.tell_people()
        return contact_id

    async def rename_contact(self, contact_id: int, name: str) -> None:
        """Call a contact otherwise."""
        self._session.client.people.rename(self._name(contact_id), name)

    async def remove_contact(self, contact_id: int) -> None:
        """Forget a contact and the conversation."""
        self._session.client.people.remove(self._name(contact_id))
        self._session.tell_people()

    async def block(self, contact_id: int) -> None:
        """Drop everything he sent and will send."""
        self._session.client.people.block(self._name(contact_id))
        self._session.tell_people()

    async def unblock(self, contact_id: int) -> None:
        """Make him a contact again."""
        self._session.client.people.unblock(self._name(contact_id))
        self._session.tell_people()

    async def accept_request(self, contact_id: int) -> int:
        """Let a stranger in; returns his id."""
        self._session.client.people.accept(self._name(contact_id))
        self._session.tell_people()
        return contact_id

    async def set_verified(self, contact_id: int, verified: bool) -> None:
        """The safety numbers were compared, or that is taken back."""
        self._session.client.people.set_verified(self._name(contact_id), verified)

    async def acknowledge_key_change(self, contact_id: int) -> None:
        """The person knows about the other device and goes on."""
        self._session.client.people.acknowledge_key_change(self._name(contact_id))
