"""History: one row a content, fates that only move forward, pages, wiping, import."""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING

import pytest

from whispr.client.store.contacts import ContactState
from whispr.client.store.database import Database
from whispr.client.store.message import Direction, Fate, MessageKind
from whispr.client.store.outbox_row import OutboxKind
from whispr.client.store.profile_store import ProfileStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from whispr.client.store.contacts import Contact
    from whispr.client.store.message import Message

    Receive = Callable[..., Message]
    Write = Callable[..., Message]


def _texts(messages: tuple[Message, ...]) -> list[str]:
    return [message.text for message in messages]


def test_messages_come_back_as_they_were(
    store: ProfileStore, alice: Contact, receive: Receive, write: Write
) -> None:
    text = "héllo\n\U0001f600 \u202eodd"
    incoming, outgoing = receive(alice, text), write(alice, text)
    assert store.history.get(incoming.message_id) == incoming
    assert incoming.text == outgoing.text == text
    assert (incoming.direction, incoming.fate, incoming.read) == (Direction.IN, None, False)
    assert (outgoing.direction, outgoing.fate, outgoing.read) == (Direction.OUT, Fate.QUEUED, True)
    assert store.history.find(alice.contact_id, Direction.OUT, outgoing.content_id) == outgoing
    assert store.history.find(alice.contact_id, Direction.OUT, b"x" * 16) is None
    assert store.history.get(99) is None


@pytest.mark.parametrize("kind", list(MessageKind))
def test_every_kind_is_kept(store: ProfileStore, alice: Contact, kind: MessageKind) -> None:
    message = store.history.add_incoming(
        alice.contact_id,
        b"c" * 16,
        kind=kind,
        text="",
        sent_at_ms=1,
        stored_at_ms=2,
        verified=False,
        reason="why",
    )
    assert message is not None
    assert (message.kind, message.verified, message.reason) == (kind, False, "why")


def test_content_is_one_row_for_each_contact_and_direction(
    store: ProfileStore, alice: Contact, bob: Contact, receive: Receive, write: Write
) -> None:
    for contact in (alice, bob):
        receive(contact, "first")
        write(contact, "first")
        again = store.history.add_incoming(
            contact.contact_id,
            (1).to_bytes(16, "big"),
            kind=MessageKind.TEXT,
            text="again",
            sent_at_ms=0,
            stored_at_ms=0,
        )
        assert again is None
    assert _texts(store.history.conversation(alice.contact_id)) == ["first", "first"]
    assert store.history.count() == 4


def test_flush_of_the_outbox_changes_a_fate_and_adds_no_row(
    store: ProfileStore, alice: Contact, write: Write
) -> None:
    """Defect R3 of the predecessor: what was queued was saved a second time when it was sent."""
    queued = write(alice, "hello")
    assert store.history.advance_fate(queued.content_id, alice.contact_id, Fate.ACCEPTED)
    assert store.history.conversation(alice.contact_id) == (
        dataclasses.replace(queued, fate=Fate.ACCEPTED),
    )


@pytest.mark.parametrize(("earlier", "later"), list(itertools.product(Fate, Fate)))
def test_fate_moves_forward_only(
    store: ProfileStore, alice: Contact, write: Write, earlier: Fate, later: Fate
) -> None:
    message = write(alice, "hello", fate=earlier)
    moved = store.history.advance_fate(message.content_id, alice.contact_id, later, "why")
    assert moved == later.may_follow(earlier)
    stored = store.history.get(message.message_id)
    assert stored is not None
    assert (stored.fate, stored.reason) == ((later, "why") if moved else (earlier, ""))


def test_receipt_moves_only_messages_to_whom_it_came_from(
    store: ProfileStore, alice: Contact, bob: Contact, receive: Receive, write: Write
) -> None:
    mine, theirs = write(alice, "to alice"), receive(alice, "from alice")
    assert not store.history.advance_fate(mine.content_id, bob.contact_id, Fate.READ)
    assert not store.history.advance_fate(b"x" * 16, alice.contact_id, Fate.READ)
    assert store.history.advance_fate(mine.content_id, alice.contact_id, Fate.READ)
    assert store.history.get(theirs.message_id) == theirs


def test_history_is_whole_after_a_message_came_before_the_chat_was_opened(
    tmp_path: Path, database_key: bytes, store: ProfileStore, alice: Contact, receive: Receive
) -> None:
    """Defect R6 of the predecessor: an early message hid the older ones for the session."""
    for number in range(1, 8):
        receive(alice, f"text {number}", number)
    store.close()
    again = ProfileStore.open(tmp_path / "profile.db", database_key)
    again.history.add_incoming(
        alice.contact_id, b"n" * 16, kind=MessageKind.TEXT, text="new", sent_at_ms=0, stored_at_ms=0
    )
    assert len(again.history.conversation(alice.contact_id)) == 8
    again.close()


