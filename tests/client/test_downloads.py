"""Offered files come by themselves, two at a time, and are confirmed when they are here."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.client.fake_clock import settle
from tests.client.fake_relay import eventually
from tests.client.files.files_kit import FakeRelay, FakeSession
from tests.client.kit import Scene, sealed
from tests.client.sending_kit import OTHER_RELAY, Desk, accept
from whispr import errors
from whispr.client.clock import SystemClock
from whispr.client.content import ContentType, decode_content, decode_receipt
from whispr.client.downloads import (
    CANCELLED,
    FIRST_RETRY_SECONDS,
    LONGEST_RETRY_SECONDS,
    MAX_DOWNLOADS,
)
from whispr.client.events import AttachmentFailed, AttachmentStored
from whispr.client.files.outgoing import prepare_blocking
from whispr.client.files.spool import Spool
from whispr.client.files.upload import Uploader
from whispr.client.store.attachment import AttachmentState
from whispr.client.store.contacts import ContactState
from whispr.client.store.message import Direction
from whispr.client.store.outbox_row import OutboxKind
from whispr.client.store.settings import AUTO_DOWNLOAD
from whispr.client.transfers import Transfers
from whispr.errors import NotFoundError, WhisprError
from whispr.protocol import frames
from whispr.protocol.schema import Frame


class Files:
    """Bob has sent files; Alice's desk fetches them."""

    def __init__(self, desk: Desk, people: Scene, folder: Path) -> None:
        self.desk, self.alice, self.bob, self._folder = desk, people.alice, people.bob, folder
        self.relay = FakeRelay()
        self.trouble: Exception | None = None
        self.silent = False
        self.changed = 0
        desk.network.answer = self.answer
        desk.links.start()
        self.spool = Spool(people.alice.profile.paths.files)
        self.transfers = Transfers(
            people.alice.core, desk.links, people.alice.outgoing, self.spool, self.outbox_changed
        )

    def outbox_changed(self) -> None:
        self.changed += 1

    def answer(self, frame: Frame) -> Frame | Exception | None:
        if not isinstance(frame, frames.Download | frames.GetPart):
            return accept(frame)
        if self.silent:
            return None
        try:
            return self.trouble or self.relay.answer(frame)
        except WhisprError as error:
            return error

    async def offer(self, size: int = 100_000) -> int:
        """Bob uploads a file and describes it; returns the id of Alice's message."""
        source = self._folder / "plans.bin"
        source.write_bytes(os.urandom(size))
        spool = Spool(self.bob.profile.paths.files)
        prepared = prepare_blocking(spool, source)
        uploader = Uploader(FakeSession(self.relay), spool, clock=SystemClock())
        await uploader.upload(prepared.attachment, prepared.spool_name, bytes(32))
        self.content = self.bob.content(ContentType.ATTACHMENT, prepared.attachment.encode())
        self.arrive()
        return self.alice.reactions.offered[-1]

    def arrive(self) -> None:
        """The message that describes the last file comes, perhaps again."""
        self.alice.receive(sealed(self.bob, self.alice, self.content))

    def state(self, message_id: int) -> AttachmentState:
        known = self.alice.store.attachments.get(message_id)
        assert known is not None
        return known.state

    async def reaches(self, message_id: int, wanted: AttachmentState) -> None:
        await eventually(lambda: self.state(message_id) is wanted)
        await settle()

    @property
    def receipts(self) -> list[bytes]:
        rows = self.alice.store.outbox.pending()
        return [
            content_id
            for row in rows
            if row.kind is OutboxKind.RECEIPT
            for content_id in decode_receipt(decode_content(row.content).body).content_ids
        ]

    @property
    def reasons(self) -> list[str]:
        events = self.alice.events
        return [event.reason for event in events if isinstance(event, AttachmentFailed)]

    def asked(self, frame_type: type[Frame] = frames.Download) -> int:
        return sum(len(session.of(frame_type)) for session in self.desk.own.sessions)


