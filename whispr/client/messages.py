"""History, search and stored files, as an application uses them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from whispr.client.content import ReceiptKind, decode_attachment
from whispr.client.events import CopySaved
from whispr.client.files.reading import open_stored, save_as, save_copy
from whispr.client.store.attachment import AttachmentState
from whispr.client.store.contacts import ContactState
from whispr.client.store.settings import KEEP_HISTORY_DAYS, READ_RECEIPTS
from whispr.errors import FileTooLargeError, UserInputError

if TYPE_CHECKING:
    from pathlib import Path

    from whispr.client.content import Attachment as Descriptor
    from whispr.client.core import Core
    from whispr.client.engine import Engine
    from whispr.client.store.attachment import Attachment
    from whispr.client.store.contacts import Contact
    from whispr.client.store.message import Message
    from whispr.client.store.search import SearchHit

DAY_MS = 24 * 3600 * 1000


class Messages:
    """What was written and sent."""

    def __init__(self, core: Core, engine: Engine) -> None:
        self._core = core
        self._engine = engine

    def conversation(
        self, contact: Contact, *, before_id: int | None = None, limit: int = 100
    ) -> tuple[Message, ...]:
        """A page of a conversation, oldest first: the last one, or the one before `before_id`."""
        return self._core.store.history.conversation(
            contact.contact_id, before_id=before_id, limit=limit
        )

    async def search(
        self, query: str, *, contact: Contact | None = None, limit: int = 50
    ) -> tuple[SearchHit, ...]:
        """The newest messages that hold every word; looks in a thread."""
        contact_id = None if contact is None else contact.contact_id
        return await asyncio.to_thread(
            self._core.store.search.search, query, contact_id=contact_id, limit=limit
        )

    def mark_read(self, contact: Contact, up_to_id: int | None = None) -> None:
        """The person has seen a conversation; the contact is told if the setting says so."""
        store = self._core.store
        with store.transaction():
            read = store.history.mark_read(contact.contact_id, up_to_id)
            tell = store.settings.get(READ_RECEIPTS) and contact.state is ContactState.ACCEPTED
            if read and tell:
                self._engine.outgoing.receipt(contact.contact_id, ReceiptKind.READ, read)
        self._engine.outbox_changed()

    def wipe(self, contact: Contact) -> int:
        """Delete a conversation on this computer; returns how many messages went."""
        count = self._core.store.wipe_conversation(contact.contact_id)
        self._engine.transfers.deleted(contact.contact_id)
        return count

    def delete(self, message_id: int) -> bool:
        """Delete one message on this computer, and what was still to be sent of it."""
        history = self._core.store.history
        message = history.get(message_id)
        if message is None:
            return False
        self._engine.transfers.cancel_download(message_id)
        deleted = history.delete_message(message_id)
        self._engine.transfers.deleted(message.contact_id, message.content_id)
        return deleted

    def purge(self) -> int:
        """Delete what is older than the setting `KEEP_HISTORY_DAYS`; returns how many messages."""
        store = self._core.store
        days = store.settings.get(KEEP_HISTORY_DAYS)
        if days <= 0:
            return 0
        with store.transaction():
            count = store.history.delete_before(self._core.now_ms() - days * DAY_MS)
        if count:
            store.database.compact_log()
            self._engine.transfers.remove_discarded()
        return count

    def attachment(self, message_id: int) -> Attachment | None:
        """The file of a message."""
        return self._core.store.attachments.get(message_id)

    def fetch(self, message_id: int) -> None:
        """Fetch a file that did not come by itself."""
        self._engine.transfers.fetch(message_id)

    def cancel_download(self, message_id: int) -> bool:
        """Stop fetching a file; it stays away until `fetch`. False when nothing was to stop."""
        return self._engine.transfers.cancel_download(message_id)

    async def read_file(self, message_id: int, *, max_bytes: int) -> bytes:
        """The content of a stored file of at most `max_bytes`; reads in a thread.

        Raises:
            UserInputError: the file is not here.
            FileTooLargeError, CorruptFileError.
        """
        stored, descriptor = self._stored(message_id)
        if stored.size_bytes > max_bytes:
            raise FileTooLargeError(f"the file has more than {max_bytes:,} bytes")
        pieces = open_stored(self._engine.transfers.spool, stored.local_path, descriptor)
        return await asyncio.to_thread(b"".join, pieces)

    async def save_copy(self, message_id: int, folder: Path) -> Path:
        """Write a readable copy, private to the user, under a free name; returns its path.

        Raises:
            UserInputError: the file is not here.
            CorruptFileError, StorageError.
        """
        stored, descriptor = self._stored(message_id)
        spool = self._engine.transfers.spool
        path = await asyncio.to_thread(save_copy, spool, stored.local_path, descriptor, folder)
        self._core.emit(CopySaved(message_id, path))
        return path

    async def save_as(self, message_id: int, target: Path) -> None:
        """Write a readable copy to the path that the person chose. Raises as `save_copy`."""
        stored, descriptor = self._stored(message_id)
        spool = self._engine.transfers.spool
        await asyncio.to_thread(save_as, spool, stored.local_path, descriptor, target)
        self._core.emit(CopySaved(message_id, target))

    def _stored(self, message_id: int) -> tuple[Attachment, Descriptor]:
        known = self.attachment(message_id)
        if known is None or not known.local_path:
            raise UserInputError("the file is not here")
        if known.contact_id and known.state is not AttachmentState.STORED and not known.spool_path:
            raise UserInputError("the file is not here yet")
        return known, decode_attachment(known.descriptor)