def test_conversation_is_read_in_pages_both_ways(
    store: ProfileStore, alice: Contact, bob: Contact, receive: Receive
) -> None:
    ids = []
    for number in range(1, 11):
        ids.append(receive(alice, str(number), number).message_id)
        receive(bob, "other", number)
    history, contact_id = store.history, alice.contact_id
    last = history.conversation(contact_id, limit=3)
    assert _texts(last) == ["8", "9", "10"]
    before = history.conversation(contact_id, before_id=last[0].message_id, limit=3)
    assert _texts(before) == ["5", "6", "7"]
    assert _texts(history.conversation(contact_id, after_id=ids[1], limit=2)) == ["3", "4"]
    assert history.conversation(contact_id, before_id=ids[0]) == ()
    assert history.conversation(contact_id, after_id=ids[-1]) == ()
    assert [message.message_id for message in history.iterate(contact_id, page=3)] == ids


def test_cursor_reads_accepted_contacts_of_the_asked_directions(
    store: ProfileStore,
    add_contact: Callable[..., Contact],
    receive: Receive,
    write: Write,
) -> None:
    alice, bob = add_contact("Alice", 1), add_contact("Bob", 2)
    stranger = add_contact("Stranger", 3, ContactState.REQUEST)
    first = receive(alice, "one")
    receive(stranger, "hidden")
    sent, second = write(bob, "two"), receive(bob, "three")
    assert store.history.after(0) == (first, sent, second)
    assert store.history.after(first.message_id, limit=1) == (sent,)
    assert store.history.after(0, directions=[Direction.IN]) == (first, second)
    assert store.history.after(store.history.last_id()) == ()


def test_message_ids_are_never_used_again(
    store: ProfileStore, alice: Contact, receive: Receive
) -> None:
    newest = receive(alice, "one", 1)
    assert store.history.delete_message(newest.message_id)
    assert not store.history.delete_message(newest.message_id)
    assert receive(alice, "two", 2).message_id > newest.message_id


def test_unread_counts_and_reading(
    store: ProfileStore, alice: Contact, bob: Contact, receive: Receive, write: Write
) -> None:
    messages = [receive(alice, str(number), number) for number in range(1, 5)]
    receive(bob, "hello")
    write(bob, "mine is never unread")
    assert store.history.unread_counts() == {alice.contact_id: 4, bob.contact_id: 1}
    read = store.history.mark_read(alice.contact_id, messages[1].message_id)
    assert sorted(read) == [messages[0].content_id, messages[1].content_id]
    assert store.history.unread_counts()[alice.contact_id] == 2
    assert len(store.history.mark_read(alice.contact_id)) == 2
    assert store.history.mark_read(alice.contact_id) == ()
    assert store.history.unread_counts() == {bob.contact_id: 1}


def test_summaries_are_the_accepted_contacts_latest_first(
    store: ProfileStore, add_contact: Callable[..., Contact], receive: Receive, write: Write
) -> None:
    quiet, alice, bob = add_contact("Quiet", 1), add_contact("Alice", 2), add_contact("Bob", 3)
    receive(add_contact("Stranger", 4, ContactState.REQUEST), "hidden")
    receive(bob, "first")
    receive(alice, "second", 1)
    last = write(alice, "third", 2)
    summaries = store.history.summaries()
    assert [summary.contact_id for summary in summaries] == [
        alice.contact_id,
        bob.contact_id,
        quiet.contact_id,
    ]
    assert (summaries[0].last_message, summaries[0].unread) == (last, 1)
    assert (summaries[2].last_message, summaries[2].unread) == (None, 0)


def test_wipe_takes_one_conversation_and_what_was_still_to_be_sent_of_it(
    store: ProfileStore, alice: Contact, bob: Contact, receive: Receive, write: Write
) -> None:
    receive(alice, "secret words", 1)
    outgoing = write(alice, "more secret words", 2)
    kept = receive(bob, "secret too", 3)
    for contact, content_id, kind in (
        (alice, outgoing.content_id, OutboxKind.TEXT),
        (alice, b"r" * 16, OutboxKind.RECEIPT),
        (bob, outgoing.content_id, OutboxKind.TEXT),
    ):
        store.outbox.put(
            contact.contact_id, content_id, kind=kind, content=b"", now_ms=0, expires_at_ms=9
        )
    store.contacts.note_order(alice.contact_id, 5)
    assert store.history.delete_conversation(alice.contact_id) == 2
    assert store.history.conversation(alice.contact_id) == ()
    assert store.history.conversation(bob.contact_id) == (kept,)
    assert store.contacts.gaps(alice.contact_id) == ()
    assert store.search.count("secret") == 1
    waiting = [(row.contact_id, row.kind) for row in store.outbox.pending()]
    assert waiting == [
        (alice.contact_id, OutboxKind.RECEIPT),
        (bob.contact_id, OutboxKind.TEXT),
    ]


