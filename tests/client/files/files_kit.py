"""A relay of few lines that keeps blobs as the real one does, a connection to it, a clock."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from whispr.errors import (
    BlobMismatchError,
    ConnectionClosedError,
    NotFoundError,
    PayloadTooLargeError,
    RemoteProtocolError,
)
from whispr.protocol.blob import blob_id, part_count, part_size, received_bitmap, token_hash
from whispr.protocol.codec import decode, encode
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
from whispr.protocol.schema import Frame, Role
from whispr.protocol.signing import sha256

MAILBOX = bytes(range(32))
LIFE_MS = 60_000


class FakeClock:
    """Moves only when somebody sleeps, and a little with every look."""

    def __init__(self) -> None:
        self.now_seconds = 0.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        self.now_seconds += 0.001
        return self.now_seconds

    def wall_ms(self) -> int:
        return int(self.now_seconds * 1000)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_seconds += seconds
        await asyncio.sleep(0)


@dataclass
class StoredBlob:
    """A blob, complete or not."""

    size_bytes: int
    header: bytes
    token_hash: bytes
    parts: dict[int, bytes] = field(default_factory=dict)
    complete: bool = False


@dataclass
class FakeRelay:
    """Blobs as `whispr.relay.blobs.base` promises; tests break what lies here."""

    max_blob_bytes: int = 12 * 1024 * 1024
    blobs: dict[bytes, StoredBlob] = field(default_factory=dict)

    def answer(self, request: Frame) -> Frame:
        match request:
            case Upload():
                return self._upload(request)
            case Part():
                return self._part(request)
            case Download():
                blob = self._complete(request.blob_id)
                if blob.token_hash != token_hash(request.token):
                    raise NotFoundError("no such file")
                return BlobInfo(request.request_id, blob.size_bytes, blob.header, LIFE_MS)
            case GetPart():
                part = self._complete(request.blob_id).parts[request.index]
                return PartData(request.request_id, request.index, part)
        raise AssertionError(f"nobody asks {type(request).__name__} here")

    def _upload(self, request: Upload) -> Frame:
        if request.size_bytes > self.max_blob_bytes:
            raise PayloadTooLargeError("too large")
        blob = self.blobs.setdefault(
            request.blob_id, StoredBlob(request.size_bytes, request.header, request.token_hash)
        )
        return self._state(request.request_id, blob)

    def _part(self, request: Part) -> Frame:
        blob = self.blobs.get(request.blob_id)
        if blob is None:
            raise NotFoundError("no such upload")
        assert len(request.data) == part_size(blob.size_bytes, request.index)
        blob.parts.setdefault(request.index, request.data)
        count = part_count(blob.size_bytes)
        if len(blob.parts) < count:
            return Done(request.request_id)
        hashes = [sha256(blob.parts[index]) for index in range(count)]
        if blob_id(blob.header, blob.size_bytes, hashes) != request.blob_id:
            del self.blobs[request.blob_id]
            raise BlobMismatchError("not these parts")
        blob.complete = True
        return self._state(request.request_id, blob)

    def _state(self, request_id: int, blob: StoredBlob) -> UploadState:
        bitmap = received_bitmap(set(blob.parts), part_count(blob.size_bytes))
        return UploadState(request_id, bitmap, int(blob.complete), LIFE_MS)

    def _complete(self, wanted: bytes) -> StoredBlob:
        blob = self.blobs.get(wanted)
        if blob is None or not blob.complete:
            raise NotFoundError("no such file")
        return blob


class FakeSession:
    """A connection to a `FakeRelay`; what passes is encoded and decoded as on the wire."""

    def __init__(self, relay: FakeRelay, *, cut_after: int | None = None) -> None:
        self.relay = relay
        self.cut_after = cut_after
        """How many parts pass before the connection is gone."""
        self.trouble: Callable[[Frame], Frame | None] = lambda request: None
        """Looks at each request first: may raise, or answer in the relay's place."""
        self.asked: list[Frame] = []
        self.most_under_way = 0
        self.waited_writable = 0
        self._parts = 0
        self._under_way = 0
        self._ids = itertools.count(1)

    async def writable(self) -> None:
        self.waited_writable += 1

    async def request(self, frame_type: type[Frame], /, **fields: Any) -> Frame:
        request = decode(encode(frame_type(next(self._ids), **fields)), sender=Role.CLIENT)
        self.asked.append(request)
        self._under_way += 1
        self.most_under_way = max(self.most_under_way, self._under_way)
        try:
            await asyncio.sleep(0)
            return self._answered(request)
        finally:
            self._under_way -= 1

    def _answered(self, request: Frame) -> Frame:
        if isinstance(request, Part | GetPart):
            if self._parts == self.cut_after:
                raise ConnectionClosedError("cut")
            self._parts += 1
        answer = self.trouble(request) or self.relay.answer(request)
        if type(answer).__name__ not in request.answers:
            raise RemoteProtocolError("not an answer")
        return decode(encode(answer), sender=Role.RELAY)

    def parts_asked(self) -> list[int]:
        return [request.index for request in self.asked if isinstance(request, Part | GetPart)]


@dataclass
class MemoryRecord:
    """`ReceivedParts` without a database."""

    spool_name: str = ""
    parts: set[int] = field(default_factory=set)
    writes: int = 0
    done_bytes: list[int] = field(default_factory=list)

    def begin(self, spool_name: str) -> None:
        self.spool_name = spool_name
        self.parts.clear()

    def received(self) -> frozenset[int]:
        return frozenset(self.parts)

    def record(self, indexes: Collection[int], *, done_bytes: int) -> None:
        self.parts.update(indexes)
        self.writes += 1
        self.done_bytes.append(done_bytes)


class ProgressLog:
    """Collects what a progress callback hears."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, int]] = []

    def __call__(self, done_bytes: int, total_bytes: int) -> None:
        self.seen.append((done_bytes, total_bytes))

    def assert_monotone_to(self, total_bytes: int) -> None:
        assert self.seen, "progress was reported"
        done = [entry[0] for entry in self.seen]
        assert done == sorted(set(done))
        assert self.seen[-1] == (total_bytes, total_bytes)
        assert {entry[1] for entry in self.seen} == {total_bytes}


def some_bytes(size_bytes: int, seed: int = 7) -> bytes:
    """The same random bytes each time."""
    return random.Random(seed).randbytes(size_bytes)
