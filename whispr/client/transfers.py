"""Files on their way: uploads before their messages, downloads after them; both resume."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whispr.client.downloads import FileDownloads
from whispr.client.events import TransferProgress
from whispr.client.files.housekeeping import remove_discarded, sweep
from whispr.client.store.message import Direction
from whispr.client.uploads import FileUploads

if TYPE_CHECKING:
    from collections.abc import Callable

    from whispr.client.core import Core
    from whispr.client.files.progress import Progress
    from whispr.client.files.spool import Spool
    from whispr.client.links import Links
    from whispr.client.outgoing import Outgoing
    from whispr.client.store.attachment import Attachment


class Transfers:
    """Uploads to the relays of contacts, downloads from our own, and the files on this disk."""

    def __init__(
        self,
        core: Core,
        links: Links,
        outgoing: Outgoing,
        spool: Spool,
        outbox_changed: Callable[[], None],
    ) -> None:
        self._core = core
        self.spool = spool
        self.uploads = FileUploads(core, links, spool, self._progress)
        self.downloads = FileDownloads(core, links, outgoing, spool, outbox_changed, self._progress)

    def start(self) -> None:
        """Remove what a killed process left; go on with what was under way."""
        sweep(self.spool, self._core.store.attachments)
        self.downloads.resume()

    async def stop(self) -> None:
        """Stop; what is over so far is remembered."""
        await self.uploads.stop()
        await self.downloads.stop()

    def remove_discarded(self) -> None:
        """Delete the files of messages that were wiped."""
        remove_discarded(self.spool, self._core.store.attachments)

    def resume_downloads(self) -> None:
        """Go on with every file that is described and not here."""
        self.downloads.resume()

    def offered(self, message_id: int) -> None:
        """There is a file to fetch."""
        self.downloads.offered(message_id)

    def fetch(self, message_id: int) -> None:
        """Fetch a file, because the person wants it or the settings say so."""
        self.downloads.fetch(message_id)

    def cancel_download(self, message_id: int) -> bool:
        """Stop fetching a file until it is asked for again; False when nothing was to stop."""
        return self.downloads.cancel(message_id)

    def deleted(self, contact_id: int, content_id: bytes | None = None) -> None:
        """A message to a contact was deleted, or the conversation: stop and tidy up."""
        self.uploads.cancel(contact_id, content_id)
        self.remove_discarded()

    def _progress(self, known: Attachment) -> Progress:
        def progress(done_bytes: int, total_bytes: int) -> None:
            self._core.emit(
                TransferProgress(
                    *(known.message_id, known.contact_id, done_bytes, total_bytes),
                    known.direction is Direction.IN,
                )
            )

        return progress
