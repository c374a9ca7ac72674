"""Preparing a file: what comes out opens, nothing shows, what cannot be sent is said at once."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.client.files.files_kit import ProgressLog, some_bytes
from whispr.client.content import decode_attachment
from whispr.client.crypto.attachment_header import CHUNK_BYTES
from whispr.client.files import outgoing
from whispr.client.files.outgoing import PreparedFile, prepare, prepare_blocking
from whispr.client.files.reading import open_stored
from whispr.client.files.spool import Spool, SpoolFile
from whispr.errors import CorruptFileError, FileTooLargeError, StorageError, UserInputError
from whispr.protocol.blob import blob_id, part_count, part_size
from whispr.protocol.signing import sha256

Make = Callable[[bytes], PreparedFile]
SIZES = [0, 1, 255, 256, 257, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 5 * CHUNK_BYTES]


@pytest.mark.parametrize("size_bytes", SIZES)
def test_the_copy_opens_to_the_same_bytes(
    spool: Spool, make_prepared: Make, size_bytes: int
) -> None:
    data = some_bytes(size_bytes)
    prepared = make_prepared(data)
    attachment = prepared.attachment
    assert b"".join(open_stored(spool, prepared.spool_name, attachment)) == data
    assert attachment.size_bytes == size_bytes
    assert attachment.file_sha256 == hashlib.sha256(data).digest()
    assert attachment.blob_bytes == (spool.folder / prepared.spool_name).stat().st_size
    assert decode_attachment(attachment.encode()) == attachment


@pytest.mark.parametrize("size_bytes", [0, CHUNK_BYTES + 1])
def test_the_blob_id_is_that_of_the_bytes_in_the_spool(
    spool: Spool, make_prepared: Make, size_bytes: int
) -> None:
    prepared = make_prepared(some_bytes(size_bytes))
    blob_bytes = prepared.attachment.blob_bytes
    with spool.open(prepared.spool_name) as file:
        hashes = [
            sha256(file.read_part(index, part_size(blob_bytes, index)))
            for index in range(part_count(blob_bytes))
        ]
    expected = blob_id(prepared.attachment.header, blob_bytes, hashes)
    assert prepared.attachment.blob_id == expected


def test_the_same_file_twice_has_nothing_in_common(spool: Spool, make_prepared: Make) -> None:
    first, second = make_prepared(b"same"), make_prepared(b"same")
    assert first.attachment.key != second.attachment.key
    assert first.attachment.token != second.attachment.token
    assert first.attachment.blob_id != second.attachment.blob_id
    assert first.attachment.header != second.attachment.header
    assert first.spool_name != second.spool_name


def test_no_plaintext_and_no_name_in_any_byte_of_the_spool(spool: Spool, tmp_path: Path) -> None:
    text = b"Meet me where the old oak stands. " * 5000
    source = tmp_path / "Secret meeting.txt"
    source.write_bytes(text)
    prepared = prepare_blocking(spool, source)
    everything = b"".join(path.read_bytes() for path in spool.folder.iterdir())
    names = " ".join(path.name for path in spool.folder.iterdir()).encode()
    for secret in (b"oak", b"Meet me", b"Secret", b"meeting", b".txt", prepared.attachment.key):
        assert secret not in everything + names
    assert len(everything) == prepared.attachment.blob_bytes


def test_name_and_type_are_made_safe(spool: Spool, tmp_path: Path) -> None:
    source = tmp_path / "data.bin"
    source.write_bytes(b"x")
    by_source = prepare_blocking(spool, source).attachment
    assert (by_source.name, by_source.media_type) == ("data.bin", "application/octet-stream")
    named = prepare_blocking(spool, source, name="../../.ssh/photo\u202e.png").attachment
    assert (named.name, named.media_type) == ("photo.png", "image/png")
    typed = prepare_blocking(spool, source, media_type="text/plain").attachment
    assert typed.media_type == "text/plain"


@pytest.mark.parametrize(("limit", "fits"), [(1000, True), (999, False)])
def test_the_limit_holds_on_both_sides(
    spool: Spool, tmp_path: Path, limit: int, fits: bool
) -> None:
    source = tmp_path / "file"
    source.write_bytes(bytes(1000))
    if fits:
        prepare_blocking(spool, source, max_file_bytes=limit)
        assert len(list(spool.folder.iterdir())) == 1
    else:
        with pytest.raises(FileTooLargeError, match="1,000 bytes"):
            prepare_blocking(spool, source, max_file_bytes=limit)
        assert list(spool.folder.iterdir()) == []


def test_a_file_over_the_limit_is_not_even_read(
    spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "huge"
    with source.open("wb") as file:
        file.truncate(outgoing.DEFAULT_MAX_FILE_BYTES + 1)

    def untouched(*_arguments: object) -> None:
        raise AssertionError("work began")

    monkeypatch.setattr(outgoing, "EncryptingReader", untouched)
    monkeypatch.setattr(Spool, "create", untouched)
    with pytest.raises(FileTooLargeError):
        prepare_blocking(spool, source)


def test_what_is_no_file_is_refused_with_a_reason(spool: Spool, tmp_path: Path) -> None:
    with pytest.raises(UserInputError, match="no such file"):
        prepare_blocking(spool, tmp_path / "missing")
    with pytest.raises(UserInputError, match="no such file"):
        prepare_blocking(spool, tmp_path / "nul\0byte")
    with pytest.raises(UserInputError, match="folder cannot be sent"):
        prepare_blocking(spool, tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="no such files there")
def test_devices_pipes_and_loops_are_refused(spool: Spool, tmp_path: Path) -> None:
    pipe, loop, device = tmp_path / "pipe", tmp_path / "loop", Path("/dev/zero")
    os.mkfifo(pipe)
    loop.symlink_to(loop)
    for source in (pipe, device):
        with pytest.raises(UserInputError, match="only ordinary files"):
            prepare_blocking(spool, source)
    with pytest.raises(UserInputError, match="leads back to itself"):
        prepare_blocking(spool, loop)


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_to_a_file_is_followed(spool: Spool, tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_bytes(b"content")
    link = tmp_path / "link.txt"
    link.symlink_to(tmp_path / "real.txt")
    attachment = prepare_blocking(spool, link).attachment
    assert (attachment.name, attachment.size_bytes) == ("link.txt", 7)


@pytest.mark.parametrize("new_size", [0, CHUNK_BYTES, 3 * CHUNK_BYTES - 1, 3 * CHUNK_BYTES + 1])
def test_a_file_that_changes_its_size_meanwhile_leaves_nothing(
    spool: Spool, tmp_path: Path, new_size: int
) -> None:
    source = tmp_path / "log"
    source.write_bytes(bytes(3 * CHUNK_BYTES))

    def change(done_bytes: int, _total_bytes: int) -> None:
        if done_bytes == 0:
            os.truncate(source, new_size)

    with pytest.raises(CorruptFileError, match="changed"):
        prepare_blocking(spool, source, progress=change)
    assert list(spool.folder.iterdir()) == []


def test_a_full_disk_leaves_nothing(
    spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "file"
    source.write_bytes(bytes(5 * CHUNK_BYTES))
    write_part = SpoolFile.write_part

    def full(self: SpoolFile, index: int, part: bytes) -> None:
        if index == 3:
            raise StorageError("cannot store the file: No space left on device")
        write_part(self, index, part)

    monkeypatch.setattr(SpoolFile, "write_part", full)
    with pytest.raises(StorageError, match="No space left"):
        prepare_blocking(spool, source)
    assert list(spool.folder.iterdir()) == []


def test_memory_stays_constant(spool: Spool, tmp_path: Path) -> None:
    source = tmp_path / "large"
    source.write_bytes(some_bytes(9_000_000))
    tracemalloc.start()
    try:
        prepare_blocking(spool, source)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak_bytes < 3_000_000


async def test_progress_is_heard_in_the_loop(spool: Spool, tmp_path: Path) -> None:
    source = tmp_path / "file"
    source.write_bytes(bytes(5 * CHUNK_BYTES))
    log = ProgressLog()
    threads: set[int] = set()

    def hear(done_bytes: int, total_bytes: int) -> None:
        threads.add(threading.get_ident())
        log(done_bytes, total_bytes)

    prepared = await prepare(spool, source, progress=hear)
    await asyncio.sleep(0)
    log.assert_monotone_to(5 * CHUNK_BYTES)
    assert threads == {threading.get_ident()}
    assert (spool.folder / prepared.spool_name).exists()


async def test_errors_of_the_thread_arrive(spool: Spool, tmp_path: Path) -> None:
    with pytest.raises(UserInputError):
        await prepare(spool, tmp_path / "missing")


@pytest.mark.parametrize("at_part", [0, 3])
async def test_cancelling_stops_the_thread_and_leaves_nothing(
    spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_part: int
) -> None:
    source = tmp_path / "file"
    source.write_bytes(bytes(5 * CHUNK_BYTES))
    reached, go_on = threading.Event(), threading.Event()
    written: list[int] = []
    write_part = SpoolFile.write_part

    def wait(self: SpoolFile, index: int, part: bytes) -> None:
        if index == at_part:
            reached.set()
            assert go_on.wait(10)
        written.append(index)
        write_part(self, index, part)

    monkeypatch.setattr(SpoolFile, "write_part", wait)
    running = asyncio.create_task(prepare(spool, source))
    await asyncio.to_thread(reached.wait, 10)
    running.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert written == list(range(at_part + 1))
    assert list(spool.folder.iterdir()) == []


async def test_cancelled_at_the_very_end_leaves_nothing(
    spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "file"
    source.write_bytes(b"x")
    reached, go_on = threading.Event(), threading.Event()
    describe = outgoing._describe

    def wait(*arguments: object) -> object:
        reached.set()
        assert go_on.wait(10)
        return describe(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(outgoing, "_describe", wait)
    running = asyncio.create_task(prepare(spool, source))
    await asyncio.to_thread(reached.wait, 10)
    running.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert list(spool.folder.iterdir()) == []


def test_the_copy_is_on_the_disk_before_anybody_relies_on_it(
    spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "file"
    source.write_bytes(bytes(2 * CHUNK_BYTES))
    forced: list[int] = []
    monkeypatch.setattr(SpoolFile, "sync", lambda self: forced.append(self.size_bytes))
    monkeypatch.setattr(Spool, "sync", lambda self: forced.append(0))
    prepared = prepare_blocking(spool, source)
    assert forced == [prepared.attachment.blob_bytes, 0]