@pytest.fixture
async def files(desk: Desk, people: Scene, tmp_path: Path) -> AsyncIterator[Files]:
    made = Files(desk, people, tmp_path)
    yield made
    await made.transfers.stop()


async def test_offered_file_comes_by_itself_and_is_confirmed_when_it_is_here(
    files: Files,
) -> None:
    message_id = await files.offer()
    assert files.receipts == [], "not before"
    files.transfers.offered(message_id)
    await files.reaches(message_id, AttachmentState.STORED)
    assert files.receipts == [files.content.content_id] and files.changed == 1
    (stored,) = [event for event in files.alice.events if isinstance(event, AttachmentStored)]
    assert (stored.message_id, stored.name) == (message_id, "plans.bin")


async def test_setting_off_fetches_what_the_person_asks_for_only(files: Files) -> None:
    files.alice.store.settings.set(AUTO_DOWNLOAD, False)
    message_id = await files.offer()
    files.transfers.offered(message_id)
    files.transfers.resume_downloads()
    await settle()
    assert files.asked() == 0
    files.transfers.fetch(message_id)
    await files.reaches(message_id, AttachmentState.STORED)


async def test_what_the_person_asked_for_is_resumed_with_the_setting_off(files: Files) -> None:
    files.alice.store.settings.set(AUTO_DOWNLOAD, False)
    message_id = await files.offer()
    files.silent = True
    files.transfers.fetch(message_id)
    await settle()
    await files.transfers.stop()
    files.silent = False
    files.transfers.resume_downloads()
    await files.reaches(message_id, AttachmentState.STORED)


async def test_what_a_former_process_left_is_resumed(files: Files) -> None:
    message_id = await files.offer()
    files.transfers.start()
    await files.reaches(message_id, AttachmentState.STORED)


async def test_two_at_a_time(files: Files) -> None:
    files.silent = True
    ids = [await files.offer(1000) for _ in range(4)]
    for message_id in ids:
        files.transfers.offered(message_id)
    await settle()
    assert files.asked() == MAX_DOWNLOADS
    files.silent = False
    files.desk.own.lose()
    files.desk.own.connect()
    await files.desk.clock.advance(FIRST_RETRY_SECONDS + 0.1)
    for message_id in ids:
        await files.reaches(message_id, AttachmentState.STORED)


async def test_offered_twice_is_fetched_once(files: Files) -> None:
    message_id = await files.offer()
    files.transfers.offered(message_id)
    files.transfers.offered(message_id)
    await files.reaches(message_id, AttachmentState.STORED)
    files.transfers.offered(message_id)
    await settle()
    assert files.asked() == 1


async def test_connection_lost_resumes_with_what_is_missing(files: Files) -> None:
    message_id = await files.offer(1_500_000)
    parts = 0
    whole = files.answer

    def answer(frame: Frame) -> Frame | Exception | None:
        nonlocal parts
        if isinstance(frame, frames.GetPart):
            parts += 1
            if parts == 20:
                files.desk.own.lose()
                return None
        return whole(frame)

    files.desk.network.answer = answer
    files.transfers.offered(message_id)
    await eventually(lambda: parts >= 20)
    await settle()
    before = parts
    files.desk.own.connect()
    await files.desk.clock.advance(FIRST_RETRY_SECONDS + 0.1)
    await files.reaches(message_id, AttachmentState.STORED)
    assert parts - before < 20, "most of the 23 parts were not fetched again"


async def test_file_that_is_gone_is_fetched_when_its_message_comes_again(files: Files) -> None:
    message_id = await files.offer()
    blobs, files.relay.blobs = files.relay.blobs, {}
    files.transfers.offered(message_id)
    for _ in range(12):
        await files.desk.clock.advance(60)
    await files.reaches(message_id, AttachmentState.GONE)
    assert files.receipts == [] and "no longer on the relay" in files.reasons[-1]
    files.relay.blobs = blobs
    files.arrive()
    assert files.alice.reactions.offered == [message_id, message_id]
    files.transfers.offered(message_id)
    await files.reaches(message_id, AttachmentState.STORED)
    assert files.receipts == [files.content.content_id]


