"""Blobs in this process: every part in memory, gone when the process ends."""

from __future__ import annotations

import hashlib

from whispr.relay.blobs.limits import BlobLimits
from whispr.relay.blobs.volumes import VolumeBlobs
from whispr.relay.clock import Clock


class MemoryBlobs(VolumeBlobs):
    """A blob store in memory, within its budget."""

    def __init__(self, limits: BlobLimits, clock: Clock) -> None:
        super().__init__(limits, clock, MemoryVolume)


class MemoryVolume:
    """The parts of one blob, as they came."""

    __slots__ = ("_parts",)

    def __init__(self) -> None:
        self._parts: dict[int, bytes] = {}

    async def write(self, index: int, data: bytes) -> bytes:
        """Keep a part; returns its SHA-256."""
        self._parts[index] = data
        return hashlib.sha256(data).digest()

    async def read(self, index: int, size_bytes: int) -> bytes:
        """A part that was kept."""
        return self._parts[index]

    async def discard(self) -> None:
        """Let go of everything."""
        self._parts.clear()
