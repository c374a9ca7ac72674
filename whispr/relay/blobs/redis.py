"""Blobs that any number of relay processes share, in the same Redis or Valkey as the envelopes.

The books of all files lie in one slot, so that a budget is kept exactly; the parts, which are
what takes memory, lie in the slot of their file. A part is written first and noted then: what is
noted is there, and what was written without being noted goes by its own expiry.
"""

from __future__ import annotations

import hashlib
import secrets

from whispr.errors import (
    BlobMismatchError,
    NotFoundError,
    PayloadTooLargeError,
    RelayFullError,
    RelayUnavailableError,
)
from whispr.protocol.blob import blob_id as id_of
from whispr.protocol.blob import part_count, received_bitmap, token_hash
from whispr.protocol.limits import MAX_BLOB_PARTS, PART_BYTES
from whispr.relay.blobs.base import BlobDescription, BlobUsage, UploadProgress, UploadRequest
from whispr.relay.blobs.limits import READING_MS, BlobLimits, charge_bytes, longest_pause_ms
from whispr.relay.redis.backend import Backend
from whispr.relay.redis.scripts import script
from whispr.relay.redis.wire import Reply, Word

TAG = b"{wblobs}"
_TOTALS, _SHARES, _DUES = TAG + b"t", TAG + b"s", TAG + b"x"
_BEGIN, _PART, _KEEP, _HASHES, _COMPLETE, _OPEN, _REMOVE, _LOOK = (
    script(f"blob_{name}", "blob_common")
    for name in ("begin", "part", "keep", "hashes", "complete", "open", "remove", "look")
)
_OTHER_FILE, _OVER, _NO_ROOM = 1, 2, 3
_COMPLETED, _THERE, _NO_UPLOAD, _WRONG_PART, _ALL_THERE = 1, 2, 3, 4, 5
_SLACK_MS = 60_000
_SWEPT_AT_ONCE = 50
_LEAST_RETRY_MS, _MOST_RETRY_MS = 1000, 60_000


