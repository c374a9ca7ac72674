"""A file is on the contact's relay before its message; every refusal leads to the right thing."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.client.fake_clock import settle
from tests.client.fake_relay import eventually
from tests.client.files.files_kit import FakeRelay
from tests.client.kit import Scene, card_of, material
from tests.client.sending_kit import (
    LIFE_MS,
    OTHER_RELAY,
    CountedQueries,
    Desk,
    Network,
    accept,
    move,
    sender_of,
)
from whispr import errors
from whispr.client.events import TransferProgress
from whispr.client.files.outgoing import prepare_blocking
from whispr.client.files.spool import Spool
from whispr.client.store.attachment import AttachmentState
from whispr.client.store.message import Fate, Message
from whispr.client.transfers import Transfers
from whispr.client.uploads import LONGEST_RETRY_MS, MAX_UPLOADS, RETRY_MS
from whispr.errors import WhisprError
from whispr.protocol import frames
from whispr.protocol.schema import Frame


def keeps_files(network: Network, relay: FakeRelay) -> None:
    """Every relay of this network has the same files."""

    def answer(frame: Frame) -> Frame | Exception | None:
        if isinstance(frame, frames.Upload | frames.Part | frames.Download | frames.GetPart):
            try:
                return relay.answer(frame)
            except WhisprError as error:
                return error
        return accept(frame)

    network.answer = answer


class Files:
    """Alice's desk with real uploads."""

    def __init__(self, desk: Desk, people: Scene, folder: Path) -> None:
        self.desk, self.alice, self.bob, self._folder = desk, people.alice, people.bob, folder
        self.relay = FakeRelay()
        keeps_files(desk.network, self.relay)
        self.spool = Spool(people.alice.profile.paths.files)
        desk.links.start()
        alice = people.alice
        self.transfers = Transfers(
            *(alice.core, desk.links, alice.outgoing, self.spool, desk.sender.wake)
        )
        self.sender = desk.sender = sender_of(alice, desk.links, self.transfers.uploads)
        desk.mail.reached = desk.sender.wake
        self.sender.start()

    def send(self, size: int = 100_000) -> Message:
        source = self._folder / "plans.bin"
        source.write_bytes(os.urandom(size))
        prepared = prepare_blocking(self.spool, source)
        message = self.alice.outgoing.file(self.alice.contact(self.bob), prepared)
        self.sender.wake()
        return message

    def refusing(self, error: Exception, *, until: bool = False) -> None:
        def answer(frame: Frame) -> Frame | Exception | None:
            return error if isinstance(frame, frames.Upload) else accept(frame)

        self.desk.network.answer = answer

    def state(self, message: Message) -> AttachmentState:
        known = self.alice.store.attachments.get(message.message_id)
        assert known is not None
        return known.state

    @property
    def asked(self) -> int:
        """How often a relay was asked for a file."""
        sessions = [session for link in self.desk.network.links for session in link.sessions]
        return sum(len(session.of(frames.Upload)) for session in sessions)

    async def fate(self, message: Message, wanted: Fate) -> None:
        await eventually(lambda: self.desk.fate(message.message_id) is wanted)

    async def close(self) -> None:
        await self.sender.stop()
        await self.transfers.stop()


@pytest.fixture
async def files(desk: Desk, people: Scene, tmp_path: Path) -> AsyncIterator[Files]:
    made = Files(desk, people, tmp_path)
    yield made
    await made.close()


async def test_file_is_whole_on_the_relay_before_its_message(files: Files) -> None:
    whole: list[bool] = []

    def look(frame: Frame) -> None:
        if isinstance(frame, frames.Send):
            whole.append(all(blob.complete for blob in files.relay.blobs.values()))

    files.desk.network.before_each = look
    message = files.send()
    await files.fate(message, Fate.ACCEPTED)
    assert whole == [True] and len(files.relay.blobs) == 1
    assert files.state(message) is AttachmentState.UPLOADED
    progress = [one for one in files.alice.events if isinstance(one, TransferProgress)]
    assert progress[-1].done_bytes == progress[-1].total_bytes == 100_000
    assert not progress[-1].incoming


async def test_relay_is_asked_again_before_the_message_is_sent_again(files: Files) -> None:
    message = files.send()
    await files.fate(message, Fate.ACCEPTED)
    assert files.asked == 1
    await files.desk.clock.advance(LIFE_MS / 1000 + 50)
    await eventually(lambda: len(files.desk.session.sends) == 2)
    assert files.asked == 2


