from __future__ import annotations

import dataclasses

import pytest

from tests.client.kit import NOW_MS, Scene
from tests.client.test_content import ATTACHMENT
from tests.client.test_receiver import owed, receipts
from whispr.client.content import (
    MAX_TEXT_BYTES,
    ContentType,
    Receipt,
    ReceiptKind,
    decode_attachment,
    decode_content,
    decode_receipt,
)
from whispr.client.files.outgoing import PreparedFile
from whispr.client.outgoing import MAX_LIFE_MS, MIN_LIFE_MS, check_writable
from whispr.client.store.attachment import AttachmentState
from whispr.client.store.contacts import ContactState
from whispr.client.store.message import Fate
from whispr.client.store.outbox_row import OutboxKind
from whispr.errors import TextTooLongError, UserInputError

WEEK_MS = 7 * 24 * 3600 * 1000


def test_a_text_is_on_the_disk_with_its_message(people: Scene) -> None:
    alice = people.alice
    contact = alice.contact(people.bob)
    messages = [alice.outgoing.text(contact, text) for text in ("one", "two")]
    rows = alice.store.outbox.pending()
    assert [row.content_id for row in rows] == [message.content_id for message in messages]
    contents = [decode_content(row.content) for row in rows]
    assert [content.body for content in contents] == [b"one", b"two"]
    assert [content.order for content in contents] == [1, 2]
    assert {content.type_number for content in contents} == {ContentType.TEXT}
    assert contents[0].sent_at_ms == NOW_MS
    assert contents[0].expires_at_ms == NOW_MS + WEEK_MS == rows[0].expires_at_ms
    assert [message.fate for message in messages] == [Fate.QUEUED] * 2


@pytest.mark.parametrize(
    ("life_ms", "lives_ms"),
    [(0, MIN_LIFE_MS), (5000, 5000), (MAX_LIFE_MS, MAX_LIFE_MS), (MAX_LIFE_MS + 1, MAX_LIFE_MS)],
)
def test_the_life_of_a_message_has_bounds(people: Scene, life_ms: int, lives_ms: int) -> None:
    people.alice.outgoing.text(people.alice.contact(people.bob), "hello", life_ms)
    (row,) = people.alice.store.outbox.pending()
    assert row.expires_at_ms == NOW_MS + lives_ms


def test_what_cannot_be_sent_is_refused_and_leaves_nothing(people: Scene) -> None:
    alice = people.alice
    contact = alice.contact(people.bob)
    alice.outgoing.text(contact, "x" * MAX_TEXT_BYTES)
    for text, error in (
        ("x" * (MAX_TEXT_BYTES + 1), TextTooLongError),
        ("ä" * (MAX_TEXT_BYTES // 2 + 1), TextTooLongError),
        ("", UserInputError),
        ("\ud800", UserInputError),
    ):
        with pytest.raises(error):
            alice.outgoing.text(contact, text)
    assert len(alice.store.outbox.pending()) == 1 and len(alice.texts(people.bob)) == 1


def test_only_accepted_contacts_are_written_to(people: Scene) -> None:
    contact = people.alice.contact(people.bob)
    check_writable(contact)
    for state, hint in ((ContactState.BLOCKED, "unblock"), (ContactState.REQUEST, "accept")):
        with pytest.raises(UserInputError, match=hint):
            people.alice.outgoing.text(dataclasses.replace(contact, state=state), "hello")
    assert people.alice.store.outbox.pending() == ()


def test_a_file_is_a_message_with_an_attachment(people: Scene) -> None:
    alice = people.alice
    contact = alice.contact(people.bob)
    message = alice.outgoing.file(contact, PreparedFile(ATTACHMENT, "ab12"))
    known = alice.store.attachments.get(message.message_id)
    assert known is not None and known.state is AttachmentState.STAGED
    assert (known.name, known.local_path, known.spool_path) == (ATTACHMENT.name, "ab12", "ab12")
    (row,) = alice.store.outbox.pending()
    assert row.kind is OutboxKind.ATTACHMENT
    assert decode_attachment(decode_content(row.content).body) == ATTACHMENT


def test_sent_again_is_a_new_message(people: Scene) -> None:
    alice = people.alice
    contact = alice.contact(people.bob)
    text = alice.outgoing.text(contact, "hello")
    file = alice.outgoing.file(contact, PreparedFile(ATTACHMENT, "ab12"))
    for message in (text, file):
        with pytest.raises(UserInputError):
            alice.outgoing.again(message.message_id)
        alice.store.history.advance_fate(message.content_id, contact.contact_id, Fate.EXPIRED)
        repeated = alice.outgoing.again(message.message_id)
        assert repeated.content_id != message.content_id
        assert (repeated.kind, repeated.text) == (message.kind, message.text)
    with pytest.raises(UserInputError):
        alice.outgoing.again(999)


def test_receipts_are_joined_up_to_64_without_doubles(people: Scene) -> None:
    bob = people.bob
    contact_id = bob.contact(people.alice).contact_id
    ids = [number.to_bytes(16, "big") for number in range(70)]
    for content_id in [*ids, *ids[64:]]:
        bob.outgoing.receipt(contact_id, ReceiptKind.DELIVERED, (content_id,))
    sizes = [
        len(decode_receipt(content.body).content_ids) for content in owed(bob, OutboxKind.RECEIPT)
    ]
    assert sizes == [64, 6] and receipts(bob) == ids
    bob.outgoing.receipt(contact_id, ReceiptKind.READ, ids)
    kinds = [decode_receipt(content.body).kind for content in owed(bob, OutboxKind.RECEIPT)]
    assert kinds.count(ReceiptKind.READ) == 2


def test_a_receipt_that_has_left_is_not_changed(people: Scene) -> None:
    bob = people.bob
    contact_id = bob.contact(people.alice).contact_id
    bob.outgoing.receipt(contact_id, ReceiptKind.DELIVERED, (b"1" * 16,))
    (row,) = bob.store.outbox.pending()
    bob.store.outbox.record_envelope(
        row.outbox_id, envelope=b"sealed", envelope_id=b"e" * 16, envelope_time_ms=NOW_MS
    )
    bob.outgoing.receipt(contact_id, ReceiptKind.DELIVERED, (b"2" * 16,))
    bodies = [content.body for content in owed(bob, OutboxKind.RECEIPT)]
    assert bodies == [Receipt(ReceiptKind.DELIVERED, (one * 16,)).encode() for one in (b"1", b"2")]


def test_a_card_that_waits_is_replaced_by_a_newer_one_only(people: Scene) -> None:
    alice = people.alice
    contact_id = alice.contact(people.bob).contact_id
    alice.outgoing.card(contact_id)
    (first,) = alice.store.outbox.pending()
    alice.outgoing.card(contact_id)
    assert alice.store.outbox.pending() == (first,)
    alice.core.own_card.rename("Alice L.", alice.core.now_ms())
    alice.outgoing.card(contact_id)
    (content,) = owed(alice, OutboxKind.CARD)
    assert content.body == alice.card.data and content.content_id != first.content_id


def test_here_is_never_queued(people: Scene) -> None:
    content = people.alice.outgoing.here(NOW_MS, 60_000)
    assert (content.type_number, content.expires_at_ms) == (ContentType.HERE, NOW_MS + 60_000)
    assert people.alice.store.outbox.pending() == ()