class RedisBlobs:
    """Fits `whispr.relay.blobs.base.BlobStore`; the connections belong to the store."""

    def __init__(self, limits: BlobLimits, backend: Backend) -> None:
        self._limits = limits
        self._backend = backend
        self._closed = False
        self._held = (0, 0)

    def change_limits(self, limits: BlobLimits) -> None:
        """Apply other limits from now on; what is held stays."""
        self._limits = limits

    def usage(self) -> BlobUsage:
        """How full it is, with what other processes keep there, as last heard."""
        stored_bytes, blobs = self._held
        return BlobUsage(blobs, stored_bytes, self._limits.total_bytes)

    async def begin(self, request: UploadRequest) -> UploadProgress:
        """Begin or resume an upload.

        Raises:
            PayloadTooLargeError: over the largest blob, or empty.
            RelayFullError: no room in the budget, or in the share of this uploader or mailbox.
            BlobMismatchError: the id is known with another size, header or token.
        """
        self._check_size(request)
        reply = await self._begin(request)
        if reply[0] == _OVER:
            await self._remove(request.blob_id, b"over")
            reply = await self._begin(request)
        if reply[0] == _NO_ROOM:
            await self.sweep()
            reply = await self._begin(request)
        if reply[0] == _OTHER_FILE:
            raise BlobMismatchError("that id is in use for another file")
        if reply[0] in (_NO_ROOM, _OVER):
            wait_ms = reply[1] if len(reply) > 1 and reply[1] >= 0 else _MOST_RETRY_MS
            retry_after_ms = min(max(_LEAST_RETRY_MS, wait_ms), _MOST_RETRY_MS)
            raise RelayFullError("no room for the file", retry_after_ms=retry_after_ms)
        return await self._begun(request, reply)

    async def put_part(self, blob_id: bytes, index: int, data: bytes) -> UploadProgress | None:
        """Keep one part; returns the progress when all are there.

        Raises:
            NotFoundError: no such upload.
            PayloadTooLargeError: wrong index or size.
            BlobMismatchError: the parts do not make up the id; everything of it is gone.
        """
        meta, parts = _meta(blob_id), _parts(blob_id)
        now = self._now()
        reply = await self._backend.run(_PART, (meta, parts), now, index, len(data), PART_BYTES)
        code = reply[0]
        if code == _NO_UPLOAD:
            raise NotFoundError("no such upload")
        if code == _WRONG_PART:
            raise PayloadTooLargeError("no part of that index and size")
        if code == _COMPLETED:
            return await self._progress(blob_id, reply[1])
        if code == _ALL_THERE:  # whoever kept the last part was killed before he looked at it
            return await self._finish(blob_id)
        if code == _THERE:
            return None
        digest = await self._write(_chunk(blob_id, reply[1], index), data, reply[2])
        arguments = (self._now(), blob_id, index, digest, self._limits.unfinished_ms, reply[1])
        kept = await self._backend.run(_KEEP, (meta, parts, _DUES), *arguments)
        if kept < 0:
            raise NotFoundError("no such upload")
        return await self._finish(blob_id) if kept else None

    async def open(self, blob_id: bytes, token: bytes) -> BlobDescription:
        """Open a complete blob for reading.

        Raises:
            NotFoundError: no such blob, not complete, expired, or the wrong token.
        """
        size_bytes, header, expires_in_ms, _ = await self._readable(blob_id, token)
        return BlobDescription(size_bytes, header, expires_in_ms)

    async def get_part(self, blob_id: bytes, token: bytes, index: int) -> bytes:
        """Read one part.

        Raises:
            NotFoundError: as for `open`, or no such part.
        """
        size_bytes, _, _, generation = await self._readable(blob_id, token)
        if not 0 <= index < part_count(size_bytes):
            raise NotFoundError("no such part")
        data = await self._backend.part(b"GET", _chunk(blob_id, generation, index))
        if data is None:
            raise NotFoundError("no such part")
        return bytes(data)

    async def sweep(self) -> None:
        """Drop what is over."""
        while not self._closed:
            held, over = await self._backend.run(
                _LOOK, (_TOTALS, _DUES), self._now(), _SWEPT_AT_ONCE
            )
            self._held = tuple(held)
            for blob_id in over:
                await self._remove(blob_id, b"over")
            if not over:
                return

    async def close(self) -> None:
        """Answer nothing more; what is kept stays for the other processes."""
        self._closed = True
        self._held = (0, 0)

    def _now(self) -> Word:
        if self._closed:
            raise RelayUnavailableError("the blob store is closed")
        return self._backend.now()

    def _check_size(self, request: UploadRequest) -> None:
        limit_bytes = min(self._limits.max_blob_bytes, self._limits.total_bytes)
        size_bytes = request.size_bytes
        if not 0 < size_bytes <= limit_bytes or part_count(size_bytes) > MAX_BLOB_PARTS:
            raise PayloadTooLargeError(f"a file has 1 to {limit_bytes} bytes")

    async def _begin(self, request: UploadRequest) -> Reply:
        limits, name = self._limits, request.blob_id
        return await self._backend.run(
            _BEGIN,
            (_TOTALS, _SHARES, _DUES, _meta(name), _parts(name)),
            *(self._now(), name, request.mailbox, request.size_bytes, request.header),
            *(request.token_hash, request.life_ms, request.uploader),
            *(charge_bytes(request.size_bytes), part_count(request.size_bytes)),
            secrets.token_bytes(4),
            *(limits.total_bytes, limits.share_bytes, limits.unfinished_ms),
            *(limits.longest_upload_ms, longest_pause_ms(request.life_ms)),
        )

    async def _begun(self, request: UploadRequest, reply: Reply) -> UploadProgress:
        _, complete, expires_in_ms, renewed, generation, held, there = reply
        self._held = tuple(held)
        count = part_count(request.size_bytes)
        if renewed:
            lasts_ms = request.life_ms + longest_pause_ms(request.life_ms) + _SLACK_MS
            for index in range(count):
                name = _chunk(request.blob_id, generation, index)
                await self._backend.part(b"PEXPIRE", name, lasts_ms)
        received = received_bitmap({int(index) for index in there}, count)
        return UploadProgress(received, bool(complete), expires_in_ms)

    async def _write(self, name: bytes, data: bytes, lasts_ms: int) -> bytes:
        """Returns the SHA-256 of what is kept: of what was there first, if something was."""
        words = (b"SET", name, data, b"NX", b"PX", lasts_ms + _SLACK_MS)
        if await self._backend.part(*words) is None:
            # Whoever wrote it may not have come to note it.
            kept = await self._backend.part(b"GET", name)
            if kept is not None and len(kept) == len(data):
                data = kept
        return hashlib.sha256(data).digest()

    async def _finish(self, blob_id: bytes) -> UploadProgress:
        """All parts are there: look whether they make up the id."""
        names = (_meta(blob_id), _parts(blob_id))
        found = await self._backend.run(_HASHES, names, self._now())
        if found is None:
            raise NotFoundError("no such upload")
        size_bytes, header, _, flat = found
        hashes = dict(zip(map(int, flat[::2]), flat[1::2], strict=True))
        in_order = [hashes[index] for index in range(part_count(size_bytes))]
        if id_of(header, size_bytes, in_order) != blob_id:
            await self._remove(blob_id, b"")
            raise BlobMismatchError("the parts do not make up the id")
        expires_in_ms = await self._backend.run(_COMPLETE, (names[0], _DUES), self._now(), blob_id)
        if expires_in_ms < 0:
            raise NotFoundError("no such upload")
        return _all_there(len(in_order), expires_in_ms)

    async def _progress(self, blob_id: bytes, expires_in_ms: int) -> UploadProgress:
        count = await self._backend.part(b"HGET", _meta(blob_id), b"count")
        if count is None:
            raise NotFoundError("no such upload")
        return _all_there(int(count), expires_in_ms)

    async def _readable(self, blob_id: bytes, token: bytes) -> Reply:
        found = await self._backend.run(
            _OPEN, (_meta(blob_id), _DUES), self._now(), blob_id, token_hash(token), READING_MS
        )
        if found is None:
            raise NotFoundError("no such file")
        return found

    async def _remove(self, blob_id: bytes, over: bytes) -> None:
        names = (_TOTALS, _SHARES, _DUES, _meta(blob_id), _parts(blob_id))
        gone = await self._backend.run(_REMOVE, names, self._now(), blob_id, over)
        if gone is not None:
            count, generation, held = gone
            self._held = tuple(held)
            chunks = [_chunk(blob_id, generation, index) for index in range(count)]
            await self._backend.part(b"UNLINK", *chunks)


def _all_there(count: int, expires_in_ms: int) -> UploadProgress:
    return UploadProgress(received_bitmap(set(range(count)), count), True, expires_in_ms)


def _meta(blob_id: bytes) -> bytes:
    return TAG + b"b:" + blob_id


def _parts(blob_id: bytes) -> bytes:
    return TAG + b"p:" + blob_id


def _chunk(blob_id: bytes, generation: bytes, index: int) -> bytes:
    """One part; all of a file lie in its own slot."""
    return b"{a%s}c:%s%s:%d" % (blob_id[:8].hex().encode(), blob_id, generation, index)
