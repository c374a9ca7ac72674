"""Small files that only their owner reads and that are either old or new, never half.

A write goes to a new file beside the old one, private before the first byte, forced to the disk,
and then takes the old one's name; so a process killed at any point leaves one or the other, and
at most a temporary file, which the next write removes. On Windows privacy comes from the folder:
the profile of a user is closed to others there.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from pathlib import Path

from whispr.errors import CorruptFileError, StorageError

_TEMPORARY_SUFFIX = ".tmp"


def write_private(path: Path, data: bytes) -> None:
    """Replace the content of `path` atomically; the file is readable by its owner only (0600).

    Raises StorageError; the old content is then still there, unless only the last step, forcing
    the folder to the disk, failed: the new one is in place then.
    """
    try:
        _remove_leftovers(path)
        descriptor, temporary = tempfile.mkstemp(
            prefix=_temporary_prefix(path), suffix=_TEMPORARY_SUFFIX, dir=path.parent
        )
    except OSError as error:
        raise _cannot_write(path, error) from error
    try:
        _write_and_sync(descriptor, data)
        os.replace(temporary, path)
    except OSError as error:
        _remove(Path(temporary))
        raise _cannot_write(path, error) from error
    try:
        sync_folder(path.parent)
    except OSError as error:
        raise _cannot_write(path, error) from error


def read_private(path: Path, *, max_bytes: int) -> bytes | None:
    """Return the content of `path`, or None where there is no such file.

    Raises CorruptFileError when it is longer than `max_bytes`, StorageError when it cannot be
    read.
    """
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StorageError(f"cannot read {path.name}: {error.strerror}") from error
    if len(data) > max_bytes:
        raise CorruptFileError(f"{path.name} is longer than {max_bytes} bytes")
    return data


def _temporary_prefix(path: Path) -> str:
    return f".{path.name}."


def _remove_leftovers(path: Path) -> None:
    """Remove what writers of `path` left behind that were killed; they hold old or new secrets."""
    for name in os.listdir(path.parent):
        if name.startswith(_temporary_prefix(path)) and name.endswith(_TEMPORARY_SUFFIX):
            _remove(path.parent / name)


def _remove(path: Path) -> None:
    """Remove a temporary file; one that cannot be removed harms nothing and is tried again."""
    try:
        path.unlink()
    except OSError:
        return


def _write_and_sync(descriptor: int, data: bytes) -> None:
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        force_to_disk(file.fileno())


def force_to_disk(descriptor: int) -> None:
    """Force a file to the disk; macOS leaves it in the drive's cache unless asked for more."""
    os.fsync(descriptor)
    if sys.platform == "darwin":
        import fcntl

        with contextlib.suppress(OSError):  # a network volume knows only fsync
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)


def sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut; Windows has no such call for folders."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _cannot_write(path: Path, error: OSError) -> StorageError:
    return StorageError(f"cannot write {path.name}: {error.strerror}")
