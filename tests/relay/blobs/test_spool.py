from __future__ import annotations

import asyncio
import hashlib
import stat
import sys

import pytest

from tests.relay.fake_clock import FakeClock
from whispr.errors import NotFoundError, RelayUnavailableError
from whispr.protocol.blob import blob_id, token_hash
from whispr.relay.blobs import spool
from whispr.relay.blobs.base import UploadRequest
from whispr.relay.blobs.limits import BlobLimits
from whispr.relay.blobs.spool import SpoolBlobs

TOKEN = b"t" * 32
DATA = b"ciphertext" * 10
REQUEST = UploadRequest(
    blob_id=blob_id(b"", len(DATA), [hashlib.sha256(DATA).digest()]),
    mailbox=bytes(32),
    size_bytes=len(DATA),
    header=b"",
    token_hash=token_hash(TOKEN),
    life_ms=1000,
    uploader=bytes(32),
)
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data" / "spool"


@pytest.fixture
async def blobs(clock, folder):
    blobs = SpoolBlobs(BlobLimits(), clock, folder)
    yield blobs
    await blobs.close()


async def put(blobs):
    await blobs.begin(REQUEST)
    return await blobs.put_part(REQUEST.blob_id, 0, DATA)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@posix_only
async def test_folder_and_files_are_private(blobs, folder):
    await put(blobs)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()] == [0o600]


@posix_only
async def test_a_folder_that_was_open_to_others_is_closed(clock, folder):
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    await SpoolBlobs(BlobLimits(), clock, folder).close()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_names_of_files_say_nothing(blobs, folder):
    await put(blobs)
    assert names(folder) == ["0000000000000001.blob"]


async def test_what_a_kill_left_behind_is_wiped_at_the_next_start(clock, folder):
    killed = SpoolBlobs(BlobLimits(), clock, folder)
    await put(killed)
    assert len(names(folder)) == 1
    restarted = SpoolBlobs(BlobLimits(), clock, folder)
    assert names(folder) == []
    with pytest.raises(NotFoundError):
        await restarted.open(REQUEST.blob_id, TOKEN)
    await restarted.close()


async def test_wiping_touches_nothing_that_is_not_a_blob(clock, folder):
    folder.mkdir(parents=True)
    for name in ("letter.txt", "1.blob", "0000000000000001.blob.txt", "00000000000000ff.blob"):
        (folder / name).write_bytes(b"x")
    await SpoolBlobs(BlobLimits(), clock, folder).close()
    assert names(folder) == ["0000000000000001.blob.txt", "1.blob", "letter.txt"]


async def test_close_empties_the_folder(blobs, folder):
    await put(blobs)
    await blobs.close()
    assert names(folder) == []


async def test_expiry_deletes_the_file(blobs, folder, clock):
    await put(blobs)
    clock.advance(2000)
    await blobs.sweep()
    assert names(folder) == []


async def test_a_folder_that_cannot_be_used_is_told(clock, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(RelayUnavailableError, match="spool folder"):
        SpoolBlobs(BlobLimits(), clock, tmp_path / "file")


async def test_a_lost_file_is_an_unavailable_relay(blobs, folder):
    await put(blobs)
    for path in folder.iterdir():
        path.unlink()
    with pytest.raises(RelayUnavailableError) as refused:
        await blobs.get_part(REQUEST.blob_id, TOKEN, 0)
    assert str(folder) not in str(refused.value)


async def test_a_shortened_file_is_an_unavailable_relay(blobs, folder):
    await put(blobs)
    for path in folder.iterdir():
        path.write_bytes(b"short")
    with pytest.raises(RelayUnavailableError, match="spool folder"):
        await blobs.get_part(REQUEST.blob_id, TOKEN, 0)


async def test_a_part_that_could_not_be_written_can_be_sent_again(blobs, monkeypatch):
    def full(path, offset, data):
        raise OSError(28, "No space left on device")

    await blobs.begin(REQUEST)
    with monkeypatch.context() as patched:
        patched.setattr(spool, "_write", full)
        with pytest.raises(RelayUnavailableError, match="No space"):
            await blobs.put_part(REQUEST.blob_id, 0, DATA)
    assert (await blobs.put_part(REQUEST.blob_id, 0, DATA)).complete


class Gate:
    """Holds a write in its thread until it is let go."""

    def __init__(self, monkeypatch, loop):
        self._write = spool._write
        self._started = asyncio.Event()
        self._open = asyncio.Event()
        self._loop = loop
        monkeypatch.setattr(spool, "_write", self.write)

    def write(self, path, offset, data):
        self._loop.call_soon_threadsafe(self._started.set)
        asyncio.run_coroutine_threadsafe(self._open.wait(), self._loop).result(10)
        return self._write(path, offset, data)

    async def wait_started(self):
        await self._started.wait()

    def let_go(self):
        self._open.set()


@pytest.fixture
async def gate(monkeypatch):
    return Gate(monkeypatch, asyncio.get_running_loop())


async def test_a_blob_that_ends_while_it_is_written_leaves_nothing(blobs, folder, clock, gate):
    await blobs.begin(REQUEST)
    writing = asyncio.create_task(blobs.put_part(REQUEST.blob_id, 0, DATA))
    await gate.wait_started()
    clock.advance(125_000)
    await blobs.sweep()
    assert blobs.usage().blobs == 0
    assert blobs.usage().stored_bytes > 0, "its bytes are charged until they are gone"
    gate.let_go()
    with pytest.raises(NotFoundError):
        await writing
    assert blobs.usage().stored_bytes == 0
    assert names(folder) == []


async def test_a_write_that_nobody_waits_for_leaves_nothing(blobs, folder, clock, gate):
    await blobs.begin(REQUEST)
    writing = asyncio.create_task(blobs.put_part(REQUEST.blob_id, 0, DATA))
    await gate.wait_started()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    clock.advance(125_000)
    sweeping = asyncio.create_task(blobs.sweep())
    gate.let_go()
    await sweeping
    assert blobs.usage().stored_bytes == 0
    assert names(folder) == []