@pytest.mark.parametrize(
    "trouble",
    [
        errors.RelayUnavailableError("no"),
        errors.RelayInternalError("no"),
        errors.RequestTimeoutError("late"),
        errors.RemoteProtocolError("nonsense"),
    ],
)
async def test_trouble_that_passes_is_tried_again_ever_more_rarely(
    files: Files, trouble: Exception
) -> None:
    message_id = await files.offer()
    files.trouble = trouble
    files.transfers.offered(message_id)
    await settle()
    assert files.asked() == 1
    await files.desk.clock.advance(FIRST_RETRY_SECONDS + 0.1)
    assert files.asked() == 2
    await files.desk.clock.advance(3600)
    assert files.asked() <= 3600 / LONGEST_RETRY_SECONDS + 8
    files.trouble = None
    await files.desk.clock.advance(LONGEST_RETRY_SECONDS)
    await files.reaches(message_id, AttachmentState.STORED)
    assert files.reasons == []


async def test_one_that_waits_for_its_next_try_gives_its_turn_away(files: Files) -> None:
    stuck = [await files.offer(1000) for _ in range(MAX_DOWNLOADS)]
    files.trouble = errors.RelayInternalError("no")
    for message_id in stuck:
        files.transfers.offered(message_id)
    await settle()
    files.trouble = None
    other = await files.offer(1000)
    files.transfers.offered(other)
    await files.reaches(other, AttachmentState.STORED)
    assert [files.state(message_id) for message_id in stuck] == [AttachmentState.DOWNLOADING] * 2


async def test_relay_without_files_has_failed(files: Files) -> None:
    message_id = await files.offer()
    files.trouble = errors.UnsupportedError("no")
    files.transfers.offered(message_id)
    await files.reaches(message_id, AttachmentState.FAILED)
    assert files.reasons == ["our relay keeps no files"]


async def test_file_at_the_former_relay_is_fetched_there(files: Files) -> None:
    own, links = files.alice.core.own_card, files.desk.links
    links.places.note_move(own.relay, OTHER_RELAY, files.alice.core.now_ms())
    own.move(OTHER_RELAY, files.alice.core.now_ms())
    links.move()
    await settle()
    message_id = await files.offer()
    new = files.desk.network.to(OTHER_RELAY).fake_session
    assert new is not None
    missing = [NotFoundError("no such file")] * 2

    def answer(frame: Frame) -> Frame | Exception | None:
        first = isinstance(frame, frames.Download) and missing
        return missing.pop() if first else files.answer(frame)

    files.desk.network.answer = answer
    files.desk.own.lose()
    files.transfers.offered(message_id)
    await settle()
    assert len(new.of(frames.Download)) == 1
    assert files.state(message_id) is AttachmentState.DOWNLOADING, "it may lie where nobody is"
    old = files.desk.own.connect()
    await files.alice.clock.advance(FIRST_RETRY_SECONDS)
    await files.reaches(message_id, AttachmentState.STORED)
    assert old.of(frames.GetPart) and not new.of(frames.GetPart)


