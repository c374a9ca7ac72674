"""Downloads: whole, resumed at any part, and every way in which relay, sender or disk may cheat."""

from __future__ import annotations

import tracemalloc
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from tests.client.files.files_kit import (
    LIFE_MS,
    MAILBOX,
    FakeClock,
    FakeRelay,
    FakeSession,
    MemoryRecord,
    ProgressLog,
    some_bytes,
)
from whispr.client.content import Attachment
from whispr.client.crypto.attachment_header import CHUNK_BYTES
from whispr.client.files.download import RECORD_EVERY_PARTS, Downloader
from whispr.client.files.incoming import STORED, DownloadLimits, DownloadOutcome
from whispr.client.files.outgoing import PreparedFile
from whispr.client.files.patience import ATTEMPTS
from whispr.client.files.reading import open_stored
from whispr.client.files.spool import Spool, SpoolFile
from whispr.client.files.upload import Uploader
from whispr.client.store.attachment import AttachmentState
from whispr.errors import (
    ConnectionClosedError,
    CorruptFileError,
    NotFoundError,
    RateLimitedError,
    RemoteProtocolError,
    StorageError,
)
from whispr.protocol.blob import part_count
from whispr.protocol.frames import BlobInfo, Download, GetPart, PartData
from whispr.protocol.limits import PART_BYTES
from whispr.protocol.schema import Frame

Offer = Callable[[bytes], Awaitable[Attachment]]
SIX_PARTS = some_bytes(5 * CHUNK_BYTES + 100)
FAILED, REFUSED, GONE = AttachmentState.FAILED, AttachmentState.REFUSED, AttachmentState.GONE


@pytest.fixture
def record() -> MemoryRecord:
    return MemoryRecord()


@pytest.fixture
async def offer(
    relay: FakeRelay, spool: Spool, make_prepared: Callable[[bytes], PreparedFile], clock: FakeClock
) -> Offer:
    async def make(data: bytes) -> Attachment:
        prepared = make_prepared(data)
        uploader = Uploader(FakeSession(relay), spool, clock=clock)
        await uploader.upload(prepared.attachment, prepared.spool_name, MAILBOX)
        return prepared.attachment

    return make


class Recipient:
    """Downloads into a spool and looks at what came."""

    def __init__(self, spool: Spool, clock: FakeClock, record: MemoryRecord) -> None:
        self.spool = spool
        self.clock = clock
        self.record = record
        self.log = ProgressLog()
        self.limits = DownloadLimits()

    async def download(self, session: FakeSession, attachment: Attachment) -> DownloadOutcome:
        return await Downloader(session, self.spool, clock=self.clock).download(
            attachment, self.record, limits=self.limits, progress=self.log
        )

    def content(self, attachment: Attachment) -> bytes:
        return b"".join(open_stored(self.spool, self.record.spool_name, attachment))


@pytest.fixture
def recipient(other_spool: Spool, clock: FakeClock, record: MemoryRecord) -> Recipient:
    return Recipient(other_spool, clock, record)


@pytest.mark.parametrize(
    "size_bytes", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 9_000_000]
)
async def test_the_file_arrives_whole(
    relay: FakeRelay, offer: Offer, recipient: Recipient, size_bytes: int
) -> None:
    data = some_bytes(size_bytes)
    attachment = await offer(data)
    session = FakeSession(relay)
    assert await recipient.download(session, attachment) == STORED
    assert recipient.content(attachment) == data
    recipient.log.assert_monotone_to(size_bytes)
    assert len(session.parts_asked()) == len(set(session.parts_asked()))


