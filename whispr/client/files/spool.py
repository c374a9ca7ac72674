"""The profile's folder of encrypted files: what is sent and what was received, as ciphertext only.

A spool file holds the parts of one blob in a row, exactly as the relay has them. Its name is
random; the key lies in the encrypted database. So the folder shows how many files there are, their
padded sizes and times, and nothing else. Folder 0700, files 0600.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Collection
from pathlib import Path
from types import TracebackType

from whispr.client.private_file import force_to_disk, sync_folder
from whispr.errors import CorruptFileError, LocalProtocolError, StorageError
from whispr.protocol.limits import PART_BYTES

_NAME_BYTES = 16
_NAME = re.compile(r"[0-9a-f]{32}")
_FLAGS = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)


class Spool:
    """Names, makes, opens and removes the files of the folder, which it makes where it is missing.

    Raises StorageError (all methods) where the disk refuses, such as a full one.
    """

    def __init__(self, folder: Path, *, random_bytes: Callable[[int], bytes] = os.urandom) -> None:
        self.folder = folder
        self._random_bytes = random_bytes
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if os.name == "posix":
                folder.chmod(0o700)
        except OSError as error:
            raise StorageError(f"cannot use the folder of files: {error.strerror}") from error

    def create(self) -> SpoolFile:
        """Make an empty file with a random name, and open it."""
        name = self._random_bytes(_NAME_BYTES).hex()
        try:
            descriptor = os.open(
                self._path(name), os.O_RDWR | os.O_CREAT | os.O_EXCL | _FLAGS, 0o600
            )
        except OSError as error:
            raise StorageError(f"cannot create a file: {error.strerror}") from error
        return SpoolFile(name, descriptor, writable=True)

    def open(self, name: str, *, writable: bool = False) -> SpoolFile:
        """Open a file that is there.

        Raises:
            CorruptFileError: it is gone.
        """
        try:
            descriptor = os.open(
                self._path(name), (os.O_RDWR if writable else os.O_RDONLY) | _FLAGS
            )
        except FileNotFoundError as error:
            raise CorruptFileError("the stored copy of the file is gone") from error
        except OSError as error:
            raise StorageError(f"cannot open a stored file: {error.strerror}") from error
        return SpoolFile(name, descriptor, writable=writable)

    def remove(self, name: str) -> None:
        """Remove a file; one that is gone already is no error."""
        try:
            self._path(name).unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(f"cannot remove a stored file: {error.strerror}") from error

    def sweep(self, named: Collection[str]) -> int:
        """Remove what a killed process left behind: every file that no row names.

        Only at start-up, before any transfer: a file gets its row after it is made. What is not
        of this folder's making stays. Returns how many were removed.
        """
        try:
            present = [name for name in os.listdir(self.folder) if _NAME.fullmatch(name)]
        except OSError as error:
            raise StorageError(f"cannot list the folder of files: {error.strerror}") from error
        orphans = set(present).difference(named)
        for name in orphans:
            self.remove(name)
        return len(orphans)

    def sync(self) -> None:
        """Make new names survive a power cut."""
        try:
            sync_folder(self.folder)
        except OSError as error:
            raise StorageError(f"cannot flush the folder of files: {error.strerror}") from error

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):  # from the database, yet it must not lead out of the folder
            raise CorruptFileError("not the name of a stored file")
        return self.folder / name


class SpoolFile:
    """An open spool file; part `index` (from 0) lies at `index * PART_BYTES`.

    For one thread at a time. Raises StorageError (all methods) where the disk refuses.
    """

    def __init__(self, name: str, descriptor: int, *, writable: bool) -> None:
        self.name = name
        # Unbuffered: a full disk must be met by the write, not by a later close.
        self._file = io.FileIO(descriptor, "r+" if writable else "r")

    def __enter__(self) -> SpoolFile:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def size_bytes(self) -> int:
        try:
            return os.fstat(self._file.fileno()).st_size
        except OSError as error:
            raise StorageError(f"cannot read a stored file: {error.strerror}") from error

    def write_part(self, index: int, part: bytes) -> None:
        """Write one part in its place."""
        if len(part) > PART_BYTES:
            raise LocalProtocolError(f"a part has at most {PART_BYTES} bytes")
        rest = memoryview(part)
        try:
            self._file.seek(index * PART_BYTES)
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            raise StorageError(f"cannot store the file: {error.strerror}") from error

    def read_part(self, index: int, size_bytes: int) -> bytes:
        """Read one part of that size.

        Raises:
            CorruptFileError: the file ends before it.
        """
        pieces: list[bytes] = []
        try:
            self._file.seek(index * PART_BYTES)
            while size_bytes and (piece := self._file.read(size_bytes)):
                pieces.append(piece)
                size_bytes -= len(piece)
        except OSError as error:
            raise StorageError(f"cannot read a stored file: {error.strerror}") from error
        if size_bytes:
            raise CorruptFileError("a stored file is cut short")
        return b"".join(pieces)

    def clear(self) -> None:
        """Forget every part."""
        try:
            self._file.truncate(0)
        except OSError as error:
            raise StorageError(f"cannot store the file: {error.strerror}") from error

    def sync(self) -> None:
        """Force what was written to the disk."""
        try:
            force_to_disk(self._file.fileno())
        except OSError as error:
            raise StorageError(f"cannot store the file: {error.strerror}") from error

    def close(self) -> None:
        """Close; a second time does nothing."""
        self._file.close()