async def test_sent_means_that_the_relay_is_asked_again_however_soon(files: Files) -> None:
    message = files.send()
    await files.fate(message, Fate.ACCEPTED)
    (row,) = files.desk.rows()
    assert not files.transfers.uploads.is_ready(row)
    await files.desk.clock.advance(1)
    assert files.desk.person.store.outbox.record_evicted(
        files.desk.network.sent[0].envelope_id, files.alice.core.now_ms()
    )
    files.sender.wake()
    await eventually(lambda: len(files.desk.session.sends) == 2)
    assert files.asked == 2


async def test_file_that_the_relay_forgot_is_brought_again(files: Files) -> None:
    message = files.send()
    await files.fate(message, Fate.ACCEPTED)
    files.relay.blobs.clear()
    await files.desk.clock.advance(LIFE_MS / 1000 + 50)
    await eventually(lambda: len(files.desk.session.sends) == 2)
    assert [blob.complete for blob in files.relay.blobs.values()] == [True]
    assert files.state(message) is AttachmentState.UPLOADED


async def test_upload_is_asked_again_when_its_message_is_held_up_for_long(files: Files) -> None:
    message = files.send()
    full = True

    def answer(frame: Frame) -> Frame | Exception | None:
        if isinstance(frame, frames.Send):
            full_error = errors.MailboxFullError("full", retry_after_ms=15_000)
            return full_error if full else accept(frame)
        return files.relay.answer(frame)

    files.desk.network.answer = answer
    for _ in range(5):
        await files.desk.clock.advance(15)
        await eventually(lambda: not files.transfers.uploads._under_way)
    assert files.asked == 3, "each answer counts for half of the life that it promised"
    full = False
    await files.desk.clock.advance(16)
    await files.fate(message, Fate.ACCEPTED)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (errors.PayloadTooLargeError("no"), "the file is larger than their relay takes"),
        (errors.UnsupportedError("no"), "their relay takes no files"),
    ],
)
async def test_refusal_for_good(files: Files, error: errors.RelayError, reason: str) -> None:
    files.refusing(error)
    message = files.send()
    await files.fate(message, Fate.FAILED)
    assert files.desk.reason(message.message_id) == reason
    assert files.state(message) is AttachmentState.FAILED
    assert files.desk.rows() == [] and files.desk.session.sends == []


async def test_spooled_copy_that_is_gone_has_failed(files: Files) -> None:
    for path in files.alice.profile.paths.files.iterdir():
        path.unlink()
    message = files.send()
    for path in files.alice.profile.paths.files.iterdir():
        path.unlink()
    await files.fate(message, Fate.FAILED)
    assert files.state(message) is AttachmentState.FAILED


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (errors.RelayFullError("full"), RETRY_MS / 1000),
        (errors.RelayFullError("full", retry_after_ms=20_000), 20),
        (errors.RelayFullError("full", retry_after_ms=0xFFFF_FFFF), LONGEST_RETRY_MS / 1000),
        (errors.ConnectionClosedError("gone"), RETRY_MS / 1000),
        (errors.RequestTimeoutError("late"), RETRY_MS / 1000),
        (errors.RemoteProtocolError("nonsense"), RETRY_MS / 1000),
    ],
)
async def test_trouble_that_passes_is_waited_for_and_texts_go_on(
    files: Files, error: Exception, seconds: float
) -> None:
    files.refusing(error)
    message = files.send()
    await settle()
    (text,) = files.desk.write(files.bob, "meanwhile")
    await settle()
    assert files.desk.fate(text) is Fate.ACCEPTED
    assert files.asked == 1 and files.desk.fate(message.message_id) is Fate.QUEUED
    keeps_files(files.desk.network, files.relay)
    await files.desk.clock.advance(seconds - 0.5)
    assert files.asked == 1
    await files.desk.clock.advance(1)
    await files.fate(message, Fate.ACCEPTED)


async def test_file_whose_message_was_refused_before_holds_up_no_text(files: Files) -> None:
    """Its row waits in front of later contents as long as its message, not its file, is refused."""
    message = files.send()
    (row,) = files.desk.rows()
    files.alice.store.outbox.record_refused(row.outbox_id, files.alice.core.now_ms())
    files.refusing(errors.RelayFullError("full", retry_after_ms=600_000))
    await settle()
    (text,) = files.desk.write(files.bob, "meanwhile")
    await settle()
    assert files.desk.fate(text) is Fate.ACCEPTED
    assert files.desk.fate(message.message_id) is Fate.QUEUED


