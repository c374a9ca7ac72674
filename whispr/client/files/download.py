"""Fetches an offered file from our own relay into the spool, resuming wherever it was left.

Each part is verified before it is written, and at the end the whole copy is read back from the
disk. So the record of what was received need not be exact: a part that a power cut took is found
by the last pass and fetched again.
"""

from __future__ import annotations

import asyncio

from whispr.client.clock import ClientClock
from whispr.client.content import Attachment
from whispr.client.crypto.attachment_cipher import PartOpener
from whispr.client.files.incoming import (
    DEFAULT_LIMITS,
    GONE,
    STORED,
    DownloadLimits,
    DownloadOutcome,
    ReceivedParts,
    offered_problem,
    part_opener,
)
from whispr.client.files.lane import PartLane, PartSession
from whispr.client.files.patience import Patience
from whispr.client.files.progress import Progress, ProgressMeter, ignore_progress
from whispr.client.files.reading import read_back
from whispr.client.files.spool import Spool, SpoolFile
from whispr.client.store.attachment import AttachmentState
from whispr.errors import (
    CorruptFileError,
    DecryptionError,
    NotFoundError,
    RateLimitedError,
    RemoteProtocolError,
)
from whispr.protocol.blob import part_count, part_size
from whispr.protocol.frames import BlobInfo, Download, GetPart, PartData

RECORD_EVERY_PARTS = 16
"""About a megabyte: what a killed process fetches again."""

_READ_BACKS = 2
_DAMAGED = DownloadOutcome(AttachmentState.FAILED, "the file on the relay is damaged")
_NOT_AS_DESCRIBED = DownloadOutcome(
    AttachmentState.FAILED, "the file is not the one that was described"
)


class Downloader:
    """The downloads of one connection; keep one for each, so that they share its pace."""

    def __init__(self, session: PartSession, spool: Spool, *, clock: ClientClock) -> None:
        self._lane = PartLane(session, clock)
        self._spool = spool
        self._clock = clock

    async def download(
        self,
        attachment: Attachment,
        record: ReceivedParts,
        *,
        limits: DownloadLimits = DEFAULT_LIMITS,
        progress: Progress = ignore_progress,
    ) -> DownloadOutcome:
        """Fetch what is missing, verify everything, and say how it ended.

        `limits` are wider when a person has asked for this very file.

        STORED: the copy in the spool is complete, verified and on the disk. GONE: the relay does
        not have it (any more); what was received stays. REFUSED: over a limit, or a description
        that makes no sense; nothing was asked of the relay. FAILED: what the relay has is not
        the file described.

        Raises:
            TransportError, RelayError: it stopped for now; call again to resume.
            StorageError: the disk is full or failing; what was received stays.
        """
        problem = offered_problem(attachment, limits)
        if problem is not None:
            return DownloadOutcome(AttachmentState.REFUSED, problem)
        with self._opened(record) as file:
            fetch = _Fetch(attachment, self._lane, file, record, progress)
            try:
                return await self._persist(fetch)
            finally:
                fetch.remember()

    def _opened(self, record: ReceivedParts) -> SpoolFile:
        """The spool file of an earlier try, emptied when it is of another blob, or a new one."""
        if record.spool_name:
            try:
                file = self._spool.open(record.spool_name, writable=True)
            except CorruptFileError:  # gone: begin again
                pass
            else:
                if not record.received():
                    file.clear()
                return file
        file = self._spool.create()
        try:
            record.begin(file.name)
        except BaseException:
            file.close()
            self._spool.remove(file.name)
            raise
        return file

    async def _persist(self, fetch: _Fetch) -> DownloadOutcome:
        patience = Patience(self._clock)
        read_backs = 0
        while True:
            try:
                ended = await fetch.missing_parts(patience)
                if ended is not None:
                    return ended
            except (RateLimitedError, NotFoundError) as error:
                # NOT_FOUND of a part: DOWNLOAD will tell whether the file is gone.
                await patience.wait(error)
                continue
            except DecryptionError:
                return _DAMAGED
            copy = await asyncio.to_thread(
                read_back, self._spool, fetch.spool_name, fetch.attachment
            )
            if not copy.damaged:
                return STORED if copy.as_described else _NOT_AS_DESCRIBED
            read_backs += 1
            if read_backs == _READ_BACKS:
                raise CorruptFileError("what is written to the disk does not stay as it was")
            fetch.forget(copy.damaged)


class _Fetch:
    """One download under way."""

    def __init__(
        self,
        attachment: Attachment,
        lane: PartLane,
        file: SpoolFile,
        record: ReceivedParts,
        progress: Progress,
    ) -> None:
        self.attachment = attachment
        self.spool_name = file.name
        self._lane = lane
        self._file = file
        self._record = record
        self._opener: PartOpener = part_opener(attachment)
        self._count = part_count(attachment.blob_bytes)
        self._received = {index for index in record.received() if index < self._count}
        self._received_bytes = sum(map(self._size_of, self._received))
        self._unrecorded: set[int] = set()
        self._meter = ProgressMeter(
            progress, file_bytes=attachment.size_bytes, blob_bytes=attachment.blob_bytes
        )

    async def missing_parts(self, patience: Patience) -> DownloadOutcome | None:
        """Fetch every part that is not here yet; None when all of them are.

        Nothing is asked for when nothing is missing: a process killed before the last pass needs
        no relay that still has the file.
        """
        missing = [index for index in range(self._count) if index not in self._received]
        self._meter.update(self._received_bytes)
        if missing:
            ended = await self._open_blob()
            if ended is not None:
                return ended
            await self._lane.run(missing, self._size_of, self._fetch, patience)
        return None

    async def _open_blob(self) -> DownloadOutcome | None:
        try:
            answer = await self._lane.session.request(
                Download, blob_id=self.attachment.blob_id, token=self.attachment.token
            )
        except NotFoundError:
            return GONE
        if not isinstance(answer, BlobInfo):
            raise RemoteProtocolError("the relay answered a download with something else")
        if (answer.size_bytes, answer.header) != (
            self.attachment.blob_bytes,
            self.attachment.header,
        ):
            return _NOT_AS_DESCRIBED
        return None

    async def _fetch(self, index: int) -> None:
        answer = await self._lane.session.request(
            GetPart, blob_id=self.attachment.blob_id, index=index
        )
        if not isinstance(answer, PartData) or answer.index != index:
            raise RemoteProtocolError("the relay answered with another part")
        self._opener.open_part(index, answer.data)
        self._file.write_part(index, answer.data)
        self._received.add(index)
        self._received_bytes += len(answer.data)
        self._unrecorded.add(index)
        if len(self._unrecorded) >= RECORD_EVERY_PARTS:
            self.remember()
        self._meter.update(self._received_bytes)

    def remember(self) -> None:
        """Record the parts that came since the last time."""
        if self._unrecorded:
            blob_bytes = self.attachment.blob_bytes
            done_bytes = self.attachment.size_bytes * self._received_bytes // blob_bytes
            self._record.record(frozenset(self._unrecorded), done_bytes=done_bytes)
            self._unrecorded.clear()

    def forget(self, damaged: frozenset[int]) -> None:
        """Fetch these again, although the record says that they are there."""
        self._received -= damaged
        self._received_bytes -= sum(map(self._size_of, damaged))

    def _size_of(self, index: int) -> int:
        return part_size(self.attachment.blob_bytes, index)
