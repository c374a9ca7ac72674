"""Brings a spooled file to the relay of its recipient, resuming wherever an earlier try ended."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from whispr.client.clock import ClientClock
from whispr.client.content import Attachment
from whispr.client.files.lane import PartLane, PartSession
from whispr.client.files.patience import Patience
from whispr.client.files.progress import Progress, ProgressMeter, ignore_progress
from whispr.client.files.spool import Spool, SpoolFile
from whispr.errors import (
    BlobMismatchError,
    CorruptFileError,
    NotFoundError,
    PayloadTooLargeError,
    RateLimitedError,
    RemoteProtocolError,
    UnsupportedError,
    WhisprError,
)
from whispr.protocol.blob import blob_id, missing_parts, part_count, part_size, token_hash
from whispr.protocol.frames import Part, Upload, UploadState
from whispr.protocol.signing import sha256

_PERMANENT: dict[type[WhisprError], str] = {
    PayloadTooLargeError: "the file is larger than their relay takes",
    UnsupportedError: "their relay takes no files",
    BlobMismatchError: "their relay does not recognise the file",
    CorruptFileError: "the encrypted copy on this disk is damaged; send the file again",
}


def permanent_failure(error: WhisprError) -> str | None:
    """Why trying this upload again would not help, in plain words; None when it may."""
    return next((text for kind, text in _PERMANENT.items() if isinstance(error, kind)), None)


class Uploader:
    """The uploads of one connection; keep one for each connection, so that they share its pace."""

    def __init__(self, session: PartSession, spool: Spool, *, clock: ClientClock) -> None:
        self._lane = PartLane(session, clock)
        self._spool = spool
        self._clock = clock

    async def upload(
        self,
        attachment: Attachment,
        spool_name: str,
        mailbox: bytes,
        *,
        life_ms: int = 0,
        progress: Progress = ignore_progress,
    ) -> int:
        """Upload what the relay lacks; returns for how many milliseconds it will keep the file.

        The same call resumes after a cut connection (with another Uploader) and brings the same
        bytes again after the relay has forgotten them. `life_ms` 0 asks for the relay's own.
        RATE_LIMITED is waited for, within the bounds of `Patience`.

        Raises:
            RelayError: refused; `permanent_failure` says whether to try again after
                `retry_after_ms`.
            TransportError: the connection failed; what arrived stays for a while.
            CorruptFileError: the spooled copy is gone or damaged.
        """
        with self._spool.open(spool_name) as file:
            if file.size_bytes != attachment.blob_bytes:
                raise CorruptFileError("the encrypted copy of the file has another size")
            request = _UploadRequest(attachment, mailbox, life_ms, file)
            return await self._persist(request, progress)

    async def _persist(self, request: _UploadRequest, progress: Progress) -> int:
        patience = Patience(self._clock)
        meter = ProgressMeter(
            progress,
            file_bytes=request.attachment.size_bytes,
            blob_bytes=request.attachment.blob_bytes,
        )
        began_again = False
        while True:
            try:
                return await self._attempt(request, patience, meter)
            except (RateLimitedError, NotFoundError) as error:
                # NOT_FOUND: the relay forgot the unfinished upload; the next attempt begins it.
                await patience.wait(error)
            except BlobMismatchError:
                if began_again:
                    raise
                began_again = True
                await asyncio.to_thread(_check_copy, self._spool, request.attachment, request.file)

    async def _attempt(
        self, request: _UploadRequest, patience: Patience, meter: ProgressMeter
    ) -> int:
        state = await self._ask(request)
        attachment = request.attachment
        count = part_count(attachment.blob_bytes)
        while not state.complete:
            missing = missing_parts(state.received, count)
            batch = _Batch(request, self._lane.session, meter, missing)
            await self._lane.run(missing, batch.size_of, batch.move, patience)
            state = batch.final or await self._ask(request)
            if not state.complete and len(missing_parts(state.received, count)) >= len(missing):
                raise RemoteProtocolError("the relay took all parts and still lacks some")
        meter.update(attachment.blob_bytes)
        return state.expires_in_ms

    async def _ask(self, request: _UploadRequest) -> UploadState:
        answer = await self._lane.session.request(
            Upload,
            blob_id=request.attachment.blob_id,
            mailbox=request.mailbox,
            size_bytes=request.attachment.blob_bytes,
            header=request.attachment.header,
            token_hash=token_hash(request.attachment.token),
            ttl_ms=request.life_ms,
        )
        if not isinstance(answer, UploadState):
            raise RemoteProtocolError("the relay answered an upload with something else")
        return answer


@dataclass(frozen=True, slots=True)
class _UploadRequest:
    attachment: Attachment
    mailbox: bytes
    life_ms: int
    file: SpoolFile


class _Batch:
    """The parts that were missing when the relay was asked."""

    def __init__(
        self,
        request: _UploadRequest,
        session: PartSession,
        meter: ProgressMeter,
        missing: list[int],
    ) -> None:
        self.final: UploadState | None = None
        self._request = request
        self._session = session
        self._meter = meter
        self._blob_bytes = request.attachment.blob_bytes
        self._done_bytes = self._blob_bytes - sum(map(self.size_of, missing))
        meter.update(self._done_bytes)

    def size_of(self, index: int) -> int:
        return part_size(self._blob_bytes, index)

    async def move(self, index: int) -> None:
        size_bytes = self.size_of(index)
        answer = await self._session.request(
            Part,
            blob_id=self._request.attachment.blob_id,
            index=index,
            data=self._request.file.read_part(index, size_bytes),
        )
        if isinstance(answer, UploadState):
            self.final = answer
        self._done_bytes += size_bytes
        self._meter.update(self._done_bytes)


def _check_copy(spool: Spool, attachment: Attachment, file: SpoolFile) -> None:
    """Tell a damaged disk from a damaged relay. Raises CorruptFileError."""
    blob_bytes = attachment.blob_bytes
    with spool.open(file.name) as copy:
        hashes = [
            sha256(copy.read_part(index, part_size(blob_bytes, index)))
            for index in range(part_count(blob_bytes))
        ]
    if blob_id(attachment.header, blob_bytes, hashes) != attachment.blob_id:
        raise CorruptFileError("the encrypted copy of the file is damaged")
