"""Blobs in a folder: one file of ciphertext each, emptied at start and at close.

The folder belongs to one relay process. It is private (0700, files 0600), and file names are
numbers that say nothing. What a killed process left behind cannot be read by anybody any more,
because who uploaded it, which token opens it and when it ends were in memory: it is deleted.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import itertools
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from whispr.errors import RelayUnavailableError
from whispr.protocol.limits import PART_BYTES
from whispr.relay.blobs.limits import BlobLimits
from whispr.relay.blobs.volumes import VolumeBlobs
from whispr.relay.clock import Clock

Value = TypeVar("Value", bytes, int)

_NAME = re.compile(r"[0-9a-f]{16}\.blob")
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


class SpoolBlobs(VolumeBlobs):
    """A blob store in a folder, within its budget.

    Raises:
        RelayUnavailableError: the folder cannot be made or emptied.
    """

    def __init__(self, limits: BlobLimits, clock: Clock, folder: Path) -> None:
        numbers = itertools.count(1)
        super().__init__(limits, clock, lambda: SpoolFile(folder / f"{next(numbers):016x}.blob"))
        self._folder = folder
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
            wipe(folder)
        except OSError as error:
            raise RelayUnavailableError(f"cannot use the spool folder: {_why(error)}") from error

    async def close(self) -> None:
        """Delete everything, also what could not be deleted before."""
        await super().close()
        with contextlib.suppress(OSError):
            await asyncio.to_thread(wipe, self._folder)


class SpoolFile:
    """The parts of one blob at their offsets in one file, which the first of them makes."""

    __slots__ = ("_path", "_working")

    def __init__(self, path: Path) -> None:
        self._path = path
        self._working: set[asyncio.Future[bytes]] = set()

    async def write(self, index: int, data: bytes) -> bytes:
        """Keep a part; returns its SHA-256."""
        return await self._work(_write, index * PART_BYTES, data)

    async def read(self, index: int, size_bytes: int) -> bytes:
        """A part that was kept."""
        return await self._work(_read, index * PART_BYTES, size_bytes)

    async def discard(self) -> None:
        """Delete the file; what cannot be deleted now is deleted at close or at the next start."""
        if self._working:
            await asyncio.wait(self._working)
        with contextlib.suppress(OSError):
            await asyncio.to_thread(self._path.unlink, missing_ok=True)

    async def _work(self, work: Callable[[Path, int, Value], bytes], at: int, what: Value) -> bytes:
        """Read or write in a thread, which goes on when whoever waits for it is cancelled."""
        working = asyncio.get_running_loop().run_in_executor(None, work, self._path, at, what)
        self._working.add(working)
        working.add_done_callback(self._working.discard)
        try:
            return await asyncio.shield(working)
        except OSError as error:
            raise RelayUnavailableError(f"the spool folder fails: {_why(error)}") from error


def wipe(folder: Path) -> None:
    """Delete every file that a spool has made there, and nothing else."""
    for path in folder.iterdir():
        if _NAME.fullmatch(path.name):
            path.unlink(missing_ok=True)


def _write(path: Path, offset: int, data: bytes) -> bytes:
    with open(os.open(path, _FLAGS, 0o600), "r+b", buffering=0) as file:
        file.seek(offset)
        left = memoryview(data)
        while left:
            left = left[file.write(left) :]
    return hashlib.sha256(data).digest()


def _read(path: Path, offset: int, size_bytes: int) -> bytes:
    with open(path, "rb") as file:
        file.seek(offset)
        data = file.read(size_bytes)
    if len(data) != size_bytes:
        raise OSError("the file is shorter than it was")
    return data


def _why(error: OSError) -> str:
    """The system's words without the path."""
    return error.strerror or "input or output failed"
