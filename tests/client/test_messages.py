from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.client.fake_engine import FakeEngine
from tests.client.kit import DAY_MS, Scene, send
from tests.client.test_receiver import damaged, owed
from whispr.client.content import ContentType, ReceiptKind, decode_receipt
from whispr.client.files.outgoing import prepare_blocking
from whispr.client.files.spool import Spool
from whispr.client.messages import Messages
from whispr.client.store.attachment import AttachmentState
from whispr.client.store.contacts import ContactState
from whispr.client.store.message import MessageKind
from whispr.client.store.outbox_row import OutboxKind
from whispr.client.store.settings import KEEP_HISTORY_DAYS, READ_RECEIPTS
from whispr.errors import FileTooLargeError, UserInputError


@pytest.fixture
def engine(people: Scene) -> FakeEngine:
    return FakeEngine(people.bob.outgoing, Spool(people.bob.profile.paths.files))


@pytest.fixture
def messages(people: Scene, engine: Any) -> Messages:
    """What Bob reads."""
    return Messages(people.bob.core, engine)


def read_ids(people: Scene) -> list[bytes]:
    found = [decode_receipt(content.body) for content in owed(people.bob, OutboxKind.RECEIPT)]
    return [
        content_id
        for receipt in found
        if receipt.kind is ReceiptKind.READ
        for content_id in receipt.content_ids
    ]


def test_pages_of_a_conversation(people: Scene, messages: Messages) -> None:
    for number in range(5):
        send(people.alice, people.bob, people.alice.content(body=b"text %d" % number))
    contact = people.bob.contact(people.alice)
    last = messages.conversation(contact, limit=2)
    assert [row.text for row in last] == ["text 3", "text 4"]
    before = messages.conversation(contact, before_id=last[0].message_id, limit=2)
    assert [row.text for row in before] == ["text 1", "text 2"]


async def test_search_finds_words_in_one_or_all_conversations(
    people: Scene, messages: Messages
) -> None:
    send(people.alice, people.bob, people.alice.content(body=b"the old mill"))
    assert len(await messages.search("mill old")) == 1
    assert len(await messages.search("mill", contact=people.bob.contact(people.alice))) == 1
    assert await messages.search("windmill") == ()


def test_what_is_read_is_told_only_if_the_person_wants_it(
    people: Scene, messages: Messages, engine: FakeEngine
) -> None:
    contact = people.bob.contact(people.alice)
    contents = [people.alice.content(body=b"%d" % number) for number in range(3)]
    send(people.alice, people.bob, contents[0])
    messages.mark_read(contact)
    assert people.bob.store.history.unread_counts() == {} and read_ids(people) == []
    people.bob.store.settings.set(READ_RECEIPTS, True)
    for content in contents[1:]:
        send(people.alice, people.bob, content)
    first_unread = messages.conversation(contact)[1]
    messages.mark_read(contact, first_unread.message_id)
    assert read_ids(people) == [contents[1].content_id]
    for _ in range(2):
        messages.mark_read(contact)
    assert read_ids(people) == [content.content_id for content in contents[1:]]
    assert engine.outbox_changes == 4


def test_no_receipt_for_a_stranger_a_notice_or_what_did_not_open(
    people: Scene, messages: Messages
) -> None:
    people.bob.store.settings.set(READ_RECEIPTS, True)
    send(people.mallory, people.bob, people.mallory.content(with_card=people.mallory.card))
    stranger = people.bob.contact(people.mallory)
    assert stranger.state is ContactState.REQUEST
    messages.mark_read(stranger)
    contact = people.bob.contact(people.alice)
    send(people.alice, people.bob, people.alice.content(), ciphertext=damaged)
    people.bob.store.history.add_incoming(
        contact.contact_id,
        b"n" * 16,
        kind=MessageKind.NOTICE,
        text="a new device",
        sent_at_ms=1,
        stored_at_ms=1,
    )
    messages.mark_read(contact)
    assert read_ids(people) == [] and people.bob.store.history.unread_counts() == {}


def test_wiped_is_gone(people: Scene, messages: Messages, engine: FakeEngine) -> None:
    send(people.alice, people.bob, people.alice.content())
    assert messages.wipe(people.bob.contact(people.alice)) == 1
    assert people.bob.texts(people.alice) == [] and engine.transfers.removed == 1


