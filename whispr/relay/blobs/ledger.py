"""The books of a blob store: which blobs there are, who is charged for them, when they end.

No bytes of a file are here and nothing waits: a place that holds bytes asks the ledger first.
"""

from __future__ import annotations

import hmac
from collections import Counter

from whispr.errors import (
    BlobMismatchError,
    NotFoundError,
    PayloadTooLargeError,
    RelayFullError,
)
from whispr.protocol.blob import part_count, part_size, token_hash
from whispr.protocol.limits import HASH_BYTES, MAX_BLOB_PARTS
from whispr.relay.blobs.base import BlobUsage, UploadRequest
from whispr.relay.blobs.blob import Blob
from whispr.relay.blobs.limits import BlobLimits, charge_bytes
from whispr.relay.timebuckets import TimeBuckets

BUCKET_MS = 1000
_SWEPT_AT_ONCE = 50
_LEAST_RETRY_MS = 1000
_MOST_RETRY_MS = 60_000
_NO_HASH = bytes(HASH_BYTES)


class Ledger:
    """Knows every blob; every sum is bounded."""

    def __init__(self, limits: BlobLimits) -> None:
        self.limits = limits
        self._blobs: dict[bytes, Blob] = {}
        self._due: TimeBuckets[bytes] = TimeBuckets(BUCKET_MS)
        self._charged_bytes = 0
        self._by_uploader: Counter[bytes] = Counter()
        self._by_mailbox: Counter[bytes] = Counter()

    def usage(self) -> BlobUsage:
        """How full it is."""
        return BlobUsage(len(self._blobs), self._charged_bytes, self.limits.total_bytes)

    def find(self, request: UploadRequest, now_ms: int) -> Blob | None:
        """The living blob that an upload request means.

        Raises:
            BlobMismatchError: the id is known with another size, header or token.
        """
        blob = self._living(request.blob_id, now_ms)
        if blob is not None and not blob.is_same(request):
            raise BlobMismatchError("that id is in use for another file")
        return blob

    def check_size(self, request: UploadRequest) -> None:
        """Refuse what is too large ever to be kept.

        Raises:
            PayloadTooLargeError: the size is 0 or above the limit.
        """
        size_bytes = request.size_bytes
        limit_bytes = min(self.limits.max_blob_bytes, self.limits.total_bytes)
        if not 0 < size_bytes <= limit_bytes or part_count(size_bytes) > MAX_BLOB_PARTS:
            raise PayloadTooLargeError(f"a file has 1 to {limit_bytes} bytes")

    def has_room(self, request: UploadRequest) -> bool:
        """Whether the budget, and the shares of uploader and mailbox, have room."""
        charged_bytes = charge_bytes(request.size_bytes)
        share_bytes = self.limits.share_bytes
        return (
            self._charged_bytes + charged_bytes <= self.limits.total_bytes
            and self._by_uploader[request.uploader] + charged_bytes <= share_bytes
            and self._by_mailbox[request.mailbox] + charged_bytes <= share_bytes
        )

    def full(self, now_ms: int) -> RelayFullError:
        """What to raise when there is no room."""
        next_due_ms = self._due.next_due_ms()
        wait_ms = _MOST_RETRY_MS if next_due_ms is None else next_due_ms - now_ms
        retry_after_ms = min(max(_LEAST_RETRY_MS, wait_ms), _MOST_RETRY_MS)
        return RelayFullError("no room for the file", retry_after_ms=retry_after_ms)

    def add(self, blob: Blob) -> None:
        """Charge for a blob and expect its end."""
        request = blob.request
        self._blobs[request.blob_id] = blob
        self._charge(blob, blob.charged_bytes)
        blob.bucket = self._due.number(blob.due_ms)
        self._due.put(request.blob_id, blob.bucket)

    def remove(self, blob: Blob) -> None:
        """Take a blob out; its charge stays until `release`, as its bytes do."""
        if not blob.gone:
            blob.gone = True
            del self._blobs[blob.request.blob_id]
            self._due.remove(blob.request.blob_id, blob.bucket)

    def release(self, blob: Blob) -> None:
        """Give back what a removed blob was charged: its bytes are gone."""
        self._charge(blob, -blob.charged_bytes)

    def upload(self, blob_id: bytes, index: int, size_bytes: int, now_ms: int) -> Blob:
        """The blob that a part belongs to.

        Raises:
            NotFoundError: no such upload.
            PayloadTooLargeError: wrong index or size.
        """
        blob = self._living(blob_id, now_ms)
        if blob is None:
            raise NotFoundError("no such upload")
        if not 0 <= index < blob.count or size_bytes != part_size(blob.request.size_bytes, index):
            raise PayloadTooLargeError("no part of that index and size")
        return blob

    def readable(self, blob_id: bytes, token: bytes, now_ms: int) -> Blob:
        """A complete blob whose token this is; its life pauses.

        Raises:
            NotFoundError: no such blob, not complete, expired, or the wrong token.
        """
        blob = self._living(blob_id, now_ms)
        expected = blob.request.token_hash if blob is not None else _NO_HASH
        opens = hmac.compare_digest(token_hash(token), expected)
        if blob is None or not blob.complete or not opens:
            raise NotFoundError("no such file")
        blob.note_reading(now_ms)
        return blob

    def pop_due(self, now_ms: int) -> tuple[list[Blob], bool]:
        """Take out some blobs whose time is over; and whether there may be more."""
        due = self._due.pop_due(now_ms, _SWEPT_AT_ONCE)
        over = []
        for blob_id in due:
            blob = self._blobs[blob_id]
            if blob.due_ms <= now_ms:
                self.remove(blob)
                over.append(blob)
            else:  # it lives longer than it once seemed
                blob.bucket = self._due.number(blob.due_ms)
                self._due.put(blob_id, blob.bucket)
        return over, len(due) == _SWEPT_AT_ONCE

    def pop_expired(self, blob_id: bytes, now_ms: int) -> Blob | None:
        """Take out this blob if its time is over."""
        blob = self._blobs.get(blob_id)
        if blob is None or blob.due_ms > now_ms:
            return None
        self.remove(blob)
        return blob

    def reschedule(self, blob: Blob) -> None:
        """Expect the end of a blob earlier, where its life became shorter."""
        number = self._due.number(blob.due_ms)
        if number < blob.bucket:
            self._due.remove(blob.request.blob_id, blob.bucket)
            self._due.put(blob.request.blob_id, number)
            blob.bucket = number

    def clear(self) -> list[Blob]:
        """Take out everything."""
        blobs = list(self._blobs.values())
        for blob in blobs:
            self.remove(blob)
        return blobs

    def _living(self, blob_id: bytes, now_ms: int) -> Blob | None:
        blob = self._blobs.get(blob_id)
        return blob if blob is not None and blob.due_ms > now_ms else None

    def _charge(self, blob: Blob, charged_bytes: int) -> None:
        self._charged_bytes += charged_bytes
        for table, key in (
            (self._by_uploader, blob.request.uploader),
            (self._by_mailbox, blob.request.mailbox),
        ):
            table[key] += charged_bytes
            if not table[key]:
                del table[key]
