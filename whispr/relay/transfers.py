"""Files on one connection: uploads it has begun, downloads it has opened, parts it asked for.

Parts go out one at a time and only while the output is nearly empty, so that a message waits for
one part at most and a slow reader holds no more than one in memory.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from typing import TypeVar

from whispr.errors import (
    NotFoundError,
    PayloadTooLargeError,
    RateLimitedError,
    RelayError,
    UnsupportedError,
)
from whispr.protocol.frames import (
    BlobInfo,
    Done,
    Download,
    GetPart,
    Part,
    PartData,
    Upload,
    UploadState,
)
from whispr.protocol.schema import Frame
from whispr.relay.answers import refusal
from whispr.relay.blobs.base import BlobStore, UploadProgress, UploadRequest
from whispr.relay.peer import Peer
from whispr.relay.services import Services

Value = TypeVar("Value")

MAX_OPEN = 16
"""Uploads, and downloads, that a connection may have open; the oldest is forgotten."""
MAX_PARTS_ASKED = 16
"""Parts that may wait for their turn to go out."""
RETRY_PART_MS = 100


class Transfers:
    """The files of one connection.

    Args:
        on_failure: called with what a store should never have raised.
    """

    __slots__ = (
        "_asked",
        "_blobs",
        "_downloads",
        "_ended",
        "_on_failure",
        "_peer",
        "_reading",
        "_scheduled",
        "_services",
        "_uploads",
    )

    def __init__(
        self, services: Services, peer: Peer, on_failure: Callable[[Exception], None]
    ) -> None:
        self._services = services
        self._peer = peer
        self._on_failure = on_failure
        self._blobs = services.blobs
        self._uploads: OrderedDict[bytes, int] = OrderedDict()
        self._downloads: OrderedDict[bytes, bytes] = OrderedDict()
        self._asked: deque[GetPart] = deque()
        self._reading = False
        self._scheduled = False
        self._ended = False

    async def upload(self, frame: Upload, uploader: bytes) -> UploadState:
        """Begin an upload that is charged to the proven key `uploader`, or tell how far it is.

        Raises:
            RelayError: the refusal to answer with.
        """
        blobs = self._store()
        config = self._services.config
        if not 0 < frame.size_bytes <= config.blob_max_bytes:
            raise PayloadTooLargeError("a file is between 1 byte and the relay's limit")
        longest_ms = int(config.blob_ttl_seconds * 1000)
        progress = await blobs.begin(
            UploadRequest(
                blob_id=frame.blob_id,
                mailbox=frame.mailbox,
                size_bytes=frame.size_bytes,
                header=frame.header,
                token_hash=frame.token_hash,
                life_ms=min(frame.ttl_ms or longest_ms, longest_ms),
                uploader=uploader,
            )
        )
        _remember(self._uploads, frame.blob_id, frame.size_bytes)
        return _state(frame, progress)

    async def part(self, frame: Part, uploader: bytes) -> UploadState | Done:
        """Keep one part of an upload that this connection began.

        Raises:
            RelayError: the refusal to answer with.
        """
        blobs = self._store()
        if frame.blob_id not in self._uploads:
            raise NotFoundError("this connection did not begin that upload")
        self._charge(uploader, len(frame.data))
        progress = await blobs.put_part(frame.blob_id, frame.index, frame.data)
        self._services.metrics.blob_bytes("in", len(frame.data))
        if progress is None:
            return Done(frame.request_id)
        self._services.metrics.blob("in", self._uploads[frame.blob_id])
        return _state(frame, progress)

    async def download(self, frame: Download) -> BlobInfo:
        """Open a complete blob for reading.

        Raises:
            RelayError: the refusal to answer with.
        """
        description = await self._store().open(frame.blob_id, frame.token)
        _remember(self._downloads, frame.blob_id, frame.token)
        self._services.metrics.blob("out")
        return BlobInfo(
            frame.request_id,
            size_bytes=description.size_bytes,
            header=description.header,
            expires_in_ms=description.expires_in_ms,
        )

    async def get_part(self, frame: GetPart) -> None:
        """Put a part into the queue; it is answered when its turn has come.

        Raises:
            RelayError: the refusal to answer with.
        """
        if frame.blob_id not in self._downloads:
            raise NotFoundError("this connection did not open that file")
        if len(self._asked) >= MAX_PARTS_ASKED:
            raise RateLimitedError("too many parts asked for", retry_after_ms=RETRY_PART_MS)
        self._asked.append(frame)
        self.wake()

    def wake(self) -> None:
        """There may be room for a part: look in this turn."""
        if self._asked and not self._scheduled and not self._reading and not self._ended:
            self._scheduled = True
            self._services.loop.call_soon(self._start)

    def end(self) -> None:
        """Send nothing more."""
        self._ended = True
        self._asked.clear()

    def _start(self) -> None:
        self._scheduled = False
        if self._asked and not self._ended and self._peer.output.bulk_room:
            self._services.run_inline(self._send_part(), self._on_failure)

    async def _send_part(self) -> None:
        """Send the oldest part asked for, then give the loop a turn."""
        self._reading = True
        frame = self._asked.popleft()
        try:
            answer = await self._read(frame)
        finally:
            self._reading = False
        if self._ended:
            return
        output = self._peer.output
        output.send(answer)
        # Written at once, so that the next part knows how much waits.
        output.flush()
        self.wake()

    async def _read(self, frame: GetPart) -> Frame:
        try:
            token = self._downloads.get(frame.blob_id)
            if token is None:
                raise NotFoundError("this connection did not open that file")
            data = await self._store().get_part(frame.blob_id, token, frame.index)
        except RelayError as error:
            return refusal(frame.request_id, error)
        self._services.metrics.blob_bytes("out", len(data))
        return PartData(frame.request_id, index=frame.index, data=data)

    def _store(self) -> BlobStore:
        if self._blobs is None:
            raise UnsupportedError("this relay keeps no files")
        return self._blobs

    def _charge(self, uploader: bytes, size_bytes: int) -> None:
        limit = self._services.limits.blob_bytes
        wait_ms = limit.peek(self._peer.address, size_bytes) or limit.take(uploader, size_bytes)
        if wait_ms:
            self._services.metrics.rate_limited("blob_bytes")
            raise RateLimitedError("too many bytes a second", retry_after_ms=wait_ms)
        limit.take(self._peer.address, size_bytes)


def _remember(table: OrderedDict[bytes, Value], blob_id: bytes, value: Value) -> None:
    table[blob_id] = value
    table.move_to_end(blob_id)
    if len(table) > MAX_OPEN:
        table.popitem(last=False)


def _state(frame: Upload | Part, progress: UploadProgress) -> UploadState:
    return UploadState(
        frame.request_id,
        received=progress.received,
        complete=int(progress.complete),
        expires_in_ms=progress.expires_in_ms,
    )
