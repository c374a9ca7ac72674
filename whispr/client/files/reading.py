"""Opens what the spool holds, piece by piece, and makes readable copies where they are wanted."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from whispr.client.content import Attachment
from whispr.client.files.incoming import part_opener
from whispr.client.files.spool import Spool
from whispr.client.private_file import force_to_disk, sync_folder
from whispr.client.safe_filename import unused_path
from whispr.errors import CorruptFileError, CryptoError, StorageError
from whispr.protocol.blob import part_size

_TEMPORARY_PREFIX = ".whispr-"


def open_stored(spool: Spool, spool_name: str, attachment: Attachment) -> Iterator[bytes]:
    """Yield the file's bytes, at most 65,456 at once; each piece is verified before it is given.

    The end is the proof: only when it is reached without an exception was every byte there.
    Blocks while it reads: in a thread for large files.

    Raises:
        CorruptFileError: the copy is gone, cut short or damaged, or not the file described.
    """
    try:
        opener = part_opener(attachment)
        digest = hashlib.sha256()
        with spool.open(spool_name) as file:
            for index in range(opener.part_count):
                part = file.read_part(index, part_size(attachment.blob_bytes, index))
                piece = opener.open_part(index, part)
                if piece:
                    digest.update(piece)
                    yield piece
    except CryptoError as error:
        raise CorruptFileError("the stored copy of the file is damaged") from error
    if digest.digest() != attachment.file_sha256:
        raise CorruptFileError("the file is not the one that was described")


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What a whole reading of a stored copy shows."""

    damaged: frozenset[int]
    """Parts that do not open."""
    as_described: bool
    """Nothing is damaged, and the digest of the whole file is that of its description."""


def read_back(spool: Spool, spool_name: str, attachment: Attachment) -> ReadBack:
    """Force a complete copy to the disk and read it back whole. Blocks: call it in a thread.

    Raises:
        CorruptFileError: the copy is gone.
    """
    opener = part_opener(attachment)
    digest = hashlib.sha256()
    damaged: set[int] = set()
    with spool.open(spool_name, writable=True) as file:
        file.sync()
        for index in range(opener.part_count):
            try:
                part = file.read_part(index, part_size(attachment.blob_bytes, index))
                digest.update(opener.open_part(index, part))
            except (CorruptFileError, CryptoError):
                damaged.add(index)
    as_described = not damaged and digest.digest() == attachment.file_sha256
    return ReadBack(frozenset(damaged), as_described)


def save_copy(spool: Spool, spool_name: str, attachment: Attachment, folder: Path) -> Path:
    """Write a readable copy, private to the user, under a free and safe name in `folder`.

    Whole and verified, or not there at all. Blocks: call it in a thread.

    Raises:
        CorruptFileError: as `open_stored`.
        StorageError: the folder cannot be written, or the disk is full.
    """
    target = unused_path(folder, attachment.name)
    try:
        save_as(spool, spool_name, attachment, target)
    except BaseException:
        _remove(target)
        raise
    return target


def save_as(spool: Spool, spool_name: str, attachment: Attachment, target: Path) -> None:
    """Write a readable copy to the path that the person chose, replacing what is there.

    Errors are those of `save_copy`; what was there before stays then.
    """
    try:
        descriptor, draft = tempfile.mkstemp(prefix=_TEMPORARY_PREFIX, dir=target.parent)
    except OSError as error:
        raise StorageError(f"cannot save a copy: {error.strerror}") from error
    try:
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            for piece in open_stored(spool, spool_name, attachment):
                rest = memoryview(piece)
                while rest:
                    rest = rest[file.write(rest) :]
            force_to_disk(file.fileno())
        os.replace(draft, target)
        sync_folder(target.parent)
    except OSError as error:
        _remove(Path(draft))
        raise StorageError(f"cannot save a copy: {error.strerror}") from error
    except BaseException:
        _remove(Path(draft))
        raise


def _remove(path: Path) -> None:
    """Remove an unfinished copy; what cannot be removed is empty or was never given its name."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return
