"""Both directions behind one door, and the files on this disk."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.client.fake_clock import settle
from tests.client.kit import Scene
from tests.client.sending_kit import Desk, accept
from whispr.client.events import TransferProgress
from whispr.client.files.outgoing import prepare_blocking
from whispr.client.files.spool import Spool
from whispr.client.store.message import Direction, Message
from whispr.client.transfers import Transfers
from whispr.protocol import frames
from whispr.protocol.schema import Frame


@pytest.fixture
async def transfers(desk: Desk, people: Scene) -> AsyncIterator[Transfers]:
    desk.links.start()
    alice = people.alice
    spool = Spool(alice.profile.paths.files)
    made = Transfers(alice.core, desk.links, alice.outgoing, spool, desk.sender.wake)
    yield made
    await made.stop()


def send_file(transfers: Transfers, people: Scene, folder: Path) -> Message:
    source = folder / "plans.bin"
    source.write_bytes(b"plans")
    prepared = prepare_blocking(transfers.spool, source)
    return people.alice.outgoing.file(people.alice.contact(people.bob), prepared)


def names(transfers: Transfers, people: Scene) -> list[str]:
    return sorted(path.name for path in people.alice.profile.paths.files.iterdir())


async def test_start_removes_what_no_message_names(
    transfers: Transfers, people: Scene, tmp_path: Path
) -> None:
    kept = send_file(transfers, people, tmp_path)
    with transfers.spool.create() as leftover:
        leftover.write_part(0, b"half")
    assert len(names(transfers, people)) == 2
    transfers.start()
    known = people.alice.store.attachments.get(kept.message_id)
    assert known is not None and names(transfers, people) == [known.spool_path]


async def test_files_of_wiped_messages_go(
    transfers: Transfers, people: Scene, tmp_path: Path
) -> None:
    message = send_file(transfers, people, tmp_path)
    people.alice.store.history.delete_message(message.message_id)
    transfers.remove_discarded()
    assert names(transfers, people) == []


@pytest.mark.parametrize("incoming", [False, True])
async def test_progress_says_which_way(
    transfers: Transfers, people: Scene, tmp_path: Path, incoming: bool
) -> None:
    message = send_file(transfers, people, tmp_path)
    known = people.alice.store.attachments.get(message.message_id)
    assert known is not None
    if incoming:
        known = dataclasses.replace(known, direction=Direction.IN)
    transfers._progress(known)(2, 5)
    contact_id = people.alice.contact(people.bob).contact_id
    expected = TransferProgress(message.message_id, contact_id, 2, 5, incoming)
    assert people.alice.events[-1] == expected


async def test_stop_leaves_no_task(
    transfers: Transfers, desk: Desk, people: Scene, tmp_path: Path
) -> None:
    desk.network.answer = lambda frame: None
    send_file(transfers, people, tmp_path)
    (row,) = desk.rows()
    done: list[bool] = []
    contact = people.alice.contact(people.bob)
    transfers.uploads.ensure(row, contact, lambda: done.append(True))
    transfers.uploads.ensure(row, contact, lambda: done.append(True))
    await settle()
    await transfers.stop()
    assert done == [True], "one upload, which is over"


async def test_an_upload_stops_when_its_message_is_deleted(
    transfers: Transfers, people: Scene, desk: Desk, tmp_path: Path
) -> None:
    message = send_file(transfers, people, tmp_path)
    store = people.alice.store
    (row,) = store.outbox.pending()
    came: list[str] = []

    def silent(frame: Frame) -> Frame | None:
        return None if isinstance(frame, frames.Upload) else accept(frame)

    desk.network.answer = silent
    transfers.uploads.ensure(row, store.contacts.get(row.contact_id), lambda: came.append("then"))
    await settle()
    assert came == []
    store.history.delete_message(message.message_id)
    transfers.deleted(message.contact_id, message.content_id)
    await settle()
    assert came == ["then"] and names(transfers, people) == []


async def test_the_upload_of_another_message_goes_on(
    transfers: Transfers, people: Scene, desk: Desk, tmp_path: Path
) -> None:
    message = send_file(transfers, people, tmp_path)
    (row,) = people.alice.store.outbox.pending()
    desk.network.answer = lambda frame: None if isinstance(frame, frames.Upload) else accept(frame)
    came: list[str] = []
    contact = people.alice.store.contacts.get(row.contact_id)
    transfers.uploads.ensure(row, contact, lambda: came.append("then"))
    await settle()
    transfers.deleted(message.contact_id, bytes(32))
    transfers.deleted(message.contact_id + 1)
    await settle()
    assert came == []
