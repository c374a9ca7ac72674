"""Files on their way: uploads before their messages, downloads after them; both resume."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from whispr.client import fates
from whispr.client.content import Attachment as Descriptor
from whispr.client.content import ReceiptKind, decode_attachment
from whispr.client.events import AttachmentFailed, AttachmentStored, TransferProgress
from whispr.client.files.download import Downloader
from whispr.client.files.housekeeping import remove_discarded, sweep
from whispr.client.files.incoming import AttachmentRow
from whispr.client.files.upload import Uploader, permanent_failure
from whispr.client.links import REACH_SECONDS, Links
from whispr.client.store.attachment import AttachmentState
from whispr.client.store.message import Direction, Fate
from whispr.client.store.settings import AUTO_DOWNLOAD
from whispr.errors import (
    CorruptFileError,
    RelayError,
    StorageError,
    TransportError,
    UnknownContactError,
)
from whispr.protocol.card import parse_card

if TYPE_CHECKING:
    from collections.abc import Callable

    from whispr.client.core import Core
    from whispr.client.files.spool import Spool
    from whispr.client.outgoing import Outgoing
    from whispr.client.session import Session
    from whispr.client.store.attachment import Attachment
    from whispr.client.store.contacts import Contact
    from whispr.client.store.outbox_row import OutboxRow

MAX_DOWNLOADS = 2
RETRY_MS = 5_000


class Transfers:
    """Uploads to the relays of contacts, downloads from our own."""

    def __init__(
        self,
        core: Core,
        links: Links,
        outgoing: Outgoing,
        spool: Spool,
        outbox_changed: Callable[[], None],
    ) -> None:
        self._core = core
        self._links = links
        self._outgoing = outgoing
        self.spool = spool
        self._outbox_changed = outbox_changed
        self._ready: set[int] = set()
        self._uploading: dict[int, asyncio.Task[None]] = {}
        self._downloading: dict[int, asyncio.Task[None]] = {}
        self._turns = asyncio.Semaphore(MAX_DOWNLOADS)
        # One for each connection: its transfers share its pace.
        self._uploaders: WeakKeyDictionary[Session, Uploader] = WeakKeyDictionary()
        self._downloaders: WeakKeyDictionary[Session, Downloader] = WeakKeyDictionary()

    def start(self) -> None:
        """Remove what a killed process left; go on with what was under way."""
        sweep(self.spool, self._core.store.attachments)
        self.resume_downloads()

    async def stop(self) -> None:
        """Stop; what is over so far is remembered."""
        tasks = [*self._uploading.values(), *self._downloading.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def remove_discarded(self) -> None:
        """Delete the files of messages that were wiped."""
        remove_discarded(self.spool, self._core.store.attachments)

    # Uploads: the courier asks before every attempt to send the message.

    def is_ready(self, row: OutboxRow) -> bool:
        """Whether the relay was just asked and has the file whole."""
        return row.outbox_id in self._ready

    def sent(self, row: OutboxRow) -> None:
        """The message went out: before the next attempt the relay is asked again."""
        self._ready.discard(row.outbox_id)

    def ensure(self, row: OutboxRow, contact: Contact, then: Callable[[], None]) -> None:
        """Begin or go on uploading; calls `then` when the row can be sent, waits, or has failed."""

        async def run() -> None:
            try:
                await self._upload(row, contact)
            finally:
                self._uploading.pop(row.outbox_id, None)
                then()

        self._uploading[row.outbox_id] = asyncio.create_task(run(), name="whispr upload")

    async def _upload(self, row: OutboxRow, contact: Contact) -> None:
        known = self._core.store.attachments.find(row.contact_id, Direction.OUT, row.content_id)
        if known is None:
            self._core.store.outbox.record_failed(row.outbox_id)
            return
        try:
            descriptor = decode_attachment(known.descriptor)
            device = parse_card(contact.card).device
            session = await self._links.session_to(device.relay)
            self._core.store.attachments.set_state(known.message_id, AttachmentState.UPLOADING)
            await self._uploader_for(session).upload(
                descriptor,
                known.spool_path or known.local_path,
                device.mailbox,
                progress=self._progress(known, incoming=False),
            )
        except TransportError:
            return
        except RelayError as error:
            self._upload_refused(row, known, error)
        except CorruptFileError as error:
            self._upload_failed(row, known, str(error))
        else:
            self._core.store.attachments.set_state(known.message_id, AttachmentState.UPLOADED)
            self._ready.add(row.outbox_id)

    def _upload_refused(self, row: OutboxRow, known: Attachment, error: RelayError) -> None:
        reason = permanent_failure(error)
        if reason is not None:
            self._upload_failed(row, known, reason)
        else:
            retry_at_ms = self._core.now_ms() + max(error.retry_after_ms, RETRY_MS)
            self._core.store.outbox.record_postponed(row.outbox_id, retry_at_ms)

    def _upload_failed(self, row: OutboxRow, known: Attachment, reason: str) -> None:
        store = self._core.store
        with store.transaction():
            store.outbox.record_failed(row.outbox_id)
            store.attachments.set_state(known.message_id, AttachmentState.FAILED, reason)
            changed = fates.advance(store, row.contact_id, row.content_id, Fate.FAILED, reason)
        if changed is not None:
            self._core.emit(changed)

    def _uploader_for(self, session: Session) -> Uploader:
        uploader = self._uploaders.get(session)
        if uploader is None:
            uploader = Uploader(session, self.spool, clock=self._core.clock)
            self._uploaders[session] = uploader
        return uploader

    # Downloads: from our own relay, a few at a time.

    def resume_downloads(self) -> None:
        """Go on with every file that is described and not here."""
        for known in self._core.store.attachments.pending_downloads():
            self.offered(known.message_id)

    def offered(self, message_id: int) -> None:
        """There is a file to fetch."""
        if self._core.store.settings.get(AUTO_DOWNLOAD):
            self.fetch(message_id)

    def fetch(self, message_id: int) -> None:
        """Fetch a file, because the person wants it or the settings say so."""
        if message_id not in self._downloading:
            task = asyncio.create_task(self._download(message_id), name="whispr download")
            self._downloading[message_id] = task
            task.add_done_callback(lambda _: self._downloading.pop(message_id, None))

    async def _download(self, message_id: int) -> None:
        async with self._turns:
            while await self._try_download(message_id):
                await self._core.clock.sleep(RETRY_MS / 1000)

    async def _try_download(self, message_id: int) -> bool:
        """One attempt; returns whether another makes sense."""
        attachments = self._core.store.attachments
        known = attachments.get(message_id)
        if known is None or known.state is AttachmentState.STORED:
            return False
        try:
            session = await self._links.own.online(REACH_SECONDS)
        except TransportError:
            return True
        attachments.set_state(message_id, AttachmentState.DOWNLOADING)
        descriptor = decode_attachment(known.descriptor)
        record = AttachmentRow(self._core.store, message_id)
        try:
            outcome = await self._downloader_for(session).download(
                descriptor, record, progress=self._progress(known, incoming=True)
            )
        except (TransportError, RelayError):
            return True
        except StorageError as error:
            self._core.emit(AttachmentFailed(message_id, known.contact_id, str(error)))
            return False
        if outcome.state is AttachmentState.STORED:
            self._stored(known, descriptor)
        else:
            attachments.set_state(message_id, outcome.state, outcome.reason)
            self._core.emit(AttachmentFailed(message_id, known.contact_id, outcome.reason))
        return False

    def _stored(self, known: Attachment, descriptor: Descriptor) -> None:
        """Whole and verified: now the sender may know."""
        store = self._core.store
        try:
            with store.transaction():
                store.attachments.set_state(known.message_id, AttachmentState.STORED)
                self._outgoing.receipt(known.contact_id, ReceiptKind.DELIVERED, (known.content_id,))
        except UnknownContactError:
            return
        self._core.emit(AttachmentStored(known.message_id, known.contact_id, known.name))
        self._outbox_changed()

    def _downloader_for(self, session: Session) -> Downloader:
        downloader = self._downloaders.get(session)
        if downloader is None:
            downloader = Downloader(session, self.spool, clock=self._core.clock)
            self._downloaders[session] = downloader
        return downloader

    def _progress(self, known: Attachment, *, incoming: bool) -> Callable[[int, int], None]:
        def progress(done_bytes: int, total_bytes: int) -> None:
            self._core.emit(
                TransferProgress(
                    known.message_id, known.contact_id, done_bytes, total_bytes, incoming
                )
            )

        return progress
