"""One blob: what was asked for, which parts are there, when it ends."""

from __future__ import annotations

from typing import Protocol

from whispr.protocol.blob import blob_id, part_count, received_bitmap
from whispr.relay.blobs.base import UploadProgress, UploadRequest
from whispr.relay.blobs.limits import READING_MS, BlobLimits, charge_bytes, longest_pause_ms


class Volume(Protocol):
    """Where the bytes of one blob lie.

    Raises (all methods): RelayUnavailableError when the place fails.
    """

    async def write(self, index: int, data: bytes) -> bytes:
        """Keep a part; returns its SHA-256."""

    async def read(self, index: int, size_bytes: int) -> bytes:
        """A part that was kept."""

    async def discard(self) -> None:
        """Delete everything; nothing is written or read any more."""


class Blob:
    """An upload, and from its last part on something that can be read."""

    __slots__ = (
        "_latest_ms",
        "_reading_until_ms",
        "bucket",
        "charged_bytes",
        "complete",
        "due_ms",
        "gone",
        "hashes",
        "request",
        "users",
        "volume",
        "writing",
    )

    def __init__(
        self, request: UploadRequest, volume: Volume, limits: BlobLimits, now_ms: int
    ) -> None:
        self.request = request
        self.volume = volume
        self.hashes: dict[int, bytes] = {}
        """SHA-256 of each part that is there."""
        self.writing: set[int] = set()
        """Parts that are being written."""
        self.complete = False
        self.due_ms = now_ms + limits.unfinished_ms
        """When it is over."""
        self._latest_ms = now_ms + limits.longest_upload_ms
        self._reading_until_ms = now_ms
        self.charged_bytes = charge_bytes(request.size_bytes)
        self.users = 0
        """Reads and writes that go on."""
        self.gone = False
        """Whether it was taken out of the ledger."""
        self.bucket = 0

    @property
    def count(self) -> int:
        """How many parts it has."""
        return part_count(self.request.size_bytes)

    def is_same(self, request: UploadRequest) -> bool:
        """Whether a request means this blob."""
        mine = self.request
        return (mine.size_bytes, mine.header, mine.token_hash) == (
            request.size_bytes,
            request.header,
            request.token_hash,
        )

    def progress(self, now_ms: int) -> UploadProgress:
        """Which parts are there."""
        received = received_bitmap(set(self.hashes), self.count)
        return UploadProgress(received, self.complete, max(0, self.due_ms - now_ms))

    def keep(self, index: int, digest: bytes, limits: BlobLimits, now_ms: int) -> bool:
        """Note a part; returns whether it was the last missing one."""
        self.hashes[index] = digest
        if len(self.hashes) < self.count:
            self.due_ms = min(now_ms + limits.unfinished_ms, self._latest_ms)
            return False
        return True

    def is_genuine(self) -> bool:
        """Whether all parts together make up the id."""
        hashes = [self.hashes[index] for index in range(self.count)]
        request = self.request
        return blob_id(request.header, request.size_bytes, hashes) == request.blob_id

    def begin_life(self, life_ms: int, now_ms: int) -> None:
        """Live from now on: after the last part, or when the uploader asks for it again."""
        ends_ms = now_ms + life_ms
        self.due_ms = max(self.due_ms, ends_ms) if self.complete else ends_ms
        self.complete = True
        self._latest_ms = now_ms + life_ms + longest_pause_ms(life_ms)
        self._reading_until_ms = now_ms

    def note_reading(self, now_ms: int) -> None:
        """A download goes on for a while: all of that while is added to the life, within bounds."""
        until_ms = now_ms + READING_MS
        pause_ms = until_ms - max(now_ms, self._reading_until_ms)
        self._reading_until_ms = until_ms
        self.due_ms = max(self.due_ms, min(self.due_ms + pause_ms, self._latest_ms))
