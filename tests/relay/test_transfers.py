"""Files over real TLS: up, down, in parts, bounded, and overtaken by messages."""

from __future__ import annotations

import hashlib
import os

import pytest

from tests.relay.raw_client import code_of
from whispr.protocol import blob, frames
from whispr.protocol.codes import Capability, ErrorCode
from whispr.protocol.limits import PART_BYTES
from whispr.relay.transfers import MAX_OPEN, MAX_PARTS_ASKED

TOKEN = b"t" * 32
MAILBOX = b"m" * 32


class File:
    """A ciphertext cut into parts, with its id."""

    def __init__(self, size_bytes: int, header: bytes = b"header") -> None:
        self.data, self.header = os.urandom(size_bytes), header
        self.parts = [self.data[i : i + PART_BYTES] for i in range(0, size_bytes, PART_BYTES)]
        hashes = [hashlib.sha256(part).digest() for part in self.parts]
        self.blob_id = blob.blob_id(header, size_bytes, hashes)

    def upload(self, **changed):
        return {
            "blob_id": self.blob_id,
            "mailbox": MAILBOX,
            "size_bytes": len(self.data),
            "header": self.header,
            "token_hash": blob.token_hash(TOKEN),
            "ttl_ms": 0,
        } | changed

    async def send_by(self, client):
        answer = await client.ask(frames.Upload, **self.upload())
        assert isinstance(answer, frames.UploadState), answer
        for index, data in enumerate(self.parts):
            answer = await client.ask(frames.Part, blob_id=self.blob_id, index=index, data=data)
        return answer


@pytest.fixture(params=["memory", "spool"])
async def relay(request, start_relay):
    return await start_relay(blob_store=request.param)


@pytest.fixture
async def uploader(relay, connect, alice):
    client = await connect(relay)
    await client.send_as(alice)
    return client


@pytest.fixture
async def downloader(relay, connect, bob):
    client = await connect(relay)
    await client.read_as(bob)
    return client


async def open_blob(client, file, token=TOKEN):
    return await client.ask(frames.Download, blob_id=file.blob_id, token=token)


async def test_up_and_down_again(uploader, downloader):
    file = File(2 * PART_BYTES + 1)
    done = await file.send_by(uploader)
    assert isinstance(done, frames.UploadState)
    assert (done.complete, done.received, done.expires_in_ms) == (1, b"\xe0", 300_000)
    info = await open_blob(downloader, file)
    assert (info.size_bytes, info.header) == (len(file.data), b"header")
    for index in range(3):
        downloader.write(frames.GetPart(100 + index, blob_id=file.blob_id, index=index))
    answers = [await downloader.receive(frames.PartData) for _ in range(3)]
    assert [answer.request_id for answer in answers] == [100, 101, 102]
    assert b"".join(answer.data for answer in answers) == file.data


async def test_an_interrupted_upload_goes_on_where_it_was(relay, uploader, connect, alice):
    file = File(2 * PART_BYTES)
    await uploader.ask(frames.Upload, **file.upload())
    await uploader.ask(frames.Part, blob_id=file.blob_id, index=1, data=file.parts[1])
    await uploader.close()
    again = await connect(relay)
    await again.send_as(alice)
    refused = await again.ask(frames.Part, blob_id=file.blob_id, index=0, data=file.parts[0])
    assert code_of(refused) == ErrorCode.NOT_FOUND
    state = await again.ask(frames.Upload, **file.upload())
    assert (state.complete, state.received) == (0, b"\x40")
    state = await again.ask(frames.Part, blob_id=file.blob_id, index=0, data=file.parts[0])
    assert state.complete == 1


async def test_uploading_takes_a_send_key_and_downloading_any(downloader):
    answer = await downloader.ask(frames.Upload, **File(10).upload())
    assert code_of(answer) == ErrorCode.NOT_AUTHENTICATED


async def test_a_wrong_token_and_an_unknown_file_are_the_same(uploader, downloader):
    file = File(10)
    await file.send_by(uploader)
    wrong = await open_blob(downloader, file, b"w" * 32)
    unknown = await open_blob(downloader, File(10))
    assert (wrong.code_number, wrong.text) == (unknown.code_number, unknown.text)
    assert code_of(wrong) == ErrorCode.NOT_FOUND
    part = await downloader.ask(frames.GetPart, blob_id=file.blob_id, index=0)
    assert code_of(part) == ErrorCode.NOT_FOUND


async def test_a_part_that_is_not_there(uploader, downloader):
    file = File(10)
    await file.send_by(uploader)
    await open_blob(downloader, file)
    answer = await downloader.ask(frames.GetPart, blob_id=file.blob_id, index=1)
    assert code_of(answer) == ErrorCode.NOT_FOUND


async def test_parts_that_do_not_make_up_the_id_are_thrown_away(uploader):
    file = File(10)
    await uploader.ask(frames.Upload, **file.upload())
    answer = await uploader.ask(frames.Part, blob_id=file.blob_id, index=0, data=b"x" * 10)
    assert code_of(answer) == ErrorCode.BLOB_MISMATCH


