"""What each type of content does once its sender is known."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from tests.client.kit import HOUR_MS, NOW_MS, Scene, card_of, material, person, send
from tests.client.test_content import ATTACHMENT
from tests.client.test_receiver import kinds, receipts
from whispr.client.content import ContentType, Receipt, ReceiptKind
from whispr.client.events import ContactHere, FateChanged
from whispr.client.store.attachment import AttachmentState
from whispr.client.store.message import Fate, MessageKind
from whispr.protocol.card import make_card


@pytest.mark.parametrize(
    ("kind", "fate"), [(ReceiptKind.DELIVERED, Fate.DELIVERED), (ReceiptKind.READ, Fate.READ)]
)
def test_a_receipt_moves_our_message_to_its_sender(
    people: Scene, kind: ReceiptKind, fate: Fate
) -> None:
    alice, bob = people.alice, people.bob
    message = alice.outgoing.text(alice.contact(bob), "hello")
    receipt = Receipt(kind, (message.content_id,)).encode()
    for _ in range(2):
        send(bob, alice, bob.content(ContentType.RECEIPT, receipt))
    moved = alice.store.history.get(message.message_id)
    assert moved is not None and moved.fate is fate
    assert alice.store.outbox.pending() == ()
    changes = [event for event in alice.events if isinstance(event, FateChanged)]
    assert changes == [
        FateChanged(message.message_id, moved.contact_id, message.content_id, fate)
    ], "told once"


def test_mallorys_receipt_for_a_message_to_bob_does_nothing(people: Scene) -> None:
    alice, bob, mallory = people.alice, people.bob, people.mallory
    alice.knows(mallory)
    message = alice.outgoing.text(alice.contact(bob), "hello")
    for kind in ReceiptKind:
        body = Receipt(kind, (message.content_id,)).encode()
        send(mallory, alice, mallory.content(ContentType.RECEIPT, body))
    unmoved = alice.store.history.get(message.message_id)
    assert unmoved is not None and unmoved.fate is Fate.QUEUED
    assert len(alice.store.outbox.pending()) == 1
    assert "FateChanged" not in alice.event_types()


def test_a_late_receipt_overrides_expired_and_none_goes_back(people: Scene) -> None:
    alice, bob = people.alice, people.bob
    message = alice.outgoing.text(alice.contact(bob), "hello")
    contact_id = alice.contact(bob).contact_id
    alice.store.history.advance_fate(message.content_id, contact_id, Fate.EXPIRED, "too late")
    for kind in (ReceiptKind.READ, ReceiptKind.DELIVERED):
        body = Receipt(kind, (message.content_id,)).encode()
        send(bob, alice, bob.content(ContentType.RECEIPT, body))
    moved = alice.store.history.get(message.message_id)
    assert moved is not None and moved.fate is Fate.READ


def test_a_receipt_ends_the_upload_of_a_file(people: Scene) -> None:
    alice, bob = people.alice, people.bob
    contact = alice.contact(bob)
    message = alice.store.history.add_outgoing(
        contact.contact_id,
        b"f" * 16,
        kind=MessageKind.ATTACHMENT,
        text="",
        sent_at_ms=NOW_MS,
        order_number=1,
    )
    assert message is not None
    alice.store.attachments.add(
        message.message_id,
        name="a",
        size_bytes=1,
        media_type="",
        descriptor=b"",
        blob_id=bytes(32),
        state=AttachmentState.STAGED,
    )
    body = Receipt(ReceiptKind.DELIVERED, (message.content_id,)).encode()
    for _ in range(2):
        send(bob, alice, bob.content(ContentType.RECEIPT, body))
    known = alice.store.attachments.get(message.message_id)
    assert known is not None and known.state is AttachmentState.STORED


def test_a_file_is_offered_under_a_safe_name_and_not_confirmed_yet(people: Scene) -> None:
    alice, bob = people.alice, people.bob
    evil = dataclasses.replace(ATTACHMENT, name="../../.bashrc\x00‮.exe")
    send(alice, bob, alice.content(ContentType.ATTACHMENT, evil.encode()))
    (message,) = bob.store.history.conversation(bob.contact(alice).contact_id)
    known = bob.store.attachments.get(message.message_id)
    assert known is not None
    assert known.state is AttachmentState.OFFERED and known.descriptor == evil.encode()
    assert "/" not in known.name and known.name == message.file_name
    assert not known.name.startswith(".") and "\x00" not in known.name
    assert bob.reactions.offered == [message.message_id]
    assert receipts(bob) == []


def test_a_repeated_file_is_confirmed_only_when_it_is_stored(people: Scene) -> None:
    alice, bob = people.alice, people.bob
    content = alice.content(ContentType.ATTACHMENT, ATTACHMENT.encode())
    send(alice, bob, content)
    (message_id,) = bob.reactions.offered
    attachments = bob.store.attachments
    send(alice, bob, content)
    assert receipts(bob) == [] and bob.reactions.offered == [message_id], "under way already"
    for state in (AttachmentState.DOWNLOADING, AttachmentState.GONE):
        attachments.set_state(message_id, state)
    send(alice, bob, content)
    assert bob.reactions.offered == [message_id] * 2 and receipts(bob) == []
    for state in (AttachmentState.DOWNLOADING, AttachmentState.STORED):
        attachments.set_state(message_id, state)
    send(alice, bob, content)
    assert bob.reactions.offered == [message_id] * 2
    assert receipts(bob) == [content.content_id]
    assert len(kinds(bob, alice)) == 1


def test_a_file_of_a_wiped_conversation_is_confirmed_and_not_fetched_again(people: Scene) -> None:
    alice, bob = people.alice, people.bob
    content = alice.content(ContentType.ATTACHMENT, ATTACHMENT.encode())
    send(alice, bob, content)
    bob.store.wipe_conversation(bob.contact(alice).contact_id)
    send(alice, bob, content)
    assert len(bob.reactions.offered) == 1 and receipts(bob) == [content.content_id]


def test_a_card_of_the_former_device_announces_the_next_one(people: Scene) -> None:
    alice, bob = people.alice, people.bob
    card = card_of(material("Alice", device=2))
    for _ in range(2):
        send(alice, bob, alice.content(ContentType.CARD, card.data))
    contact = bob.contact(alice)
    assert contact.card == card.data and contact.key_changed
    assert bob.texts(alice) == ["Alice uses a new device"]
    assert bob.event_types()["ContactChanged"] == 1
    assert len(receipts(bob)) == 1, "from the second on it is not his device any more"


def test_a_card_of_the_new_device_itself_is_followed_and_confirmed(
    people: Scene, tmp_path: Path
) -> None:
    with person(tmp_path / "twin", "Alice", device=2) as twin:
        content = twin.content(ContentType.CARD, twin.card.data)
        for _ in range(2):
            send(twin, people.bob, content)
        assert people.bob.texts(people.alice) == ["Alice uses a new device"]
        assert receipts(people.bob) == [content.content_id]
        assert people.bob.event_types()["ContactChanged"] == 1


def test_an_older_card_or_another_of_the_same_version_is_refused(people: Scene) -> None:
    alice, bob = people.alice, people.bob
    before = bob.contact(alice)
    older = card_of(material("Alice", device=2), version=before.card_version - 1)
    equal = make_card(
        alice.identity.root,
        alice.identity.device,
        alice.card.device,
        name="Other",
        card_version=before.card_version,
        issued_ms=1,
    )
    for card in (older, equal):
        send(alice, bob, alice.content(ContentType.CARD, card.data))
    after = bob.contact(alice)
    assert (after.card, after.card_version) == (before.card, before.card_version)
    assert not after.key_changed and "ContactChanged" not in bob.event_types()
    assert bob.counts == {"an older card, or another one of the same version": 2}
    assert len(receipts(bob)) == 2, "or it would come for 30 days"


def test_a_card_of_somebody_else_as_a_content_is_malformed(people: Scene) -> None:
    before = people.bob.contact(people.alice)
    content = people.alice.content(ContentType.CARD, people.mallory.card.data)
    send(people.alice, people.bob, content)
    assert people.bob.contact(people.alice).card == before.card
    assert receipts(people.bob) == []


def test_a_card_with_the_device_of_another_contact_is_refused(people: Scene) -> None:
    """The device signs its record for one identity; two contacts with one device are a conflict."""
    bob, alice = people.bob, people.alice
    taken = card_of(material("Alice", device=2))
    bob.store.contacts.add(
        identity=bytes(32),
        name="Holder",
        card=b"",
        card_version=1,
        device_key=taken.device.device_key,
        mailbox=bytes(32),
        created_ms=1,
    )
    send(alice, bob, alice.content(ContentType.CARD, taken.data))
    assert bob.contact(alice).card == alice.card.data
    assert bob.counts == {"a card with the device of another contact": 1}
    assert receipts(bob) == []


def test_here_is_told_and_leaves_nothing(people: Scene) -> None:
    bob, alice = people.bob, people.alice
    send(alice, bob, alice.content(ContentType.HERE, b"", life_ms=60_000), flags=1)
    contact_id = bob.contact(alice).contact_id
    assert bob.reactions.said_here == [contact_id] == bob.reactions.heard
    assert bob.events == [ContactHere(contact_id)]
    assert kinds(bob, alice) == [] and bob.store.outbox.pending() == ()


def test_asked_to_send_again_what_lay_on_the_relay_is_due_once(people: Scene) -> None:
    alice, bob = people.alice, people.bob
    contact = alice.contact(bob)
    alice.outgoing.text(contact, "hello")

    def lies_on_the_relay() -> int:
        (row,) = alice.store.outbox.pending()
        now_ms = alice.core.now_ms()
        alice.store.outbox.record_accepted(
            row.outbox_id, now_ms=now_ms, expires_in_ms=HOUR_MS, jitter=0.5
        )
        return len(alice.store.outbox.due(now_ms))

    assert lies_on_the_relay() == 0
    content = bob.content(ContentType.SEND_AGAIN, bytes(32))
    send(bob, alice, content)
    assert len(alice.store.outbox.due(alice.core.now_ms())) == 1
    assert lies_on_the_relay() == 0
    send(bob, alice, content)
    assert alice.store.outbox.due(alice.core.now_ms()) == (), "a replay changes nothing"


def test_gaps_of_the_counter_show(people: Scene) -> None:
    alice, bob = people.alice, people.bob
    for order in (1, 2, 5):
        send(alice, bob, alice.content(order=order))
    (gap,) = bob.store.contacts.gaps(bob.contact(alice).contact_id)
    assert (gap.first, gap.last) == (3, 4)
