"""One process owns a profile: a lock that the kernel frees however the process ends."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

from whispr.errors import NoProfileError, ProfileInUseError, StorageError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

LOCK_FILE_NAME = "profile.lock"
_MAX_NOTE_BYTES = 200

if sys.platform == "win32":
    import msvcrt

    # A byte that nobody writes: Windows lets no other process read the bytes that are locked.
    _LOCKED_OFFSET = 1 << 30

    def _lock(descriptor: int) -> None:
        os.lseek(descriptor, _LOCKED_OFFSET, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class ProfileLock:
    """Holds the profile in `folder` for this process, as a context manager or by `acquire`.

    The file is never deleted: whoever waited for a deleted one would hold a lock that nobody
    else sees. What stands in it is a note for people and proves nothing.
    """

    def __init__(self, folder: Path, *, program: str = "whispr") -> None:
        self._path = folder / LOCK_FILE_NAME
        self._program = program
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock without waiting.

        Raises ProfileInUseError, which names the process that has it, NoProfileError when the
        folder does not exist, and StorageError when the file cannot be opened.
        """
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except FileNotFoundError as error:
            raise NoProfileError("there is no such profile folder") from error
        except OSError as error:
            raise StorageError(f"cannot open {LOCK_FILE_NAME}: {error.strerror}") from error
        try:
            _lock(descriptor)
        except OSError as error:
            owner = _read_note(descriptor)
            os.close(descriptor)
            raise ProfileInUseError(
                f"the profile is in use: close the Whispr that has it open{owner}"
            ) from error
        self._descriptor = descriptor
        self._write_note(descriptor)

    def release(self) -> None:
        """Let the next one in; does nothing when the lock is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> ProfileLock:
        self.acquire()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()

    def _write_note(self, descriptor: int) -> None:
        note = f"{os.getpid()}\n{self._program}\n".encode()[:_MAX_NOTE_BYTES]
        with contextlib.suppress(OSError):  # a full disk does not keep anybody out
            os.ftruncate(descriptor, 0)
            os.lseek(descriptor, 0, os.SEEK_SET)
            os.write(descriptor, note)


def _read_note(descriptor: int) -> str:
    """` (process 1234, whispr listen)`, or nothing when the note cannot be read."""
    try:
        os.lseek(descriptor, 0, os.SEEK_SET)
        lines = os.read(descriptor, _MAX_NOTE_BYTES).decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    if not lines or not lines[0].isdigit():
        return ""
    program = "".join(character for character in "".join(lines[1:2]) if character.isprintable())
    return f" (process {lines[0]}{', ' if program else ''}{program})"