async def test_a_file_can_be_read_when_it_is_here(
    people: Scene, messages: Messages, engine: FakeEngine, tmp_path: Path
) -> None:
    source = tmp_path / "plan.txt"
    source.write_bytes(b"at the old mill")
    assert engine.transfers.spool is not None
    prepared = prepare_blocking(engine.transfers.spool, source)
    content = people.alice.content(ContentType.ATTACHMENT, prepared.attachment.encode())
    send(people.alice, people.bob, content)
    (message_id,) = people.bob.reactions.offered
    folder = tmp_path / "opened"
    folder.mkdir()
    with pytest.raises(UserInputError, match="not here"):
        await messages.save_copy(message_id, folder)
    attachments = people.bob.store.attachments
    attachments.set_paths(message_id, local_path=prepared.spool_name)
    with pytest.raises(UserInputError, match="not here yet"):
        await messages.save_as(message_id, folder / "copy")
    for state in (AttachmentState.DOWNLOADING, AttachmentState.STORED):
        attachments.set_state(message_id, state)
    path = await messages.save_copy(message_id, folder)
    assert path == folder / "plan.txt" and path.read_bytes() == b"at the old mill"
    await messages.save_as(message_id, folder / "chosen name")
    assert (folder / "chosen name").read_bytes() == b"at the old mill"
    assert people.bob.event_types()["CopySaved"] == 2
    assert await messages.read_file(message_id, max_bytes=15) == b"at the old mill"
    with pytest.raises(FileTooLargeError):
        await messages.read_file(message_id, max_bytes=14)


async def test_a_message_without_a_file_has_none(
    people: Scene, messages: Messages, engine: FakeEngine, tmp_path: Path
) -> None:
    message = people.bob.outgoing.text(people.bob.contact(people.alice), "hello")
    assert messages.attachment(message.message_id) is None
    with pytest.raises(UserInputError):
        await messages.save_copy(message.message_id, tmp_path)
    messages.fetch(7)
    assert engine.transfers.fetched == [7]


def test_one_message_is_deleted_with_what_waits_of_it(
    people: Scene, messages: Messages, engine: FakeEngine
) -> None:
    contact = people.bob.contact(people.alice)
    kept, gone = (people.bob.outgoing.text(contact, text) for text in ("kept", "gone"))
    assert messages.delete(gone.message_id) and not messages.delete(gone.message_id)
    assert people.bob.texts(people.alice) == ["kept"] and engine.transfers.removed == 1
    assert [row.content_id for row in people.bob.store.outbox.pending()] == [kept.content_id]


def test_a_download_is_stopped_where_it_runs(messages: Messages, engine: FakeEngine) -> None:
    assert messages.cancel_download(7) and engine.transfers.cancelled == [7]


def test_what_is_deleted_is_moved_no_further(
    messages: Messages, engine: FakeEngine, people: Scene
) -> None:
    bob = people.bob
    sent = bob.outgoing.text(bob.contact(people.alice), "to be taken back")
    assert messages.delete(sent.message_id) and not messages.delete(sent.message_id)
    assert engine.transfers.cancelled == [sent.message_id]
    assert engine.transfers.stopped == [(sent.contact_id, sent.content_id)]
    messages.wipe(bob.contact(people.alice))
    assert engine.transfers.stopped[1:] == [(sent.contact_id, None)]


def test_what_is_older_than_wanted_goes_with_its_file(
    messages: Messages, engine: FakeEngine, people: Scene, tmp_path: Path
) -> None:
    bob = people.bob
    contact = bob.contact(people.alice)
    old, new = (bob.outgoing.text(contact, text) for text in ("old", "new"))
    database = bob.store.database
    with_file = file_of(bob, contact, tmp_path)
    for message_id in (old.message_id, with_file.message_id):
        database.change(
            "UPDATE message SET stored_at_ms = ?, fate = 2 WHERE message_id = ?",
            (bob.core.now_ms() - 30 * DAY_MS - 1, message_id),
        )
    assert messages.purge() == 0, "everything is kept unless somebody wants otherwise"
    bob.store.settings.set(KEEP_HISTORY_DAYS, 30)
    assert messages.purge() == 2 and messages.purge() == 0
    assert [found.message_id for found in bob.store.history.conversation(contact.contact_id)] == [
        new.message_id
    ]
    assert len(bob.store.attachments.discarded()) == 1 and engine.transfers.removed == 1


def test_what_still_waits_to_be_sent_is_kept(messages: Messages, people: Scene) -> None:
    bob = people.bob
    contact = bob.contact(people.alice)
    waiting = bob.outgoing.text(contact, "waiting")
    bob.store.database.change("UPDATE message SET stored_at_ms = 0")
    bob.store.settings.set(KEEP_HISTORY_DAYS, 1)
    assert messages.purge() == 0
    assert bob.store.history.get(waiting.message_id) is not None


def file_of(person: Any, contact: Any, folder: Path) -> Any:
    source = folder / "plans.txt"
    source.write_bytes(b"plans")
    spool = Spool(person.profile.paths.files)
    return person.outgoing.file(contact, prepare_blocking(spool, source))