async def test_relay_that_refuses_us_makes_nobody_run_in_circles(files: Files) -> None:
    files.desk.network.up = False
    files.desk.own.lose()
    files.desk.own.refuse("the relay is private")
    files.send()
    await settle()
    asked = files.desk.own.asked_online
    with CountedQueries(files.alice).counting() as queries:
        await files.desk.clock.advance(600)
    assert files.desk.own.asked_online - asked <= 600_000 / RETRY_MS
    assert queries.count <= 600_000 / RETRY_MS * 40


async def test_defect_in_an_upload_is_told_and_not_met_again_at_once(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decode(data: bytes) -> object:
        raise ValueError("a value")

    with monkeypatch.context() as patched:
        patched.setattr("whispr.client.uploads.decode_attachment", decode)
        message = files.send()
        await settle()
        await files.desk.clock.advance(600)
        assert files.alice.counts == {"failed: upload": 1}
        assert files.alice.event_types()["PartFailed"] == 1
    await files.desk.clock.advance(301)
    await files.fate(message, Fate.ACCEPTED)


async def test_connection_lost_resumes_with_what_is_missing(files: Files) -> None:
    parts = 0

    def answer(frame: Frame) -> Frame | Exception | None:
        nonlocal parts
        if isinstance(frame, frames.Part):
            parts += 1
            if parts == 4:
                files.desk.own.lose()
                return None
        return files.relay.answer(frame) if not isinstance(frame, frames.Send) else accept(frame)

    files.desk.network.answer = answer
    message = files.send(500_000)
    await eventually(lambda: parts >= 4)
    await settle()
    assert files.desk.fate(message.message_id) is Fate.QUEUED
    files.desk.own.connect()
    await files.desk.clock.advance(RETRY_MS / 1000 + 1)
    await files.fate(message, Fate.ACCEPTED)
    assert len(files.desk.session.of(frames.Part)) < 9


async def test_two_at_a_time_to_one_relay(files: Files) -> None:
    files.desk.network.answer = lambda frame: None
    for _ in range(5):
        files.send(1000)
    await settle()
    assert files.asked == MAX_UPLOADS


async def test_file_goes_to_where_the_contact_moved_meanwhile(files: Files) -> None:
    held: list[Frame] = []

    def answer(frame: Frame) -> Frame | Exception | None:
        if isinstance(frame, frames.Part) and not held:
            held.append(frame)
            card = card_of(material("Bob", device=2, relay=OTHER_RELAY), relay=OTHER_RELAY)
            move(files.alice, files.alice.contact(files.bob), card)
        return files.relay.answer(frame) if not isinstance(frame, frames.Send) else accept(frame)

    files.desk.network.answer = answer
    message = files.send()
    await files.fate(message, Fate.ACCEPTED)
    assert files.desk.session.sends == []
    there = files.desk.network.to(OTHER_RELAY).fake_session
    assert there is not None
    assert len(there.of(frames.Upload)) == 1 and len(there.sends) == 1


async def test_file_of_a_wiped_message_is_given_up(files: Files) -> None:
    files.desk.network.answer = lambda frame: None
    message = files.send()
    await settle()
    files.alice.store.history.delete_message(message.message_id)
    files.desk.own.lose()
    await settle()
    assert files.alice.counts == {} and files.desk.rows() == []
    assert files.transfers.uploads._ready == {}


async def test_what_a_relay_forgot_is_asked_again(files: Files) -> None:
    files.desk.network.answer = lambda frame: (
        None if isinstance(frame, frames.Send) else files.relay.answer(frame)
    )
    files.send()
    await eventually(lambda: len(files.desk.session.sends) == 1)
    (row,) = files.desk.rows()
    assert files.transfers.uploads.is_ready(row)
    files.transfers.uploads.forgotten()
    assert not files.transfers.uploads.is_ready(row)


async def test_connections_that_are_over_are_not_kept(files: Files) -> None:
    for _ in range(3):
        message = files.send(1000)
        await files.fate(message, Fate.ACCEPTED)
        files.desk.own.lose()
        files.desk.own.connect()
    assert len(files.transfers.uploads._uploaders) == 1