def test_deleted_message_is_not_sent_any_more(
    store: ProfileStore, alice: Contact, write: Write
) -> None:
    one, two = write(alice, "one", 1), write(alice, "two", 2)
    for message in (one, two):
        store.outbox.put(
            alice.contact_id,
            message.content_id,
            kind=OutboxKind.TEXT,
            content=b"",
            now_ms=0,
            expires_at_ms=9,
        )
    store.history.delete_message(one.message_id)
    assert [row.content_id for row in store.outbox.pending()] == [two.content_id]


def test_import_keeps_messages_and_adds_nothing_twice(
    tmp_path: Path, store: ProfileStore, alice: Contact, receive: Receive, write: Write
) -> None:
    receive(alice, "one", 1)
    write(alice, "two", 2, Fate.DELIVERED)
    store.history.mark_read(alice.contact_id)
    exported = tuple(store.history.iterate(alice.contact_id))

    other = ProfileStore.over(Database.open(tmp_path / "other.db", bytes(32), create=True))
    someone = other.contacts.add(
        identity=bytes(32),
        name="Someone",
        card=b"",
        card_version=1,
        device_key=bytes(32),
        mailbox=bytes(32),
        created_ms=0,
    )
    receiver = other.contacts.add(
        identity=alice.identity,
        name="Alice",
        card=b"",
        card_version=1,
        device_key=alice.device_key,
        mailbox=alice.mailbox,
        created_ms=0,
    )
    assert someone.contact_id != receiver.contact_id
    assert other.history.import_rows(receiver.contact_id, exported) == 2
    assert other.history.import_rows(receiver.contact_id, exported) == 0
    imported = other.history.conversation(receiver.contact_id)
    assert [dataclasses.replace(message, message_id=0, contact_id=0) for message in imported] == [
        dataclasses.replace(message, message_id=0, contact_id=0) for message in exported
    ]
    assert other.search.count("two") == 1
    other.close()


def test_import_is_whole_or_nothing(store: ProfileStore, alice: Contact, receive: Receive) -> None:
    good = receive(alice, "one")
    bad = dataclasses.replace(good, content_id=b"short")
    store.history.delete_conversation(alice.contact_id)
    with pytest.raises(Exception, match="CHECK"):
        store.history.import_rows(alice.contact_id, [good, bad])
    assert store.history.count() == 0


def test_stranded_messages_fail_with_a_reason(
    store: ProfileStore, alice: Contact, write: Write
) -> None:
    fates = dict(enumerate(Fate, 1))
    messages = {number: write(alice, "x", number, fate) for number, fate in fates.items()}
    queued = write(alice, "still worked on", 50)
    store.outbox.put(
        alice.contact_id,
        queued.content_id,
        kind=OutboxKind.TEXT,
        content=b"",
        now_ms=0,
        expires_at_ms=9,
    )
    assert store.history.fail_stranded("left behind on the old computer") == 2
    for number, fate in fates.items():
        after = store.history.get(messages[number].message_id)
        assert after is not None
        stranded = fate in (Fate.QUEUED, Fate.ACCEPTED)
        assert after.fate is (Fate.FAILED if stranded else fate)
    assert store.history.get(queued.message_id) == queued


def test_place_of_a_message_is_how_many_are_older(
    store: ProfileStore, add_contact: Callable[..., Contact]
) -> None:
    alice, bob = add_contact("Alice", 1), add_contact("Bob", 2)
    ids = []
    for number in range(6):
        to = bob if number == 2 else alice
        message = store.history.add_incoming(
            to.contact_id,
            number.to_bytes(16, "big"),
            kind=MessageKind.TEXT,
            text=str(number),
            sent_at_ms=1,
            stored_at_ms=1,
        )
        assert message is not None
        ids.append(message.message_id)
    history = store.history
    assert [history.count_before(alice.contact_id, ids[n]) for n in (0, 1, 3, 5)] == [0, 1, 2, 4]
    assert [item.text for item in history.conversation_at(alice.contact_id, 1, 3)] == [
        *("1", "3", "4")
    ]
    assert history.conversation_at(alice.contact_id, 5, 3) == ()
