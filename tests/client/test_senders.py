from __future__ import annotations

import dataclasses
from pathlib import Path

from tests.client.kit import Person, Scene, card_of, material, person, sealed
from whispr.client import senders
from whispr.client.content import ContentType, Extension
from whispr.client.crypto.identity import OwnIdentity
from whispr.client.opening import Message, open_envelope
from whispr.client.senders import Sender
from whispr.client.store.contacts import ContactState
from whispr.protocol import card as cards
from whispr.protocol.card import Card, make_card
from whispr.protocol.device import sign_record
from whispr.protocol.signing import LABEL_CARD, LABEL_CARD_CHECK, sha256

RELAY_IDS = (card_of(material("Alice")).device.relay.relay_ids[0],)


def resolve(recipient: Person, data: bytes) -> Sender | None:
    message = open_envelope(data, recipient.identity, RELAY_IDS)
    assert isinstance(message, Message)
    with recipient.store.transaction():
        return senders.resolve(recipient.core, message)


def test_a_contact_is_known_by_identity_and_device(people: Scene) -> None:
    sender = resolve(people.bob, sealed(people.alice, people.bob, people.alice.content()))
    assert sender == Sender(people.bob.contact(people.alice))


def test_whoever_claims_a_contacts_identity_is_refused(people: Scene) -> None:
    """Predecessor S2: Mallory signs with his device and writes Alice's identity into it."""
    liar = people.mallory
    newer = card_of(material("Mallory"), version=people.alice.card.card_version + 9)
    for card in (None, people.alice.card, liar.card, newer):
        data = sealed(liar, people.bob, liar.content(with_card=card), sender=claiming_alice())
        assert resolve(people.bob, data) is None
    assert people.bob.contact(people.alice).device_key == people.alice.identity.device.public


def claiming_alice() -> OwnIdentity:
    keys = material("Mallory")
    return OwnIdentity(dataclasses.replace(keys, root_seed=material("Alice").root_seed))


def test_another_device_without_a_newer_card_is_refused(people: Scene, tmp_path: Path) -> None:
    with person(tmp_path / "twin", "Alice", device=2) as twin:
        before = people.bob.contact(people.alice)
        older = card_of(twin.profile.material, version=before.card_version - 1)
        equal = card_of(twin.profile.material, version=before.card_version)
        for card in (None, older, equal):
            content = twin.content(with_card=card)
            assert resolve(people.bob, sealed(twin, people.bob, content)) is None
        assert people.bob.contact(people.alice) == before


def test_a_newer_card_with_another_device_is_followed(people: Scene, tmp_path: Path) -> None:
    with person(tmp_path / "twin", "Alice", device=2) as twin:
        sender = resolve(people.bob, sealed(twin, people.bob, twin.content(with_card=twin.card)))
        assert sender is not None and sender.card_followed and sender.new_device
        assert sender.contact == people.bob.contact(people.alice)
        assert sender.contact.device_key == twin.identity.device.public
        assert sender.contact.mailbox == twin.identity.mailbox_id
        assert sender.contact.key_changed
        # The former device is none of his any more.
        former = sealed(people.alice, people.bob, people.alice.content())
        assert resolve(people.bob, former) is None


def test_a_newer_card_of_the_same_device_is_followed_quietly(people: Scene) -> None:
    alice = people.alice
    card = card_of(alice.profile.material, version=alice.card.card_version + 1)
    sender = resolve(people.bob, sealed(alice, people.bob, alice.content(with_card=card)))
    assert sender is not None and sender.card_followed and not sender.new_device
    assert sender.contact.card == card.data and not sender.contact.key_changed


def test_an_older_or_another_equal_card_changes_nothing(people: Scene) -> None:
    alice, before = people.alice, people.bob.contact(people.alice)
    record = alice.card.device
    equal = make_card(
        alice.identity.root,
        alice.identity.device,
        record,
        name="Another name",
        card_version=before.card_version,
        issued_ms=1,
    )
    older = card_of(alice.profile.material, version=before.card_version - 1)
    for card in (equal, older):
        sender = resolve(people.bob, sealed(alice, people.bob, alice.content(with_card=card)))
        assert sender == Sender(before)
    assert people.bob.contact(alice) == before


