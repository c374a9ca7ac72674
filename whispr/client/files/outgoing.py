"""Takes a file of the person: encrypts it once into the spool and describes it.

What is sent, now and whenever it has to be sent again, are the bytes of the spool. A file is never
encrypted twice under one key, whatever happened to it meanwhile.
"""

from __future__ import annotations

import asyncio
import errno
import os
import stat
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from whispr.client.content import Attachment
from whispr.client.crypto.attachment_cipher import EncryptingReader
from whispr.client.crypto.attachment_header import (
    KEY_BYTES,
    NONCE_PREFIX_BYTES,
    AttachmentKey,
    ciphertext_bytes,
)
from whispr.client.files.media_type import media_type_of
from whispr.client.files.progress import Progress, ProgressMeter, ignore_progress
from whispr.client.files.spool import Spool, SpoolFile
from whispr.client.safe_filename import safe_filename
from whispr.errors import FileTooLargeError, StorageError, UserInputError, WhisprError
from whispr.protocol.blob import blob_id
from whispr.protocol.limits import BLOB_TOKEN_BYTES, PART_BYTES
from whispr.protocol.signing import sha256

DEFAULT_MAX_FILE_BYTES = 10 * 1024 * 1024

_OPEN_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NONBLOCK", 0)  # a pipe would wait for its writer
)
_OPEN_PROBLEMS = {
    errno.ENOENT: "there is no such file",
    errno.ENOTDIR: "there is no such file",
    errno.EACCES: "no permission to read the file",
    errno.EPERM: "no permission to read the file",
    errno.ELOOP: "the file is a link that leads back to itself",
    errno.ENXIO: "only ordinary files can be sent",
    errno.ENAMETOOLONG: "the name of the file is too long",
}


@dataclass(frozen=True, slots=True)
class PreparedFile:
    """A file that is ready to be sent: its description, and the spool file with its ciphertext."""

    attachment: Attachment
    spool_name: str


async def prepare(
    spool: Spool,
    source: Path,
    *,
    name: str | None = None,
    media_type: str | None = None,
    max_file_bytes: int = DEFAULT_MAX_FILE_BYTES,
    random_bytes: Callable[[int], bytes] = os.urandom,
    progress: Progress = ignore_progress,
) -> PreparedFile:
    """Encrypt a file into the spool, in a thread and with constant memory.

    `name` is what the recipient sees (default: that of the source), made safe here. `progress` is
    called in the event loop. When this is cancelled or fails, nothing stays in the spool.

    Raises:
        FileTooLargeError: over `max_file_bytes`; before anything is read or written.
        UserInputError: no ordinary file, or not readable.
        CorruptFileError: it shrank or grew while it was read; try again.
        StorageError: it cannot be read to its end, or the disk is full.
    """
    loop = asyncio.get_running_loop()
    cancelled = threading.Event()

    def report(done_bytes: int, total_bytes: int) -> None:
        if cancelled.is_set():
            raise _CancelledInThread
        loop.call_soon_threadsafe(progress, done_bytes, total_bytes)

    work = asyncio.ensure_future(
        asyncio.to_thread(
            prepare_blocking,
            spool,
            source,
            name=name,
            media_type=media_type,
            max_file_bytes=max_file_bytes,
            random_bytes=random_bytes,
            progress=report,
        )
    )
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        cancelled.set()
        await _discard(spool, work)
        raise


def prepare_blocking(
    spool: Spool,
    source: Path,
    *,
    name: str | None = None,
    media_type: str | None = None,
    max_file_bytes: int = DEFAULT_MAX_FILE_BYTES,
    random_bytes: Callable[[int], bytes] = os.urandom,
    progress: Progress = ignore_progress,
) -> PreparedFile:
    """What `prepare` does, in the calling thread; an exception out of `progress` ends it."""
    shown_name = safe_filename(source.name if name is None else name)
    with _open_source(source) as file:
        size_bytes = os.fstat(file.fileno()).st_size
        if size_bytes > max_file_bytes:
            raise FileTooLargeError(
                f"the file has {size_bytes:,} bytes; up to {max_file_bytes:,} can be sent"
            )
        key = AttachmentKey(random_bytes(KEY_BYTES))
        reader = EncryptingReader(file, size_bytes, key, random_bytes(NONCE_PREFIX_BYTES))
        with spool.create() as target:
            try:
                part_hashes = _encrypt(reader, target, progress)
                target.sync()
                spool.sync()
            except BaseException:
                target.close()  # an open file cannot be removed on Windows
                spool.remove(target.name)
                raise
    attachment = _describe(
        reader, key, part_hashes, shown_name, media_type, random_bytes(BLOB_TOKEN_BYTES)
    )
    return PreparedFile(attachment, target.name)


def _open_source(source: Path) -> BinaryIO:
    """Open an ordinary file; asked before and after, for a device may do something when opened."""
    try:
        _require_ordinary(os.stat(source))
        descriptor = os.open(source, _OPEN_FLAGS)
    except ValueError as error:  # a NUL in the path
        raise UserInputError("there is no such file") from error
    except OSError as error:
        problem = _OPEN_PROBLEMS.get(error.errno or 0)
        if problem is None:
            raise StorageError(f"cannot open the file: {error.strerror}") from error
        raise UserInputError(problem) from error
    file = os.fdopen(descriptor, "rb")
    try:
        _require_ordinary(os.fstat(descriptor))
    except BaseException:
        file.close()
        raise
    return file


def _require_ordinary(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise UserInputError("a folder cannot be sent: pack it into one file first")
    if not stat.S_ISREG(status.st_mode):
        raise UserInputError("only ordinary files can be sent")


def _encrypt(reader: EncryptingReader, target: SpoolFile, progress: Progress) -> list[bytes]:
    """Write all parts; returns the SHA-256 of each."""
    meter = ProgressMeter(
        progress,
        file_bytes=reader.size_bytes,
        blob_bytes=ciphertext_bytes(reader.header.padded_bytes),
    )
    part_hashes: list[bytes] = []
    meter.update(0)
    for index, part in enumerate(reader):
        target.write_part(index, part)
        part_hashes.append(sha256(part))
        meter.update(index * PART_BYTES + len(part))
    return part_hashes


def _describe(
    reader: EncryptingReader,
    key: AttachmentKey,
    part_hashes: list[bytes],
    name: str,
    media_type: str | None,
    token: bytes,
) -> Attachment:
    header = reader.header.encode()
    blob_bytes = ciphertext_bytes(reader.header.padded_bytes)
    return Attachment(
        blob_id=blob_id(header, blob_bytes, part_hashes),
        token=token,
        key=key.secret,
        file_sha256=reader.file_digest(),
        size_bytes=reader.size_bytes,
        blob_bytes=blob_bytes,
        header=header,
        name=name,
        media_type=media_type_of(name) if media_type is None else media_type,
    )


async def _discard(spool: Spool, work: asyncio.Future[PreparedFile]) -> None:
    """Wait until the thread has noticed; remove what it finished all the same."""
    try:
        prepared = await work
    except (_CancelledInThread, WhisprError):
        return
    spool.remove(prepared.spool_name)


class _CancelledInThread(Exception):
    """Ends the thread's work at the next part; never leaves this module."""