@pytest.mark.parametrize("size_bytes", [0, 12 * 2**20 + 1])
async def test_sizes_outside_the_limit_are_refused(uploader, size_bytes):
    answer = await uploader.ask(frames.Upload, **File(10).upload(size_bytes=size_bytes))
    assert code_of(answer) == ErrorCode.TOO_LARGE


async def test_the_largest_file_is_taken_on(uploader):
    answer = await uploader.ask(frames.Upload, **File(10).upload(size_bytes=12 * 2**20))
    assert isinstance(answer, frames.UploadState)


async def test_a_wished_life_is_never_longer_than_the_relays(uploader):
    for asked_ms, kept_ms in ((1000, 1000), (300_001, 300_000)):
        file = File(10)
        await uploader.ask(frames.Upload, **file.upload(ttl_ms=asked_ms))
        done = await uploader.ask(frames.Part, blob_id=file.blob_id, index=0, data=file.data)
        assert done.expires_in_ms == kept_ms


async def test_the_oldest_of_too_many_open_uploads_is_forgotten(uploader):
    files = [File(10) for _ in range(MAX_OPEN + 1)]
    for file in files:
        await uploader.ask(frames.Upload, **file.upload())
    for file, kind in ((files[0], frames.Error), (files[1], frames.UploadState)):
        answer = await uploader.ask(frames.Part, blob_id=file.blob_id, index=0, data=file.data)
        assert isinstance(answer, kind)


async def test_bytes_of_a_key_and_of_an_address_are_limited(
    start_relay, connect, alice, bob, clock
):
    relay = await start_relay(blob_bytes_per_second=PART_BYTES, blob_burst_bytes=PART_BYTES)
    file = File(2 * PART_BYTES)
    first, second = await connect(relay), await connect(relay)
    await first.send_as(alice)
    await second.send_as(bob)
    for client in (first, second):
        await client.ask(frames.Upload, **file.upload())
    parts = [{"blob_id": file.blob_id, "index": i, "data": file.parts[i]} for i in range(2)]
    assert isinstance(await first.ask(frames.Part, **parts[0]), frames.Done)
    for client in (first, second):
        refused = await client.ask(frames.Part, **parts[1])
        assert code_of(refused) == ErrorCode.RATE_LIMITED
        assert 1000 <= refused.retry_after_ms <= 1001
    clock.advance(1001)
    assert isinstance(await first.ask(frames.Part, **parts[1]), frames.UploadState)


async def test_a_relay_without_files_says_so(start_relay, connect, alice):
    relay = await start_relay(blob_max_bytes=0)
    client = await connect(relay)
    await client.send_as(alice)
    assert not client.hello.capabilities & Capability.BLOBS
    assert client.hello.max_blob_bytes == 0
    answer = await client.ask(frames.Upload, **File(10).upload())
    assert code_of(answer) == ErrorCode.UNSUPPORTED


async def test_a_message_overtakes_parts_that_wait(relay, uploader, connect, alice, bob):
    """A reader on a thin link asks for every part, then a message comes for him."""
    file = File(MAX_PARTS_ASKED * PART_BYTES)
    await file.send_by(uploader)
    known = set(relay.services.hub.members())
    reader = await connect(relay, receive_bytes=4096)
    (session,) = set(relay.services.hub.members()) - known
    await reader.read_as(bob)
    await reader.subscribe()
    await reader.receive(frames.Synced)
    await open_blob(reader, file)
    reader.writer.transport.pause_reading()
    for index in range(MAX_PARTS_ASKED):
        reader.write(frames.GetPart(100 + index, blob_id=file.blob_id, index=index))
    while session.output_size() < PART_BYTES // 2:
        await uploader.ask(frames.Ping)
    await uploader.submit(uploader.envelope(alice, bob))
    reader.writer.transport.resume_reading()
    order = [type(await reader.receive()) for _ in range(MAX_PARTS_ASKED + 1)]
    assert order.count(frames.PartData) == MAX_PARTS_ASKED
    assert order.index(frames.Deliver) < MAX_PARTS_ASKED // 2
    assert session.output_size() <= 2 * PART_BYTES


async def test_too_many_parts_asked_for_at_once_are_refused(uploader, relay, connect, bob):
    file = File(MAX_PARTS_ASKED * PART_BYTES)
    await file.send_by(uploader)
    known = set(relay.services.hub.members())
    reader = await connect(relay, receive_bytes=4096)
    (session,) = set(relay.services.hub.members()) - known
    await reader.read_as(bob)
    await open_blob(reader, file)
    reader.writer.transport.pause_reading()
    reader.write(frames.GetPart(1000, blob_id=file.blob_id, index=0))
    asked = 4 * MAX_PARTS_ASKED
    for number in range(asked):
        index = number % MAX_PARTS_ASKED
        reader.write(frames.GetPart(2000 + number, blob_id=file.blob_id, index=index))
    while session.output_size() < PART_BYTES // 2:
        await uploader.ask(frames.Ping)
    reader.writer.transport.resume_reading()
    answers = [await reader.receive() for _ in range(asked + 1)]
    refused = [answer for answer in answers if isinstance(answer, frames.Error)]
    assert {code_of(answer) for answer in refused} == {ErrorCode.RATE_LIMITED}
    assert MAX_PARTS_ASKED <= len(answers) - len(refused) < asked