async def test_full_disk_is_told_and_what_came_is_kept(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    message_id = await files.offer()

    def create(*_: object) -> object:
        raise errors.StorageError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(files.spool, "create", create)
        files.transfers.offered(message_id)
        await settle()
    assert files.reasons == ["the disk is full"]
    files.transfers.resume_downloads()
    await files.reaches(message_id, AttachmentState.STORED)


async def test_file_of_a_wiped_message_is_given_up(files: Files) -> None:
    message_id = await files.offer()
    files.silent = True
    files.transfers.offered(message_id)
    await settle()
    files.alice.store.history.delete_message(message_id)
    files.desk.own.lose()
    files.desk.own.connect()
    await files.desk.clock.advance(FIRST_RETRY_SECONDS + 0.1)
    assert files.asked() == 1 and files.alice.counts == {}


async def test_contact_who_was_blocked_meanwhile_gets_no_receipt(files: Files) -> None:
    message_id = await files.offer()
    bob = files.alice.contact(files.bob)
    files.transfers.offered(message_id)
    files.alice.store.contacts.set_state(bob.contact_id, ContactState.BLOCKED)
    await files.reaches(message_id, AttachmentState.STORED)
    assert files.receipts == []


async def test_own_file_is_never_fetched(files: Files, tmp_path: Path) -> None:
    """Its row names the ciphertext that may have to be uploaded again."""
    source = tmp_path / "mine.bin"
    source.write_bytes(b"mine")
    prepared = prepare_blocking(files.spool, source)
    message = files.alice.outgoing.file(files.alice.contact(files.bob), prepared)
    assert message.direction is Direction.OUT
    files.transfers.fetch(message.message_id)
    await settle()
    known = files.alice.store.attachments.get(message.message_id)
    assert known is not None and known.local_path == prepared.spool_name
    assert files.asked() == 0


async def test_unknown_message_is_ignored(files: Files) -> None:
    files.transfers.fetch(999)
    await settle()
    assert files.asked() == 0 and files.alice.counts == {}


async def test_defect_in_a_download_is_told_and_blocks_no_other(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [await files.offer(1000) for _ in range(3)]

    def decode(data: bytes) -> object:
        raise ValueError("a value")

    with monkeypatch.context() as patched:
        patched.setattr("whispr.client.downloads.decode_attachment", decode)
        for message_id in ids:
            files.transfers.offered(message_id)
        await settle()
    assert files.alice.counts == {"failed: download": 3}
    files.transfers.resume_downloads()
    for message_id in ids:
        await files.reaches(message_id, AttachmentState.STORED)


async def test_connections_that_are_over_are_not_kept(files: Files) -> None:
    for _ in range(3):
        message_id = await files.offer(1000)
        files.transfers.offered(message_id)
        await files.reaches(message_id, AttachmentState.STORED)
        files.desk.own.lose()
        files.desk.own.connect()
    assert len(files.transfers.downloads._downloaders) == 1


async def test_what_is_cancelled_stays_away_until_it_is_asked_for(files: Files) -> None:
    message_id = await files.offer()
    files.silent = True
    files.transfers.offered(message_id)
    await settle()
    assert files.transfers.cancel_download(message_id)
    assert files.state(message_id) is AttachmentState.REFUSED and files.reasons == [CANCELLED]
    files.silent = False
    files.transfers.resume_downloads()
    await settle()
    assert files.state(message_id) is AttachmentState.REFUSED and files.receipts == []
    files.transfers.fetch(message_id)
    await files.reaches(message_id, AttachmentState.STORED)
    assert not files.transfers.cancel_download(message_id), "it is here"


async def test_cancelled_and_asked_for_at_once_comes(files: Files) -> None:
    message_id = await files.offer(1_500_000)
    files.silent = True
    files.transfers.offered(message_id)
    await settle()
    assert files.transfers.cancel_download(message_id)
    files.silent = False
    files.transfers.fetch(message_id)
    await files.reaches(message_id, AttachmentState.STORED)


async def test_a_cancelled_one_makes_room_for_the_next(files: Files) -> None:
    files.silent = True
    ids = [await files.offer(1000) for _ in range(MAX_DOWNLOADS + 1)]
    for message_id in ids:
        files.transfers.offered(message_id)
    await settle()
    files.silent = False
    files.transfers.cancel_download(ids[0])
    await files.reaches(ids[-1], AttachmentState.STORED)
