"""Offers that make no sense are refused by numbers alone; the row in the database resumes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.client.files.files_kit import (
    MAILBOX,
    FakeClock,
    FakeRelay,
    FakeSession,
    some_bytes,
)
from whispr.client.content import Attachment
from whispr.client.crypto.attachment_header import CHUNK_BYTES
from whispr.client.files.download import Downloader
from whispr.client.files.incoming import (
    DEFAULT_MAX_BLOB_BYTES,
    STORED,
    AttachmentRow,
    DownloadLimits,
    offered_problem,
)
from whispr.client.files.outgoing import DEFAULT_MAX_FILE_BYTES, PreparedFile
from whispr.client.files.reading import open_stored
from whispr.client.files.spool import Spool
from whispr.client.files.upload import Uploader
from whispr.client.store.attachment import AttachmentState
from whispr.client.store.contacts import ContactState
from whispr.client.store.message import MessageKind
from whispr.client.store.profile_store import ProfileStore
from whispr.errors import ConnectionClosedError
from whispr.protocol.blob import part_count

Make = Callable[[bytes], PreparedFile]
LIMITS = DownloadLimits()
KEY = bytes(range(32))


@pytest.fixture
def attachment(make_prepared: Make) -> Attachment:
    return make_prepared(b"hello").attachment


def test_an_honest_offer_is_no_problem(attachment: Attachment) -> None:
    assert offered_problem(attachment, LIMITS) is None


@pytest.mark.parametrize(
    "change",
    [
        {"size_bytes": 2**64 - 1},
        {"size_bytes": DEFAULT_MAX_FILE_BYTES + 1},
        {"blob_bytes": 2**64 - 1},
        {"blob_bytes": DEFAULT_MAX_BLOB_BYTES + 1},
        {"blob_bytes": 0},
        {"blob_bytes": 273},
        {"size_bytes": 257},
        {"header": b""},
        {"header": bytes(65)},
        {"header": bytes(128)},
        {"key": bytes(32)},
    ],
)
def test_hostile_offers(attachment: Attachment, change: dict[str, object]) -> None:
    assert offered_problem(replace(attachment, **change), LIMITS)  # type: ignore[arg-type]


def test_limits_hold_on_both_sides(make_prepared: Make) -> None:
    attachment = make_prepared(some_bytes(20_000)).attachment
    exact = DownloadLimits(attachment.size_bytes, attachment.blob_bytes)
    assert offered_problem(attachment, exact) is None
    assert offered_problem(attachment, replace(exact, max_file_bytes=19_999)) is not None
    small_blob = replace(exact, max_blob_bytes=attachment.blob_bytes - 1)
    assert offered_problem(attachment, small_blob) is not None


def test_the_largest_file_fits_into_the_largest_blob(tmp_path: Path, make_prepared: Make) -> None:
    attachment = make_prepared(bytes(DEFAULT_MAX_FILE_BYTES)).attachment
    assert offered_problem(attachment, LIMITS) is None


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ProfileStore]:
    opened = ProfileStore.open(tmp_path / "profile.db", KEY, create=True)
    yield opened
    opened.close()


def offer(store: ProfileStore, attachment: Attachment) -> int:
    """The row of a message with that file; returns its message id."""
    contact = store.contacts.add(
        identity=bytes(32),
        name="Alice",
        card=b"card",
        card_version=1,
        device_key=bytes(32),
        mailbox=bytes(32),
        created_ms=1,
        state=ContactState.ACCEPTED,
    )
    with store.transaction():
        message = store.history.add_incoming(
            contact.contact_id,
            bytes(16),
            kind=MessageKind.ATTACHMENT,
            text="",
            sent_at_ms=1,
            stored_at_ms=2,
        )
        assert message is not None
        store.attachments.add(
            message.message_id,
            name=attachment.name,
            size_bytes=attachment.size_bytes,
            media_type=attachment.media_type,
            descriptor=attachment.encode(),
            blob_id=attachment.blob_id,
            state=AttachmentState.OFFERED,
        )
    return message.message_id


async def test_a_download_goes_on_after_the_database_was_opened_again(
    tmp_path: Path,
    store: ProfileStore,
    relay: FakeRelay,
    spool: Spool,
    other_spool: Spool,
    make_prepared: Make,
    clock: FakeClock,
) -> None:
    data = some_bytes(20 * CHUNK_BYTES)
    prepared = make_prepared(data)
    attachment = prepared.attachment
    await Uploader(FakeSession(relay), spool, clock=clock).upload(
        attachment, prepared.spool_name, MAILBOX
    )
    message_id = offer(store, attachment)
    with pytest.raises(ConnectionClosedError):
        await Downloader(FakeSession(relay, cut_after=18), other_spool, clock=clock).download(
            attachment, AttachmentRow(store, message_id)
        )
    store.close()

    reopened = ProfileStore.open(tmp_path / "profile.db", KEY)
    try:
        row = reopened.attachments.get(message_id)
        assert row is not None
        assert 0 < row.bytes_done < row.size_bytes
        assert other_spool.sweep(reopened.attachments.known_paths()) == 0
        session = FakeSession(relay)
        outcome = await Downloader(session, other_spool, clock=clock).download(
            attachment, AttachmentRow(reopened, message_id)
        )
        assert outcome == STORED
        assert sorted(session.parts_asked()) == list(range(18, part_count(attachment.blob_bytes)))
        row = reopened.attachments.get(message_id)
        assert row is not None
        assert row.bytes_done == row.size_bytes
        assert b"".join(open_stored(other_spool, row.local_path, attachment)) == data
    finally:
        reopened.close()


async def test_another_blob_of_the_sender_begins_from_nothing(
    store: ProfileStore,
    relay: FakeRelay,
    spool: Spool,
    other_spool: Spool,
    make_prepared: Make,
    clock: FakeClock,
) -> None:
    first, second = make_prepared(some_bytes(3 * CHUNK_BYTES)), make_prepared(b"short")
    for prepared in (first, second):
        await Uploader(FakeSession(relay), spool, clock=clock).upload(
            prepared.attachment, prepared.spool_name, MAILBOX
        )
    message_id = offer(store, first.attachment)
    row = AttachmentRow(store, message_id)
    with pytest.raises(ConnectionClosedError):
        await Downloader(FakeSession(relay, cut_after=2), other_spool, clock=clock).download(
            first.attachment, row
        )
    new = second.attachment
    store.attachments.restart(message_id, descriptor=new.encode(), blob_id=new.blob_id)
    outcome = await Downloader(FakeSession(relay), other_spool, clock=clock).download(new, row)
    assert outcome == STORED
    assert b"".join(open_stored(other_spool, row.spool_name, new)) == b"short"
    assert [path.stat().st_size for path in other_spool.folder.iterdir()] == [new.blob_bytes]


def test_a_row_that_was_wiped_meanwhile_takes_no_record(
    store: ProfileStore, attachment: Attachment
) -> None:
    message_id = offer(store, attachment)
    row = AttachmentRow(store, message_id)
    row.begin("a" * 32)
    row.record([0], done_bytes=5)
    assert (row.spool_name, row.received()) == ("a" * 32, frozenset({0}))
    store.history.delete_message(message_id)
    row.record([1], done_bytes=5)
    assert row.spool_name == ""
