"""What every blob store promises; each runs all of it."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import hashlib

import pytest

from tests.relay import store_process
from tests.relay.fake_clock import FakeClock
from whispr.errors import (
    BlobMismatchError,
    NotFoundError,
    PayloadTooLargeError,
    RelayFullError,
    RelayUnavailableError,
)
from whispr.protocol.blob import blob_id, missing_parts, part_count, token_hash
from whispr.protocol.limits import PART_BYTES
from whispr.relay.blobs.base import UploadRequest
from whispr.relay.blobs.limits import BlobLimits, charge_bytes
from whispr.relay.blobs.memory import MemoryBlobs
from whispr.relay.blobs.redis import RedisBlobs
from whispr.relay.blobs.spool import SpoolBlobs

HEADER = b"header"
TOKEN = b"t" * 32
THREE_PARTS = 2 * PART_BYTES + 100
MIB = 1024**2


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture(params=["memory", "spool", "valkey", "redis_tls"])
async def make_blobs(request, clock, tmp_path):
    made = []
    async with contextlib.AsyncExitStack() as stack:
        if request.param in ("valkey", "redis_tls"):
            backend = getattr(store_process, request.param)().backend(clock)
            await backend.open()
            stack.push_async_callback(backend.close)

        def make(**limits):
            settled = BlobLimits(**limits)
            if request.param == "memory":
                made.append(MemoryBlobs(settled, clock))
            elif request.param == "spool":
                made.append(SpoolBlobs(settled, clock, tmp_path / "spool"))
            else:
                made.append(RedisBlobs(settled, backend))
            return made[-1]

        yield make
        for blobs in made:
            await blobs.close()


@pytest.fixture
def blobs(make_blobs):
    return make_blobs()


def content(size_bytes=THREE_PARTS, seed="file"):
    block = hashlib.sha256(seed.encode()).digest()
    return (block * (size_bytes // 32 + 1))[:size_bytes]


def split(data):
    return [data[start : start + PART_BYTES] for start in range(0, len(data), PART_BYTES)]


def upload_of(data, *, uploader="alice", mailbox="bob", life_ms=300_000, token=TOKEN):
    hashes = [hashlib.sha256(part).digest() for part in split(data)]
    return UploadRequest(
        blob_id=blob_id(HEADER, len(data), hashes),
        mailbox=hashlib.sha256(mailbox.encode()).digest(),
        size_bytes=len(data),
        header=HEADER,
        token_hash=token_hash(token),
        life_ms=life_ms,
        uploader=hashlib.sha256(uploader.encode()).digest(),
    )


async def upload(blobs, data, **who):
    request = upload_of(data, **who)
    await blobs.begin(request)
    for index, part in enumerate(split(data)):
        progress = await blobs.put_part(request.blob_id, index, part)
    assert progress.complete
    return request.blob_id


async def download(blobs, name, token=TOKEN):
    description = await blobs.open(name, token)
    count = part_count(description.size_bytes)
    return b"".join([await blobs.get_part(name, token, index) for index in range(count)])


# Up and down


@pytest.mark.parametrize("size_bytes", [1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 700_000])
async def test_what_went_up_comes_down(blobs, size_bytes):
    data = content(size_bytes)
    name = await upload(blobs, data)
    description = await blobs.open(name, TOKEN)
    assert (description.size_bytes, description.header) == (size_bytes, HEADER)
    assert await download(blobs, name) == data


async def test_parts_may_come_in_any_order_and_be_asked_for_in_between(blobs):
    data = content()
    parts, request = split(data), upload_of(data)
    begun = await blobs.begin(request)
    assert missing_parts(begun.received, 3) == [0, 1, 2]
    assert await blobs.put_part(request.blob_id, 2, parts[2]) is None
    assert await blobs.put_part(request.blob_id, 0, parts[0]) is None
    again = await blobs.begin(request)
    assert missing_parts(again.received, 3) == [1]
    assert not again.complete
    last = await blobs.put_part(request.blob_id, 1, parts[1])
    assert last.complete
    assert missing_parts(last.received, 3) == []
    assert await download(blobs, request.blob_id) == data


async def test_parts_may_come_at_the_same_time(blobs):
    data = content(9 * PART_BYTES)
    request = upload_of(data)
    await blobs.begin(request)
    answers = await asyncio.gather(
        *(blobs.put_part(request.blob_id, index, part) for index, part in enumerate(split(data)))
    )
    assert len([answer for answer in answers if answer is not None]) == 1
    assert await download(blobs, request.blob_id) == data


async def test_a_part_that_is_there_is_not_replaced(blobs):
    data = content()
    parts, request = split(data), upload_of(data)
    await blobs.begin(request)
    await blobs.put_part(request.blob_id, 0, parts[0])
    assert await blobs.put_part(request.blob_id, 0, bytes(PART_BYTES)) is None
    await blobs.put_part(request.blob_id, 1, parts[1])
    assert (await blobs.put_part(request.blob_id, 2, parts[2])).complete


async def test_the_same_part_twice_at_a_time_is_kept_once(blobs):
    data = content(100)
    request = upload_of(data)
    await blobs.begin(request)
    answers = await asyncio.gather(
        *(blobs.put_part(request.blob_id, 0, part) for part in (data, bytes(100)))
    )
    assert [answer is not None for answer in answers].count(True) >= 1
    assert await download(blobs, request.blob_id) == data


async def test_the_last_part_again_tells_that_it_is_complete(blobs):
    data = content()
    name = await upload(blobs, data)
    assert (await blobs.put_part(name, 2, split(data)[2])).complete
    assert (await blobs.begin(upload_of(data))).complete


# What does not fit together


async def test_parts_that_do_not_make_up_the_id_delete_everything(blobs):
    data = content()
    parts, request = split(data), upload_of(data)
    await blobs.begin(request)
    await blobs.put_part(request.blob_id, 0, parts[0])
    await blobs.put_part(request.blob_id, 1, bytes(PART_BYTES))
    with pytest.raises(BlobMismatchError):
        await blobs.put_part(request.blob_id, 2, parts[2])
    with pytest.raises(NotFoundError):
        await blobs.put_part(request.blob_id, 2, parts[2])
    assert (blobs.usage().blobs, blobs.usage().stored_bytes) == (0, 0)
    assert await download(blobs, await upload(blobs, data)) == data


@pytest.mark.parametrize(
    "changes", [{"size_bytes": THREE_PARTS + 1}, {"header": b"x"}, {"token_hash": bytes(32)}]
)
async def test_an_id_that_is_known_for_something_else_is_refused(blobs, changes):
    request = upload_of(content())
    await blobs.begin(request)
    with pytest.raises(BlobMismatchError):
        await blobs.begin(dataclasses.replace(request, **changes))
    assert not (await blobs.begin(request)).complete


@pytest.mark.parametrize(
    ("index", "size_bytes"),
    [
        (0, PART_BYTES - 1),
        (0, PART_BYTES + 1),
        (2, 99),
        (2, 101),
        (2, PART_BYTES),
        (3, 100),
        (-1, 100),
        (65_535, PART_BYTES),
    ],
)
async def test_parts_of_a_wrong_index_or_size_are_refused(blobs, index, size_bytes):
    request = upload_of(content())
    await blobs.begin(request)
    with pytest.raises(PayloadTooLargeError):
        await blobs.put_part(request.blob_id, index, bytes(size_bytes))


async def test_a_part_without_an_upload_is_refused(blobs):
    with pytest.raises(NotFoundError):
        await blobs.put_part(bytes(32), 0, b"x")


# Tokens


async def test_a_wrong_token_and_an_unknown_blob_are_the_same(blobs):
    name = await upload(blobs, content())
    texts = set()
    for asked, token in ((name, b"w" * 32), (bytes(32), TOKEN)):
        for call in (blobs.open(asked, token), blobs.get_part(asked, token, 0)):
            with pytest.raises(NotFoundError) as refused:
                await call
            texts.add(str(refused.value))
    assert len(texts) == 1


async def test_an_unfinished_upload_cannot_be_read(blobs):
    data = content()
    request = upload_of(data)
    await blobs.begin(request)
    await blobs.put_part(request.blob_id, 0, split(data)[0])
    for call in (blobs.open(request.blob_id, TOKEN), blobs.get_part(request.blob_id, TOKEN, 0)):
        with pytest.raises(NotFoundError):
            await call


@pytest.mark.parametrize("index", [-1, 3, 65_535])
async def test_there_is_no_part_beyond_the_last(blobs, index):
    name = await upload(blobs, content())
    with pytest.raises(NotFoundError):
        await blobs.get_part(name, TOKEN, index)


# Time


async def test_life_counts_from_the_last_part(blobs, clock):
    data = content()
    parts, request = split(data), upload_of(data, life_ms=10_000)
    await blobs.begin(request)
    for index in range(2):
        clock.advance(60_000)
        await blobs.put_part(request.blob_id, index, parts[index])
    clock.advance(60_000)
    assert (await blobs.put_part(request.blob_id, 2, parts[2])).expires_in_ms == 10_000
    clock.advance(9_999)
    assert await download(blobs, request.blob_id) == data


async def test_nobody_asks_and_life_is_over(blobs, clock):
    name = await upload(blobs, content(), life_ms=10_000)
    clock.advance(10_000)
    with pytest.raises(NotFoundError):
        await blobs.open(name, TOKEN)


async def test_an_unfinished_upload_waits_for_its_next_part_and_not_longer(blobs, clock):
    data = content()
    parts, request = split(data), upload_of(data)
    assert (await blobs.begin(request)).expires_in_ms == 120_000
    clock.advance(119_999)
    await blobs.put_part(request.blob_id, 0, parts[0])
    clock.advance(120_000)
    with pytest.raises(NotFoundError):
        await blobs.put_part(request.blob_id, 1, parts[1])
    assert missing_parts((await blobs.begin(request)).received, 3) == [0, 1, 2]


async def test_an_upload_that_drips_ends_after_its_longest_time(make_blobs, clock):
    blobs = make_blobs(longest_upload_ms=200_000)
    data = content(9 * PART_BYTES)
    parts, request = split(data), upload_of(data)
    await blobs.begin(request)
    clock.advance(100_000)
    await blobs.put_part(request.blob_id, 0, parts[0])
    clock.advance(99_999)
    await blobs.put_part(request.blob_id, 1, parts[1])
    clock.advance(1)
    with pytest.raises(NotFoundError):
        await blobs.put_part(request.blob_id, 2, parts[2])


async def test_life_pauses_while_a_download_goes_on(blobs, clock):
    data = content(9 * PART_BYTES)
    name = await upload(blobs, data, life_ms=20_000)
    clock.advance(15_000)
    await blobs.open(name, TOKEN)
    for index in range(9):
        clock.advance(15_000)
        assert await blobs.get_part(name, TOKEN, index) == split(data)[index]
    assert (await blobs.open(name, TOKEN)).expires_in_ms == 5000 + 30_000
    clock.advance(35_000)
    with pytest.raises(NotFoundError):
        await blobs.open(name, TOKEN)


async def test_the_pause_is_bounded_by_ten_lives(blobs, clock):
    name = await upload(blobs, content(), life_ms=20_000)
    alive_ms = 0
    with pytest.raises(NotFoundError):
        while alive_ms < 10**7:
            await blobs.open(name, TOKEN)
            clock.advance(1000)
            alive_ms += 1000
    assert alive_ms == 11 * 20_000


async def test_the_pause_is_bounded_by_an_hour(blobs, clock):
    name = await upload(blobs, content(), life_ms=86_400_000)
    alive_ms = 0
    with pytest.raises(NotFoundError):
        while alive_ms < 10**9:
            await blobs.open(name, TOKEN)
            clock.advance(20_000)
            alive_ms += 20_000
    assert alive_ms == 86_400_000 + 3_600_000


async def test_only_the_uploader_begins_a_life_again(blobs, clock):
    data = content()
    name = await upload(blobs, data, life_ms=10_000)
    clock.advance(9000)
    assert (await blobs.begin(upload_of(data, life_ms=10_000, uploader="x"))).expires_in_ms == 1000
    assert (await blobs.begin(upload_of(data, life_ms=10_000))).expires_in_ms == 10_000
    clock.advance(9999)
    assert await download(blobs, name) == data


async def test_a_short_life_after_a_long_upload_is_swept_in_time(blobs, clock):
    await upload(blobs, content(), life_ms=1000)
    clock.advance(2000)
    await blobs.sweep()
    assert blobs.usage().blobs == 0


async def test_sweep_frees_what_is_over_and_leaves_the_rest(blobs, clock):
    for number in range(120):
        await upload(blobs, content(100, f"short {number}"), life_ms=1000)
    name = await upload(blobs, content(), life_ms=100_000)
    clock.advance(2000)
    await blobs.sweep()
    assert blobs.usage().blobs == 1
    assert blobs.usage().stored_bytes == charge_bytes(THREE_PARTS)
    assert await download(blobs, name) == content()


async def test_a_blob_may_come_back_after_its_end(blobs, clock):
    data = content()
    await upload(blobs, data, life_ms=1000)
    clock.advance(1000)
    assert await download(blobs, await upload(blobs, data)) == data
    assert blobs.usage().stored_bytes == charge_bytes(len(data))


# Room


@pytest.mark.parametrize(("size_bytes", "fits"), [(0, False), (1, True), (MIB, True)])
async def test_sizes_are_bounded(make_blobs, size_bytes, fits):
    blobs = make_blobs(max_blob_bytes=MIB)
    if fits:
        assert not (await blobs.begin(upload_of(content(size_bytes)))).complete
        return
    with pytest.raises(PayloadTooLargeError):
        await blobs.begin(dataclasses.replace(upload_of(content(1)), size_bytes=size_bytes))


async def test_one_byte_above_the_largest_is_refused(make_blobs):
    blobs = make_blobs(max_blob_bytes=MIB)
    with pytest.raises(PayloadTooLargeError):
        await blobs.begin(upload_of(content(MIB + 1)))


async def test_more_parts_than_the_protocol_can_number_are_refused(make_blobs):
    blobs = make_blobs(max_blob_bytes=1 << 40, total_bytes=1 << 40)
    request = upload_of(content(1))
    most = 4096 * PART_BYTES
    await blobs.begin(dataclasses.replace(request, size_bytes=most))
    with pytest.raises(PayloadTooLargeError):
        other = dataclasses.replace(request, blob_id=bytes(32), size_bytes=most + 1)
        await blobs.begin(other)


def everybody(number):
    """Each upload by another device for another mailbox."""
    return {"uploader": str(number), "mailbox": str(number)}


async def fill(blobs, who, count=1000):
    """Begin uploads of 100 KB until there is no room; returns how many fitted and the refusal."""
    for number in range(count):
        request = upload_of(content(100_000, str(number)), **who(number))
        try:
            await blobs.begin(request)
        except RelayFullError as refused:
            return number, refused
    raise AssertionError("no limit")


async def test_an_upload_is_charged_when_it_begins(make_blobs):
    blobs = make_blobs(max_blob_bytes=100_000, total_bytes=2 * MIB)
    count, refused = await fill(blobs, everybody)
    assert count == 2 * MIB // charge_bytes(100_000)
    assert 1000 <= refused.retry_after_ms <= 60_000
    assert blobs.usage().stored_bytes <= blobs.usage().limit_bytes == 2 * MIB
    resumed = upload_of(content(100_000, "0"), **everybody(0))
    assert not (await blobs.begin(resumed)).complete


@pytest.mark.parametrize("shared", ["uploader", "mailbox"])
async def test_an_uploader_and_a_mailbox_get_a_quarter(make_blobs, shared):
    blobs = make_blobs(max_blob_bytes=100_000, total_bytes=2 * MIB)
    other = {"uploader": "mailbox", "mailbox": "uploader"}[shared]
    count, _ = await fill(blobs, lambda number: {shared: "same", other: str(number)})
    assert count == MIB // 2 // charge_bytes(100_000)
    elsewhere = upload_of(content(100_000, "x"), **{shared: "another", other: "fresh"})
    assert not (await blobs.begin(elsewhere)).complete


async def test_a_full_store_sweeps_before_it_refuses(make_blobs, clock):
    blobs = make_blobs(max_blob_bytes=100_000, total_bytes=2 * MIB)
    await fill(blobs, everybody)
    clock.advance(121_000)
    assert not (await blobs.begin(upload_of(content(100_000, "later")))).complete


async def test_a_small_budget_still_takes_one_largest_blob(make_blobs):
    blobs = make_blobs(max_blob_bytes=100_000, total_bytes=charge_bytes(100_000))
    data = content(100_000)
    assert await download(blobs, await upload(blobs, data)) == data


async def test_other_limits_hold_from_now_on(blobs):
    blobs.change_limits(BlobLimits(max_blob_bytes=10))
    with pytest.raises(PayloadTooLargeError):
        await blobs.begin(upload_of(content(11)))
    await blobs.begin(upload_of(content(10)))


async def test_a_closed_store_answers_nothing(blobs):
    name = await upload(blobs, content())
    await blobs.close()
    for call in (
        blobs.begin(upload_of(content())),
        blobs.put_part(name, 0, b"x"),
        blobs.open(name, TOKEN),
        blobs.get_part(name, TOKEN, 0),
    ):
        with pytest.raises(RelayUnavailableError):
            await call
    await blobs.sweep()
    assert blobs.usage().blobs == blobs.usage().stored_bytes == 0
