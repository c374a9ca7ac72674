"""Files of ours on their way to the relays of contacts, each before its message."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from whispr.client import fates
from whispr.client.content import decode_attachment
from whispr.client.files.upload import Uploader, permanent_failure
from whispr.client.store.attachment import AttachmentState
from whispr.client.store.message import Direction, Fate
from whispr.client.tasks import Tasks
from whispr.errors import (
    CorruptFileError,
    MalformedContentError,
    RelayError,
    UnknownContactError,
    WhisprError,
)
from whispr.protocol.card import parse_card

if TYPE_CHECKING:
    from collections.abc import Callable

    from whispr.client.core import Core
    from whispr.client.files.progress import Progress
    from whispr.client.files.spool import Spool
    from whispr.client.links import Links
    from whispr.client.session import Session
    from whispr.client.store.attachment import Attachment
    from whispr.client.store.contacts import Contact
    from whispr.client.store.outbox_row import OutboxRow

MAX_UPLOADS = 2
"""At a time to one relay."""
RETRY_MS = 5_000
LONGEST_RETRY_MS = 15 * 60 * 1000
MIN_READY_MS = 1_000


class FileUploads:
    """What `Sender` asks before every attempt to send a message with a file."""

    def __init__(
        self,
        core: Core,
        links: Links,
        spool: Spool,
        progress: Callable[[Attachment], Progress],
    ) -> None:
        self._core = core
        self._links = links
        self._spool = spool
        self._progress = progress
        self._tasks = Tasks(core)
        self._ready: dict[int, tuple[bytes, int]] = {}
        """Outbox id: the card by which it was uploaded, and until when that counts."""
        self._under_way: dict[tuple[int, bytes], asyncio.Task[None]] = {}
        """By contact and content."""
        self._turns: dict[str, asyncio.Semaphore] = {}
        # One for each connection: its transfers share its pace.
        self._uploaders: dict[Session, Uploader] = {}

    async def stop(self) -> None:
        """Stop; what is over so far is remembered by the relay."""
        await self._tasks.stop()

    def is_ready(self, row: OutboxRow) -> bool:
        """Whether the contact's relay was just asked and has the file whole."""
        card, until_ms = self._ready.get(row.outbox_id, (b"", 0))
        if self._core.now_ms() >= until_ms:
            return False
        try:
            return self._core.store.contacts.get(row.contact_id).card == card
        except UnknownContactError:
            return False

    def sent(self, row: OutboxRow) -> None:
        """The message went out: before the next attempt the relay is asked again."""
        self._ready.pop(row.outbox_id, None)

    def forgotten(self) -> None:
        """A relay may have lost what it had: all are asked again."""
        self._ready.clear()

    def ensure(self, row: OutboxRow, contact: Contact, then: Callable[[], None]) -> None:
        """Begin or go on uploading; calls `then` when the row can be sent, waits, or has failed."""
        key = (row.contact_id, row.content_id)
        if key in self._under_way:
            return

        async def run() -> None:
            try:
                await self._upload(row, contact)
            except Exception:
                self._postpone(row, LONGEST_RETRY_MS)  # a defect must not be met again at once
                raise
            finally:
                self._under_way.pop(key, None)
                then()

        task = self._under_way[key] = self._tasks.start(run, "upload")
        # One that is cancelled before it began never gets to its `finally`.
        task.add_done_callback(lambda ended: self._ended(key, ended))

    def _ended(self, key: tuple[int, bytes], task: asyncio.Task[None]) -> None:
        if self._under_way.get(key) is task:
            del self._under_way[key]

    def cancel(self, contact_id: int, content_id: bytes | None = None) -> None:
        """Stop uploading the file of one message to a contact, or of all: they were deleted."""
        for (to, content), task in list(self._under_way.items()):
            if to == contact_id and content_id in (None, content):
                task.cancel()

    async def _upload(self, row: OutboxRow, contact: Contact) -> None:
        store = self._core.store
        known = store.attachments.find(row.contact_id, Direction.OUT, row.content_id)
        if known is None:
            store.outbox.record_failed(row.outbox_id)
            return
        try:
            expires_in_ms = await self._bring(known, contact)
        except (CorruptFileError, MalformedContentError) as error:
            self._failed(row, known, str(error))
        except RelayError as error:
            reason = permanent_failure(error)
            if reason is None:
                self._postpone(row, error.retry_after_ms)
            else:
                self._failed(row, known, reason)
        except WhisprError:
            # The connection broke, the relay talks nonsense, the disk fails: none of it for good.
            self._postpone(row, 0)
        else:
            if store.outbox.get(row.outbox_id) is not None:
                store.attachments.set_state(known.message_id, AttachmentState.UPLOADED)
                until_ms = self._core.now_ms() + max(expires_in_ms // 2, MIN_READY_MS)
                self._ready[row.outbox_id] = (contact.card, until_ms)

    async def _bring(self, known: Attachment, contact: Contact) -> int:
        """Upload what the relay lacks; returns for how many milliseconds it keeps the file."""
        descriptor = decode_attachment(known.descriptor)
        device = parse_card(contact.card).device
        turns = self._turns.setdefault(device.relay.location, asyncio.Semaphore(MAX_UPLOADS))
        async with turns:
            session = await self._links.session_to(device.relay)
            self._core.store.attachments.set_state(known.message_id, AttachmentState.UPLOADING)
            return await self._uploader_for(session).upload(
                descriptor,
                known.spool_path or known.local_path,
                device.mailbox,
                progress=self._progress(known),
            )

    def _postpone(self, row: OutboxRow, asked_ms: int) -> None:
        retry_ms = max(RETRY_MS, min(asked_ms, LONGEST_RETRY_MS))
        self._core.store.outbox.record_postponed(row.outbox_id, self._core.now_ms() + retry_ms)

    def _failed(self, row: OutboxRow, known: Attachment, reason: str) -> None:
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
            for ended in [known for known in self._uploaders if known.closed]:
                del self._uploaders[ended]
            uploader = Uploader(session, self._spool, clock=self._core.clock)
            self._uploaders[session] = uploader
        return uploader
