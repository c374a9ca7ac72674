"""A blob store over volumes: the ledger decides, a volume holds the bytes."""

from __future__ import annotations

from collections.abc import Callable

from whispr.errors import BlobMismatchError, NotFoundError, RelayUnavailableError
from whispr.protocol.blob import part_size
from whispr.relay.blobs.base import BlobDescription, BlobUsage, UploadProgress, UploadRequest
from whispr.relay.blobs.blob import Blob, Volume
from whispr.relay.blobs.ledger import Ledger
from whispr.relay.blobs.limits import BlobLimits
from whispr.relay.clock import Clock


class VolumeBlobs:
    """Fits `whispr.relay.blobs.base.BlobStore`.

    A volume may take its time. So a blob that ends while it is read or written leaves the ledger
    at once, and its bytes, with their charge, when the last of those is done.
    """

    def __init__(self, limits: BlobLimits, clock: Clock, new_volume: Callable[[], Volume]) -> None:
        self._ledger = Ledger(limits)
        self._clock = clock
        self._new_volume = new_volume
        self._closed = False

    def change_limits(self, limits: BlobLimits) -> None:
        """Apply other limits from now on; what is held stays."""
        self._ledger.limits = limits

    def usage(self) -> BlobUsage:
        """How full it is."""
        return self._ledger.usage()

    async def begin(self, request: UploadRequest) -> UploadProgress:
        """Begin or resume an upload.

        Raises:
            PayloadTooLargeError: over the largest blob, or empty.
            RelayFullError: no room in the budget, or in the share of this uploader or mailbox.
            BlobMismatchError: the id is known with another size, header or token.
        """
        now_ms = self._now_ms()
        self._ledger.check_size(request)
        expired = self._ledger.pop_expired(request.blob_id, now_ms)
        if expired is not None:
            await self._discard(expired)
        if not self._ledger.has_room(request):
            await self._sweep_some(now_ms)
        # From here on nothing waits: what was looked at is still so when it is used.
        blob = self._ledger.find(request, now_ms)
        if blob is not None:
            if blob.complete and blob.request.uploader == request.uploader:
                blob.begin_life(request.life_ms, now_ms)
            return blob.progress(now_ms)
        if not self._ledger.has_room(request):
            raise self._ledger.full(now_ms)
        blob = Blob(request, self._new_volume(), self._ledger.limits, now_ms)
        self._ledger.add(blob)
        return blob.progress(now_ms)

    async def put_part(self, blob_id: bytes, index: int, data: bytes) -> UploadProgress | None:
        """Keep one part; returns the progress when all are there.

        Raises:
            NotFoundError: no such upload.
            PayloadTooLargeError: wrong index or size.
            BlobMismatchError: the parts do not make up the id; everything of it is gone.
        """
        now_ms = self._now_ms()
        blob = self._ledger.upload(blob_id, index, len(data), now_ms)
        if blob.complete:
            return blob.progress(now_ms)
        if index in blob.hashes or index in blob.writing:
            return None
        blob.writing.add(index)
        blob.users += 1
        try:
            digest = await blob.volume.write(index, data)
        finally:
            blob.writing.discard(index)
            await self._leave(blob)
        if blob.gone:
            raise NotFoundError("no such upload")
        now_ms = self._now_ms()
        if not blob.keep(index, digest, self._ledger.limits, now_ms):
            return None
        if not blob.is_genuine():
            self._ledger.remove(blob)
            await self._discard(blob)
            raise BlobMismatchError("the parts do not make up the id")
        blob.begin_life(blob.request.life_ms, now_ms)
        self._ledger.reschedule(blob)
        return blob.progress(now_ms)

    async def open(self, blob_id: bytes, token: bytes) -> BlobDescription:
        """Open a complete blob for reading.

        Raises:
            NotFoundError: no such blob, not complete, expired, or the wrong token.
        """
        now_ms = self._now_ms()
        blob = self._ledger.readable(blob_id, token, now_ms)
        request = blob.request
        return BlobDescription(request.size_bytes, request.header, blob.due_ms - now_ms)

    async def get_part(self, blob_id: bytes, token: bytes, index: int) -> bytes:
        """Read one part.

        Raises:
            NotFoundError: as for `open`, or no such part.
        """
        blob = self._ledger.readable(blob_id, token, self._now_ms())
        if not 0 <= index < blob.count:
            raise NotFoundError("no such part")
        blob.users += 1
        try:
            return await blob.volume.read(index, part_size(blob.request.size_bytes, index))
        finally:
            await self._leave(blob)

    async def sweep(self) -> None:
        """Drop what expired."""
        more = not self._closed
        while more:
            more = await self._sweep_some(self._clock.monotonic_ms())

    async def close(self) -> None:
        """Delete everything; from now on every call raises RelayUnavailableError."""
        self._closed = True
        for blob in self._ledger.clear():
            await self._discard(blob)

    def _now_ms(self) -> int:
        if self._closed:
            raise RelayUnavailableError("the blob store is closed")
        return self._clock.monotonic_ms()

    async def _sweep_some(self, now_ms: int) -> bool:
        over, more = self._ledger.pop_due(now_ms)
        for blob in over:
            await self._discard(blob)
        return more

    async def _leave(self, blob: Blob) -> None:
        blob.users -= 1
        if blob.gone:
            await self._discard(blob)

    async def _discard(self, blob: Blob) -> None:
        """Delete the bytes of a removed blob, unless somebody still uses them."""
        if not blob.users:
            blob.users = -1  # whoever comes here later finds nothing left to do
            try:
                await blob.volume.discard()
            finally:
                self._ledger.release(blob)
