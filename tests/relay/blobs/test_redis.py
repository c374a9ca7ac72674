"""Files in a shared store: two processes, one dead in between, no memory left."""

from __future__ import annotations

import hashlib

import pytest

from tests.relay import store_process
from tests.relay.fake_clock import FakeClock
from whispr.errors import NotFoundError, RelayFullError
from whispr.protocol.blob import blob_id, missing_parts, token_hash
from whispr.protocol.limits import PART_BYTES
from whispr.relay.blobs import redis
from whispr.relay.blobs.base import UploadRequest
from whispr.relay.blobs.limits import BlobLimits, charge_bytes
from whispr.relay.blobs.redis import RedisBlobs

TOKEN = b"t" * 32
PARTS = [bytes([number]) * PART_BYTES for number in range(2)] + [b"end"]
SIZE_BYTES = sum(map(len, PARTS))


def request() -> UploadRequest:
    hashes = [hashlib.sha256(part).digest() for part in PARTS]
    return UploadRequest(
        blob_id=blob_id(b"header", SIZE_BYTES, hashes),
        mailbox=bytes(32),
        size_bytes=SIZE_BYTES,
        header=b"header",
        token_hash=token_hash(TOKEN),
        life_ms=60_000,
        uploader=bytes(32),
    )


@pytest.fixture
def process():
    return store_process.valkey()


@pytest.fixture
async def two(process):
    """Two processes; no clock is fed."""
    backends = [process.backend() for _ in range(2)]
    for backend in backends:
        await backend.open()
    yield [RedisBlobs(BlobLimits(), backend) for backend in backends]
    for backend in backends:
        await backend.close()


async def test_what_one_process_took_another_gives(two):
    here, there = two
    asked = request()
    await here.begin(asked)
    await here.put_part(asked.blob_id, 0, PARTS[0])
    assert missing_parts((await there.begin(asked)).received, 3) == [1, 2]
    assert await there.put_part(asked.blob_id, 1, PARTS[1]) is None
    assert (await here.put_part(asked.blob_id, 2, PARTS[2])).complete
    for blobs in two:
        assert (await blobs.open(asked.blob_id, TOKEN)).size_bytes == SIZE_BYTES
        assert [await blobs.get_part(asked.blob_id, TOKEN, at) for at in range(3)] == PARTS
    await there.sweep()
    assert here.usage() == there.usage()
    assert here.usage().stored_bytes == charge_bytes(SIZE_BYTES)


async def test_a_part_that_was_written_and_not_noted_can_be_sent_again(two, monkeypatch):
    here, there = two
    asked = request()
    await here.begin(asked)
    run = here._backend.run

    async def dies(script, *rest):
        if script.name == "blob_keep":
            raise KeyboardInterrupt
        return await run(script, *rest)

    monkeypatch.setattr(here._backend, "run", dies)
    with pytest.raises(KeyboardInterrupt):
        await here.put_part(asked.blob_id, 0, PARTS[0])
    for index in range(3):
        progress = await there.put_part(asked.blob_id, index, PARTS[index])
    assert progress.complete


async def test_an_upload_whose_last_part_nobody_looked_at_is_finished_by_the_next(two, monkeypatch):
    here, there = two
    asked = request()
    await here.begin(asked)
    for index in range(2):
        await here.put_part(asked.blob_id, index, PARTS[index])

    async def dies(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(here, "_finish", dies)
    with pytest.raises(KeyboardInterrupt):
        await here.put_part(asked.blob_id, 2, PARTS[2])
    assert (await there.put_part(asked.blob_id, 2, PARTS[2])).complete


async def test_parts_that_the_store_lost_are_not_found(two, process):
    here, _ = two
    asked = request()
    await here.begin(asked)
    for index in range(3):
        await here.put_part(asked.blob_id, index, PARTS[index])
    process.command("UNLINK", *process.command("KEYS", "{a*}c:*"))
    with pytest.raises(NotFoundError):
        await here.get_part(asked.blob_id, TOKEN, 0)


async def test_without_memory_uploads_are_refused_and_downloads_go_on(two, process):
    here, _ = two
    asked = request()
    await here.begin(asked)
    for index in range(3):
        await here.put_part(asked.blob_id, index, PARTS[index])
    other = UploadRequest(bytes(32), bytes(32), 1, b"", bytes(32), 1000, bytes(32))
    process.command("CONFIG", "SET", "maxmemory", 1)
    try:
        with pytest.raises(RelayFullError) as refused:
            await here.begin(other)
        assert refused.value.retry_after_ms > 0
        assert await here.get_part(asked.blob_id, TOKEN, 2) == PARTS[2]
        await here.sweep()
    finally:
        process.command("CONFIG", "SET", "maxmemory", 0)


async def test_nothing_is_left_when_everything_is_over(process):
    clock = FakeClock()
    backend = process.backend(clock)
    await backend.open()
    blobs = RedisBlobs(BlobLimits(), backend)
    asked = request()
    await blobs.begin(asked)
    await blobs.put_part(asked.blob_id, 0, PARTS[0])
    clock.advance(121_000)
    await blobs.sweep()
    left = set(process.command("KEYS", "*blobs*")) | set(process.command("KEYS", "{a*}*"))
    assert left == {redis.TAG + b"t"}
    await backend.close()