def test_a_second_device_that_the_known_card_names_is_his(people: Scene, tmp_path: Path) -> None:
    """The format carries several devices; this version writes one."""
    with person(tmp_path / "second", "Alice", device=2) as second:
        card = two_devices(people.alice, second)
        first = sealed(people.alice, people.bob, people.alice.content(with_card=card))
        assert resolve(people.bob, first) is not None
        sender = resolve(people.bob, sealed(second, people.bob, second.content()))
        assert sender is not None and not sender.new_device
        assert sender.contact.device_key == people.alice.identity.device.public


def two_devices(first: Person, second: Person) -> Card:
    records = [
        sign_record(one.card.device, one.identity.identity, one.identity.device)
        for one in (first, second)
    ]
    head = cards._HEAD.pack(1, first.identity.identity, first.card.card_version + 1, 1, 2)
    body = head + b"".join(len(record).to_bytes(2, "big") + record for record in records)
    body += bytes((5,)) + b"Alice"
    signed = body + first.identity.root.sign(LABEL_CARD + body)
    return cards.parse_card(signed + sha256(LABEL_CARD_CHECK, signed)[: cards.CHECKSUM_BYTES])


def test_a_stranger_with_a_good_card_is_a_request(people: Scene) -> None:
    mallory = people.mallory
    for number, kind in enumerate((ContentType.TEXT, ContentType.ATTACHMENT)):
        content = mallory.content(kind, b"hello", with_card=mallory.card)
        sender = resolve(people.bob, sealed(mallory, people.bob, content))
        assert sender is not None
        assert sender.contact.state is ContactState.REQUEST
        assert sender.new_request is (number == 0)
        assert sender.contact.card == mallory.card.data


def test_nothing_but_a_text_or_an_attachment_introduces_a_stranger(people: Scene) -> None:
    mallory = people.mallory
    for type_number in (ContentType.RECEIPT, ContentType.HERE, ContentType.SEND_AGAIN, 17, 200):
        content = mallory.content(type_number, b"", with_card=mallory.card)
        assert resolve(people.bob, sealed(mallory, people.bob, content)) is None
    content = mallory.content(ContentType.CARD, mallory.card.data)
    assert resolve(people.bob, sealed(mallory, people.bob, content)) is None
    for body in (b"", b"\xff", b"x" * (48 * 1024 + 1)):
        content = mallory.content(body=body, with_card=mallory.card)
        assert resolve(people.bob, sealed(mallory, people.bob, content)) is None
    assert people.bob.store.contacts.list(ContactState.REQUEST) == ()


def test_a_stranger_without_a_card_or_with_that_of_another_is_nobody(people: Scene) -> None:
    mallory = people.mallory
    damaged = ((Extension.CARD, mallory.card.data[:-1] + b"?"),)
    for content in (
        mallory.content(),
        mallory.content(with_card=people.alice.card),
        mallory.content(with_card=people.bob.card),
        mallory.content(extensions=damaged),
    ):
        assert resolve(people.bob, sealed(mallory, people.bob, content)) is None
    assert people.bob.store.contacts.list(ContactState.REQUEST) == ()


def test_the_signer_of_an_envelope_is_known_whatever_mailbox_it_is_for(people: Scene) -> None:
    bob = people.bob
    data = sealed(people.alice, people.mallory, people.alice.content())
    assert senders.signer_of(bob.core, data) == bob.contact(people.alice)
    assert senders.signer_of(bob.core, data[:-1] + bytes((data[-1] ^ 1,))) is None
    assert senders.signer_of(bob.core, b"nothing") is None
    stranger = sealed(people.mallory, bob, people.mallory.content())
    assert senders.signer_of(bob.core, stranger) is None
