"""Uploads: whole, resumed after a cut at any part, refused, and begun again when that helps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.client.files.files_kit import (
    LIFE_MS,
    MAILBOX,
    FakeClock,
    FakeRelay,
    FakeSession,
    ProgressLog,
    some_bytes,
)
from whispr.client.crypto.attachment_header import CHUNK_BYTES
from whispr.client.files.outgoing import PreparedFile
from whispr.client.files.patience import ATTEMPTS
from whispr.client.files.spool import Spool
from whispr.client.files.upload import Uploader, permanent_failure
from whispr.errors import (
    BlobMismatchError,
    ConnectionClosedError,
    CorruptFileError,
    NotFoundError,
    PayloadTooLargeError,
    RateLimitedError,
    RelayFullError,
    RelayUnavailableError,
    RemoteProtocolError,
    UnsupportedError,
    WhisprError,
)
from whispr.protocol.blob import part_count, token_hash
from whispr.protocol.frames import Done, Part, Upload, UploadState
from whispr.protocol.limits import PART_BYTES
from whispr.protocol.schema import Frame

Make = Callable[[bytes], PreparedFile]
SIX_PARTS = some_bytes(5 * CHUNK_BYTES + 100)


async def upload(
    session: FakeSession,
    spool: Spool,
    prepared: PreparedFile,
    clock: FakeClock,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    return await Uploader(session, spool, clock=clock).upload(
        prepared.attachment, prepared.spool_name, MAILBOX, progress=progress
    )


def stored_bytes(relay: FakeRelay, prepared: PreparedFile) -> bytes:
    blob = relay.blobs[prepared.attachment.blob_id]
    assert blob.complete
    return b"".join(blob.parts[index] for index in sorted(blob.parts))


@pytest.mark.parametrize("size_bytes", [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1, 9_000_000])
async def test_the_relay_gets_the_bytes_of_the_spool(
    relay: FakeRelay, spool: Spool, make_prepared: Make, clock: FakeClock, size_bytes: int
) -> None:
    prepared = make_prepared(some_bytes(size_bytes))
    session, log = FakeSession(relay), ProgressLog()
    assert await upload(session, spool, prepared, clock, log) == LIFE_MS
    assert stored_bytes(relay, prepared) == (spool.folder / prepared.spool_name).read_bytes()
    blob = relay.blobs[prepared.attachment.blob_id]
    assert blob.header == prepared.attachment.header
    assert blob.token_hash == token_hash(prepared.attachment.token)
    asked = session.asked[0]
    assert isinstance(asked, Upload)
    assert (asked.mailbox, asked.ttl_ms) == (MAILBOX, 0)
    assert sorted(session.parts_asked()) == list(range(part_count(prepared.attachment.blob_bytes)))
    assert session.waited_writable == len(session.parts_asked())
    log.assert_monotone_to(size_bytes)


async def test_several_parts_are_under_way(
    relay: FakeRelay, spool: Spool, make_prepared: Make, clock: FakeClock
) -> None:
    session = FakeSession(relay)
    await upload(session, spool, make_prepared(some_bytes(3_000_000)), clock)
    assert 3 < session.most_under_way <= 16


async def test_a_wished_life_is_passed_on(
    relay: FakeRelay, spool: Spool, make_prepared: Make, clock: FakeClock
) -> None:
    prepared = make_prepared(b"x")
    session = FakeSession(relay)
    await Uploader(session, spool, clock=clock).upload(
        prepared.attachment, prepared.spool_name, MAILBOX, life_ms=5000
    )
    asked = session.asked[0]
    assert isinstance(asked, Upload) and asked.ttl_ms == 5000


@pytest.mark.parametrize("cut_after", range(6))
async def test_resumes_after_a_cut_at_every_part(
    relay: FakeRelay, spool: Spool, make_prepared: Make, clock: FakeClock, cut_after: int
) -> None:
    prepared = make_prepared(SIX_PARTS)
    first, log = FakeSession(relay, cut_after=cut_after), ProgressLog()
    with pytest.raises(ConnectionClosedError):
        await upload(first, spool, prepared, clock, log)
    held = set(relay.blobs[prepared.attachment.blob_id].parts)
    assert len(held) == cut_after
    second = FakeSession(relay)
    # As after a kill: nothing but the spool and the descriptor is left.
    assert await upload(second, Spool(spool.folder), prepared, clock, log) == LIFE_MS
    assert set(second.parts_asked()).isdisjoint(held)
    assert stored_bytes(relay, prepared) == (spool.folder / prepared.spool_name).read_bytes()


async def test_what_is_complete_is_not_sent_again(
    relay: FakeRelay, spool: Spool, make_prepared: Make, clock: FakeClock
) -> None:
    prepared = make_prepared(SIX_PARTS)
    await upload(FakeSession(relay), spool, prepared, clock)
    again, log = FakeSession(relay), ProgressLog()
    assert await upload(again, spool, prepared, clock, log) == LIFE_MS
    assert again.parts_asked() == []
    log.assert_monotone_to(len(SIX_PARTS))


async def test_what_expired_is_uploaded_again_byte_for_byte(
    relay: FakeRelay, spool: Spool, make_prepared: Make, clock: FakeClock
) -> None:
    prepared = make_prepared(SIX_PARTS)
    await upload(FakeSession(relay), spool, prepared, clock)
    first = stored_bytes(relay, prepared)
    relay.blobs.clear()
    await upload(FakeSession(relay), spool, prepared, clock)
    assert stored_bytes(relay, prepared) == first


async def test_waits_when_it_goes_too_fast(
    relay: FakeRelay, spool: Spool, make_prepared: Make, clock: FakeClock
) -> None:
    prepared = make_prepared(SIX_PARTS)
    session = FakeSession(relay)
    refusals = iter([RateLimitedError(retry_after_ms=700), RateLimitedError(retry_after_ms=900)])

    def limit(request: Frame) -> None:
        if isinstance(request, Part) and request.index == 3:
            for refusal in refusals:
                raise refusal

    session.trouble = limit
    log = ProgressLog()
    await upload(session, spool, prepared, clock, log)
    assert clock.slept == [0.7, 0.9]
    stored_bytes(relay, prepared)
    log.assert_monotone_to(len(SIX_PARTS))


async def test_patience_ends_without_progress(
    relay: FakeRelay, spool: Spool, make_prepared: Make, clock: FakeClock
) -> None:
    session = FakeSession(relay)

    def limit(_request: Frame) -> None:
        raise RateLimitedError

    session.trouble = limit
    with pytest.raises(RateLimitedError):
        await upload(session, spool, make_prepared(b"x"), clock)
    assert len(clock.slept) == ATTEMPTS


@pytest.mark.parametrize("refusal", [RelayFullError, RelayUnavailableError])
async def test_a_full_relay_is_for_the_outbox_to_wait_for(
    relay: FakeRelay,
    spool: Spool,
    make_prepared: Make,
    clock: FakeClock,
    refusal: type[RelayFullError],
) -> None:
    session = FakeSession(relay)

    def refuse(_request: Frame) -> None:
        raise refusal("not now", retry_after_ms=5000)

    session.trouble = refuse
    with pytest.raises(refusal) as caught:
        await upload(session, spool, make_prepared(b"x"), clock)
    assert caught.value.retry_after_ms == 5000
    assert clock.slept == []
    assert permanent_failure(caught.value) is None


@pytest.mark.parametrize(("spare_bytes", "fits"), [(0, True), (-1, False)])
async def test_too_large_for_the_relay(
    relay: FakeRelay,
    spool: Spool,
    make_prepared: Make,
    clock: FakeClock,
    spare_bytes: int,
    fits: bool,
) -> None:
    prepared = make_prepared(SIX_PARTS)
    relay.max_blob_bytes = prepared.attachment.blob_bytes + spare_bytes
    session = FakeSession(relay)
    if fits:
        await upload(session, spool, prepared, clock)
    else:
        with pytest.raises(PayloadTooLargeError) as caught:
            await upload(session, spool, prepared, clock)
        assert permanent_failure(caught.value) == "the file is larger than their relay takes"
        assert session.parts_asked() == []


async def test_a_mismatch_begins_again_once(
    relay: FakeRelay, spool: Spool, make_prepared: Make, clock: FakeClock
) -> None:
    prepared = make_prepared(SIX_PARTS)
    await_cut = FakeSession(relay, cut_after=3)
    with pytest.raises(ConnectionClosedError):
        await upload(await_cut, spool, prepared, clock)
    held = relay.blobs[prepared.attachment.blob_id]
    held.parts[1] = bytes(PART_BYTES)  # the relay's disk
    await upload(FakeSession(relay), spool, prepared, clock)
    assert stored_bytes(relay, prepared) == (spool.folder / prepared.spool_name).read_bytes()


async def test_a_second_mismatch_is_the_end(
    relay: FakeRelay, spool: Spool, make_prepared: Make, clock: FakeClock
) -> None:
    prepared = make_prepared(SIX_PARTS)
    session = FakeSession(relay)

    def mismatch(request: Frame) -> None:
        if isinstance(request, Part):
            relay.blobs.clear()
            raise BlobMismatchError("not these parts")

    session.trouble = mismatch
    with pytest.raises(BlobMismatchError) as caught:
        await upload(session, spool, prepared, clock)
    assert permanent_failure(caught.value) is not None
    assert sum(isinstance(request, Upload) for request in session.asked) == 2


async def test_a_damaged_copy_is_not_uploaded_twice(
    relay: FakeRelay, spool: Spool, make_prepared: Make, clock: FakeClock
) -> None:
    prepared = make_prepared(SIX_PARTS)
    with spool.open(prepared.spool_name, writable=True) as file:
        file.write_part(2, bytes(PART_BYTES))
    session = FakeSession(relay)
    with pytest.raises(CorruptFileError, match="damaged") as caught:
        await upload(session, spool, prepared, clock)
    assert permanent_failure(caught.value) is not None
    assert len(session.parts_asked()) == 6


async def test_a_copy_that_is_gone_or_cut_is_said_before_asking(
    relay: FakeRelay, spool: Spool, make_prepared: Make, clock: FakeClock
) -> None:
    prepared = make_prepared(SIX_PARTS)
    session = FakeSession(relay)
    path = spool.folder / prepared.spool_name
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(CorruptFileError):
        await upload(session, spool, prepared, clock)
    path.unlink()
    with pytest.raises(CorruptFileError):
        await upload(session, spool, prepared, clock)
    assert session.asked == []


async def test_a_relay_that_forgets_meanwhile_gets_it_again(
    relay: FakeRelay, spool: Spool, make_prepared: Make, clock: FakeClock
) -> None:
    prepared = make_prepared(SIX_PARTS)
    session, log = FakeSession(relay), ProgressLog()
    forgets = iter([True])

    def forget(request: Frame) -> None:
        if isinstance(request, Part) and request.index == 4 and next(forgets, False):
            relay.blobs.clear()

    session.trouble = forget
    await upload(session, spool, prepared, clock, log)
    assert stored_bytes(relay, prepared) == (spool.folder / prepared.spool_name).read_bytes()
    log.assert_monotone_to(len(SIX_PARTS))


async def test_a_relay_that_takes_everything_and_keeps_nothing_is_left(
    relay: FakeRelay, spool: Spool, make_prepared: Make, clock: FakeClock
) -> None:
    session = FakeSession(relay)

    def lie(request: Frame) -> Frame | None:
        return Done(request.request_id) if isinstance(request, Part) else None

    session.trouble = lie
    with pytest.raises(RemoteProtocolError):
        await upload(session, spool, make_prepared(SIX_PARTS), clock)
    assert len(session.parts_asked()) == 6


async def test_a_relay_that_has_all_and_is_never_complete_is_left(
    relay: FakeRelay, spool: Spool, make_prepared: Make, clock: FakeClock
) -> None:
    session = FakeSession(relay)

    def lie(request: Frame) -> Frame | None:
        return UploadState(request.request_id, b"\xff", 0, 1)

    session.trouble = lie
    with pytest.raises(RemoteProtocolError):
        await upload(session, spool, make_prepared(SIX_PARTS), clock)


async def test_the_lost_last_answer_is_asked_for(
    relay: FakeRelay, spool: Spool, make_prepared: Make, clock: FakeClock
) -> None:
    prepared = make_prepared(SIX_PARTS)
    session = FakeSession(relay)

    def plain(request: Frame) -> Frame | None:
        if not isinstance(request, Part):
            return None
        relay.answer(request)
        return Done(request.request_id)

    session.trouble = plain
    assert await upload(session, spool, prepared, clock) == LIFE_MS
    assert sum(isinstance(request, Upload) for request in session.asked) == 2


@pytest.mark.parametrize(
    ("error", "permanent"),
    [
        (PayloadTooLargeError(), True),
        (UnsupportedError(), True),
        (BlobMismatchError(), True),
        (CorruptFileError(), True),
        (RelayFullError(), False),
        (NotFoundError(), False),
        (ConnectionClosedError(), False),
    ],
)
def test_which_failures_are_final(error: WhisprError, permanent: bool) -> None:
    assert (permanent_failure(error) is not None) is permanent


async def test_the_relay_is_told_no_secret(
    relay: FakeRelay, spool: Spool, make_prepared: Make, clock: FakeClock
) -> None:
    """Nothing that the relay is told holds the key, the token or the name."""
    prepared = make_prepared(SIX_PARTS)
    prepared = replace(prepared, attachment=replace(prepared.attachment, name="Secret plan.pdf"))
    session = FakeSession(relay)
    await upload(session, spool, prepared, clock)
    told = repr(session.asked).encode() + b"".join(
        value
        for request in session.asked
        for name, _ in request.constraints
        if isinstance(value := getattr(request, name), bytes)
    )
    for secret in (prepared.attachment.key, prepared.attachment.token, b"Secret plan"):
        assert secret not in told
