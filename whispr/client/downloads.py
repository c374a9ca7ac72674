"""Files of contacts on their way from our own relay: a few at a time, resumed until here."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from whispr.client.content import ReceiptKind, decode_attachment
from whispr.client.events import AttachmentFailed, AttachmentStored
from whispr.client.files.download import Downloader
from whispr.client.files.incoming import AttachmentRow, DownloadOutcome
from whispr.client.links import REACH_SECONDS
from whispr.client.store.attachment import AttachmentState
from whispr.client.store.contacts import ContactState
from whispr.client.store.message import Direction
from whispr.client.store.settings import AUTO_DOWNLOAD
from whispr.client.tasks import Tasks
from whispr.errors import (
    ConnectError,
    ProtocolError,
    RelayError,
    StorageError,
    TransportError,
    UnknownContactError,
    UnsupportedError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from whispr.client.core import Core
    from whispr.client.files.progress import Progress
    from whispr.client.files.spool import Spool
    from whispr.client.links import Links
    from whispr.client.outgoing import Outgoing
    from whispr.client.session import Session
    from whispr.client.store.attachment import Attachment

MAX_DOWNLOADS = 2
FIRST_RETRY_SECONDS = 5.0
LONGEST_RETRY_SECONDS = 300.0
CANCELLED = "stopped; it comes when you ask for it"
NO_FILES = DownloadOutcome(AttachmentState.FAILED, "our relay keeps no files")


class FileDownloads:
    """Fetches what was offered; the receipt goes out when a file is stored and verified."""

    def __init__(
        self,
        core: Core,
        links: Links,
        outgoing: Outgoing,
        spool: Spool,
        outbox_changed: Callable[[], None],
        progress: Callable[[Attachment], Progress],
    ) -> None:
        self._core = core
        self._links = links
        self._outgoing = outgoing
        self._spool = spool
        self._outbox_changed = outbox_changed
        self._progress = progress
        self._tasks = Tasks(core)
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._turns = asyncio.Semaphore(MAX_DOWNLOADS)
        # One for each connection: its transfers share its pace.
        self._downloaders: dict[Session, Downloader] = {}

    async def stop(self) -> None:
        """Stop; what came so far is remembered."""
        await self._tasks.stop()

    def resume(self) -> None:
        """Go on with every file that is described and not here."""
        for known in self._core.store.attachments.pending_downloads():
            if known.state is AttachmentState.DOWNLOADING:
                self.fetch(known.message_id)  # begun, perhaps because the person wanted it
            else:
                self.offered(known.message_id)

    def offered(self, message_id: int) -> None:
        """There is a file to fetch."""
        if self._core.store.settings.get(AUTO_DOWNLOAD):
            self.fetch(message_id)

    def fetch(self, message_id: int) -> None:
        """Fetch a file, because the person wants it or the settings say so."""
        before = self._under_way.get(message_id)
        if before is not None and not before.cancelling():
            return

        async def run() -> None:
            if before is not None:
                await asyncio.wait([before])  # it writes to the same file
            await self._download(message_id)

        task = self._under_way[message_id] = self._tasks.start(run, "download")
        task.add_done_callback(lambda ended: self._ended(message_id, ended))

    def _ended(self, message_id: int, task: asyncio.Task[None]) -> None:
        if self._under_way.get(message_id) is task:
            del self._under_way[message_id]

    def cancel(self, message_id: int) -> bool:
        """Stop fetching a file: what came stays, and it is not fetched before `fetch`.

        False when there was nothing to stop: it is here, gone, or failed already.
        """
        task = self._under_way.get(message_id)
        if task is not None:
            task.cancel()
        known = self._wanted(message_id)
        refused = AttachmentState.REFUSED
        if known is None or not self._core.store.attachments.set_state(
            message_id, refused, CANCELLED
        ):
            return False
        self._core.emit(AttachmentFailed(message_id, known.contact_id, CANCELLED))
        return True

    async def _download(self, message_id: int) -> None:
        pause_seconds = FIRST_RETRY_SECONDS
        while await self._attempt(message_id):
            await self._core.clock.sleep(pause_seconds)
            pause_seconds = min(pause_seconds * 2, LONGEST_RETRY_SECONDS)

    async def _attempt(self, message_id: int) -> bool:
        """One attempt, when it is its turn; returns whether another makes sense."""
        async with self._turns:
            known = self._wanted(message_id)
            if known is None:
                return False
            try:
                outcome = await self._fetch(known)
            except (TransportError, RelayError, ProtocolError):
                return True
            except StorageError as error:
                self._core.emit(AttachmentFailed(message_id, known.contact_id, str(error)))
                return False
        if outcome.state is AttachmentState.STORED:
            self._stored(known)
        else:
            self._core.store.attachments.set_state(message_id, outcome.state, outcome.reason)
            self._core.emit(AttachmentFailed(message_id, known.contact_id, outcome.reason))
        return False

    def _wanted(self, message_id: int) -> Attachment | None:
        known = self._core.store.attachments.get(message_id)
        if known is None or known.direction is not Direction.IN:
            return None
        return None if known.state is AttachmentState.STORED else known

    async def _fetch(self, known: Attachment) -> DownloadOutcome:
        """From our relay, or from where our mailbox lay before: its sender may not know better."""
        own, *former = self._links.mailboxes()
        try:
            outcome = await self._fetch_from(await own.online(REACH_SECONDS), known)
        except UnsupportedError:
            outcome = NO_FILES
        for link in former:
            if outcome is not NO_FILES and outcome.state is not AttachmentState.GONE:
                break
            if link.session is None:
                raise ConnectError("a relay that may have the file is not connected")
            with contextlib.suppress(UnsupportedError):
                outcome = await self._fetch_from(link.session, known)
        return outcome

    async def _fetch_from(self, session: Session, known: Attachment) -> DownloadOutcome:
        store = self._core.store
        store.attachments.set_state(known.message_id, AttachmentState.DOWNLOADING)
        return await self._downloader_for(session).download(
            decode_attachment(known.descriptor),
            AttachmentRow(store, known.message_id),
            progress=self._progress(known),
        )

    def _stored(self, known: Attachment) -> None:
        """Whole and verified: now the sender may know."""
        store = self._core.store
        try:
            contact = store.contacts.get(known.contact_id)
        except UnknownContactError:
            return
        with store.transaction():
            store.attachments.set_state(known.message_id, AttachmentState.STORED)
            if contact.state is ContactState.ACCEPTED:
                ids = (known.content_id,)
                self._outgoing.receipt(known.contact_id, ReceiptKind.DELIVERED, ids)
        self._core.emit(AttachmentStored(known.message_id, known.contact_id, known.name))
        self._outbox_changed()

    def _downloader_for(self, session: Session) -> Downloader:
        downloader = self._downloaders.get(session)
        if downloader is None:
            for ended in [known for known in self._downloaders if known.closed]:
                del self._downloaders[ended]
            downloader = Downloader(session, self._spool, clock=self._core.clock)
            self._downloaders[session] = downloader
        return downloader