async def test_several_parts_are_under_way_and_few_records_are_written(
    relay: FakeRelay, offer: Offer, recipient: Recipient
) -> None:
    attachment = await offer(some_bytes(3_000_000))
    session = FakeSession(relay)
    await recipient.download(session, attachment)
    parts = len(session.parts_asked())
    assert 3 < session.most_under_way <= 16
    assert recipient.record.parts == set(range(parts))
    assert recipient.record.writes == -(-parts // RECORD_EVERY_PARTS)
    assert recipient.record.done_bytes[-1] == 3_000_000


async def test_at_rest_it_is_the_ciphertext_and_nothing_else(
    relay: FakeRelay, offer: Offer, recipient: Recipient
) -> None:
    text = b"Meet me where the old oak stands. " * 5000
    attachment = await offer(text)
    await recipient.download(FakeSession(relay), attachment)
    files = list(recipient.spool.folder.iterdir())
    assert [file.name for file in files] == [recipient.record.spool_name]
    blob = relay.blobs[attachment.blob_id]
    assert files[0].read_bytes() == b"".join(blob.parts[index] for index in sorted(blob.parts))
    assert b"oak" not in files[0].read_bytes()


@pytest.mark.parametrize("cut_after", range(6))
async def test_resumes_after_a_cut_at_every_part(
    relay: FakeRelay, offer: Offer, recipient: Recipient, cut_after: int
) -> None:
    attachment = await offer(SIX_PARTS)
    first = FakeSession(relay, cut_after=cut_after)
    with pytest.raises(ConnectionClosedError):
        await recipient.download(first, attachment)
    assert len(recipient.record.parts) == cut_after
    second = FakeSession(relay)
    assert await recipient.download(second, attachment) == STORED
    assert set(second.parts_asked()).isdisjoint(first.parts_asked()[:cut_after])
    assert len(second.parts_asked()) == 6 - cut_after
    assert recipient.content(attachment) == SIX_PARTS
    assert len(list(recipient.spool.folder.iterdir())) == 1
    done = [entry[0] for entry in recipient.log.seen]
    assert done == sorted(done)


async def test_after_a_kill_only_unrecorded_parts_come_again(
    relay: FakeRelay, offer: Offer, recipient: Recipient, monkeypatch: pytest.MonkeyPatch
) -> None:
    attachment = await offer(some_bytes(40 * CHUNK_BYTES))
    with monkeypatch.context() as patch:
        patch.setattr("whispr.client.files.download._Fetch.remember", lambda self: None)
        with pytest.raises(ConnectionClosedError):
            await recipient.download(FakeSession(relay, cut_after=30), attachment)
    recipient.record.parts = set(range(RECORD_EVERY_PARTS))  # what was recorded before the kill
    session = FakeSession(relay)
    assert await recipient.download(session, attachment) == STORED
    count = part_count(attachment.blob_bytes)
    assert sorted(session.parts_asked()) == list(range(RECORD_EVERY_PARTS, count))


async def test_a_recorded_part_that_the_disk_lost_is_fetched_again(
    relay: FakeRelay, offer: Offer, recipient: Recipient
) -> None:
    attachment = await offer(SIX_PARTS)
    with pytest.raises(ConnectionClosedError):
        await recipient.download(FakeSession(relay, cut_after=4), attachment)
    recipient.record.parts = {0, 1, 2, 3}
    with recipient.spool.open(recipient.record.spool_name, writable=True) as file:
        file.write_part(2, bytes(PART_BYTES))
    session = FakeSession(relay)
    assert await recipient.download(session, attachment) == STORED
    assert sorted(session.parts_asked()) == [2, 4, 5]
    assert recipient.content(attachment) == SIX_PARTS


async def test_a_copy_that_somebody_deleted_begins_again(
    relay: FakeRelay, offer: Offer, recipient: Recipient
) -> None:
    attachment = await offer(SIX_PARTS)
    with pytest.raises(ConnectionClosedError):
        await recipient.download(FakeSession(relay, cut_after=4), attachment)
    recipient.spool.remove(recipient.record.spool_name)
    session = FakeSession(relay)
    assert await recipient.download(session, attachment) == STORED
    assert len(session.parts_asked()) == 6


async def test_a_disk_that_keeps_nothing_is_given_up(
    relay: FakeRelay, offer: Offer, recipient: Recipient, monkeypatch: pytest.MonkeyPatch
) -> None:
    attachment = await offer(SIX_PARTS)
    write_part = SpoolFile.write_part
    monkeypatch.setattr(
        SpoolFile, "write_part", lambda self, index, part: write_part(self, index, bytes(len(part)))
    )
    session = FakeSession(relay)
    with pytest.raises(CorruptFileError, match="does not stay"):
        await recipient.download(session, attachment)
    assert len(session.parts_asked()) == 12


async def test_what_is_complete_needs_no_relay(
    relay: FakeRelay, offer: Offer, recipient: Recipient
) -> None:
    attachment = await offer(SIX_PARTS)
    await recipient.download(FakeSession(relay), attachment)
    relay.blobs.clear()
    again = FakeSession(relay)
    assert await recipient.download(again, attachment) == STORED
    assert again.asked == []


async def test_a_record_of_parts_that_do_not_exist_is_ignored(
    relay: FakeRelay, offer: Offer, recipient: Recipient
) -> None:
    attachment = await offer(SIX_PARTS)
    with pytest.raises(ConnectionClosedError):
        await recipient.download(FakeSession(relay, cut_after=3), attachment)
    recipient.record.parts |= {6, 4095}
    assert await recipient.download(FakeSession(relay), attachment) == STORED
    assert recipient.log.seen[-1] == (len(SIX_PARTS), len(SIX_PARTS))
    assert recipient.content(attachment) == SIX_PARTS


async def test_a_file_that_expired_is_gone_and_comes_after_a_new_upload(
    relay: FakeRelay, offer: Offer, recipient: Recipient
) -> None:
    attachment = await offer(SIX_PARTS)
    with pytest.raises(ConnectionClosedError):
        await recipient.download(FakeSession(relay, cut_after=2), attachment)
    kept, relay.blobs = relay.blobs, {}
    outcome = await recipient.download(FakeSession(relay), attachment)
    assert outcome.state is GONE
    assert "sent again" in outcome.reason
    relay.blobs = kept
    session = FakeSession(relay)
    assert await recipient.download(session, attachment) == STORED
    assert len(session.parts_asked()) == 4


async def test_a_file_that_expires_meanwhile_is_gone(
    relay: FakeRelay, offer: Offer, recipient: Recipient
) -> None:
    attachment = await offer(SIX_PARTS)
    session = FakeSession(relay)

    def expire(request: Frame) -> None:
        if isinstance(request, GetPart) and request.index == 3:
            relay.blobs.clear()
            raise NotFoundError("expired")

    session.trouble = expire
    outcome = await recipient.download(session, attachment)
    assert outcome.state is GONE
    assert recipient.record.parts


async def test_a_wrong_token_is_gone(relay: FakeRelay, offer: Offer, recipient: Recipient) -> None:
    attachment = replace(await offer(SIX_PARTS), token=bytes(32))
    session = FakeSession(relay)
    assert (await recipient.download(session, attachment)).state is GONE
    assert session.parts_asked() == []


@pytest.mark.parametrize("how", ["tampered", "swapped", "cut", "of another file"])
async def test_a_part_that_does_not_open_is_never_written(
    relay: FakeRelay, offer: Offer, recipient: Recipient, how: str
) -> None:
    attachment = await offer(SIX_PARTS)
    other = await offer(SIX_PARTS)
    parts = relay.blobs[attachment.blob_id].parts
    whole = dict(parts)
    match how:
        case "tampered":
            parts[2] = whole[2][:-1] + bytes([whole[2][-1] ^ 1])
        case "swapped":
            parts[2], parts[3] = parts[3], parts[2]
        case "cut":
            parts[2] = whole[2][:-1]
        case "of another file":
            parts[2] = relay.blobs[other.blob_id].parts[2]
    outcome = await recipient.download(FakeSession(relay), attachment)
    assert outcome == DownloadOutcome(FAILED, "the file on the relay is damaged")
    assert 2 not in recipient.record.parts
    stored = (recipient.spool.folder / recipient.record.spool_name).read_bytes()
    assert parts[2][:1000] not in stored
    parts.update(whole)  # tried again, when all is well
    assert await recipient.download(FakeSession(relay), attachment) == STORED
    assert recipient.content(attachment) == SIX_PARTS


async def test_a_relay_that_answers_with_another_part_is_left(
    relay: FakeRelay, offer: Offer, recipient: Recipient
) -> None:
    attachment = await offer(SIX_PARTS)
    session = FakeSession(relay)

    def confuse(request: Frame) -> Frame | None:
        if not isinstance(request, GetPart) or request.index != 3:
            return None
        return PartData(request.request_id, 4, relay.blobs[attachment.blob_id].parts[4])

    session.trouble = confuse
    with pytest.raises(RemoteProtocolError):
        await recipient.download(session, attachment)


@pytest.mark.parametrize("wrong", ["size", "header"])
async def test_another_blob_than_described_fails_before_a_part(
    relay: FakeRelay, offer: Offer, recipient: Recipient, wrong: str
) -> None:
    attachment = await offer(SIX_PARTS)
    session = FakeSession(relay)

    def replace_info(request: Frame) -> Frame | None:
        if not isinstance(request, Download):
            return None
        size = attachment.blob_bytes + (wrong == "size")
        header = bytes(65) if wrong == "header" else attachment.header
        return BlobInfo(request.request_id, size, header, LIFE_MS)

    session.trouble = replace_info
    outcome = await recipient.download(session, attachment)
    assert outcome.state is FAILED
    assert session.parts_asked() == []


async def test_another_digest_than_described_fails_at_the_end(
    relay: FakeRelay, offer: Offer, recipient: Recipient
) -> None:
    attachment = replace(await offer(SIX_PARTS), file_sha256=bytes(32))
    outcome = await recipient.download(FakeSession(relay), attachment)
    assert outcome == DownloadOutcome(FAILED, "the file is not the one that was described")


async def test_what_is_over_the_limit_is_not_even_asked_for(
    relay: FakeRelay, offer: Offer, recipient: Recipient
) -> None:
    attachment = await offer(SIX_PARTS)
    recipient.limits = DownloadLimits(max_file_bytes=attachment.size_bytes - 1)
    session = FakeSession(relay)
    outcome = await recipient.download(session, attachment)
    assert outcome.state is REFUSED
    assert session.asked == []
    assert list(recipient.spool.folder.iterdir()) == []
    recipient.limits = DownloadLimits(max_file_bytes=attachment.size_bytes)
    assert await recipient.download(session, attachment) == STORED


async def test_waits_when_it_goes_too_fast(
    relay: FakeRelay, offer: Offer, recipient: Recipient, clock: FakeClock
) -> None:
    attachment = await offer(SIX_PARTS)
    session = FakeSession(relay)
    refusals = iter([RateLimitedError(retry_after_ms=700), RateLimitedError(retry_after_ms=900)])

    def limit(request: Frame) -> None:
        if isinstance(request, GetPart) and request.index == 3:
            for refusal in refusals:
                raise refusal

    session.trouble = limit
    assert await recipient.download(session, attachment) == STORED
    assert clock.slept == [0.7, 0.9]


async def test_patience_ends_without_progress(
    relay: FakeRelay, offer: Offer, recipient: Recipient, clock: FakeClock
) -> None:
    attachment = await offer(SIX_PARTS)
    session = FakeSession(relay)

    def limit(_request: Frame) -> None:
        raise RateLimitedError

    session.trouble = limit
    with pytest.raises(RateLimitedError):
        await recipient.download(session, attachment)
    assert len(clock.slept) == ATTEMPTS


async def test_a_full_disk_keeps_what_is_there(
    relay: FakeRelay, offer: Offer, recipient: Recipient, monkeypatch: pytest.MonkeyPatch
) -> None:
    attachment = await offer(SIX_PARTS)
    write_part = SpoolFile.write_part

    def full(self: SpoolFile, index: int, part: bytes) -> None:
        if index >= 3:
            raise StorageError("cannot store the file: No space left on device")
        write_part(self, index, part)

    with monkeypatch.context() as patch:
        patch.setattr(SpoolFile, "write_part", full)
        with pytest.raises(StorageError, match="No space left"):
            await recipient.download(FakeSession(relay), attachment)
    assert recipient.record.parts == {0, 1, 2}
    session = FakeSession(relay)
    assert await recipient.download(session, attachment) == STORED
    assert sorted(session.parts_asked()) == [3, 4, 5]


async def test_a_record_that_cannot_be_made_leaves_no_file(
    relay: FakeRelay, offer: Offer, recipient: Recipient, monkeypatch: pytest.MonkeyPatch
) -> None:
    attachment = await offer(SIX_PARTS)

    def fail(_spool_name: str) -> None:
        raise StorageError("the database is full")

    monkeypatch.setattr(recipient.record, "begin", fail)
    with pytest.raises(StorageError):
        await recipient.download(FakeSession(relay), attachment)
    assert list(recipient.spool.folder.iterdir()) == []


async def test_memory_stays_constant(relay: FakeRelay, offer: Offer, recipient: Recipient) -> None:
    attachment = await offer(some_bytes(9_000_000))
    session = FakeSession(relay)
    session.asked = Forgetful()
    tracemalloc.start()
    try:
        assert await recipient.download(session, attachment) == STORED
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak_bytes < 3_000_000


class Forgetful(list[Frame]):
    """A list that stays empty."""

    def append(self, _item: Frame) -> None:
        return
