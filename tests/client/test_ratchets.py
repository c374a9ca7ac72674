"""Sessions with a contact's device: begun once, opened once, healed."""

from __future__ import annotations

import dataclasses

import pytest

from tests.client.kit import HOUR_MS, Person, Scene, send
from tests.client.sending_kit import FakeLink, FakeSession, Network
from tests.client.suite2_kit import Pair, follow, stocked
from whispr.client.content import Content, ContentType, Extension
from whispr.client.crypto.suite2.prekey import PrekeyKind
from whispr.client.ratchets import BEGIN_AGAIN_MS
from whispr.client.sealing import Sealer
from whispr.client.store.contacts import ContactState
from whispr.client.store.message import Direction, MessageKind, Protection
from whispr.client.store.outbox_row import OutboxKind
from whispr.errors import BadSignatureError, InvalidKeyError
from whispr.protocol import envelope as envelopes
from whispr.protocol.signing import sha256


@pytest.fixture
def session(people: Scene) -> FakeSession:
    alice = people.alice
    network = Network(alice.clock, alice.core.now_ms)
    link = FakeLink(
        network,
        alice.core.own_card.relay,
        device=None,
        mailbox=None,
        clock=alice.clock,
        random=None,
        listener=None,
    )
    return FakeSession(link, alice.clock, alice.core.now_ms())


@pytest.fixture
def pair(people: Scene, session: FakeSession) -> Pair:
    return Pair(people.alice, people.bob, session)


def texts(person: Person, other: Person) -> list[str]:
    """What is shown as a text of the other one."""
    contact = person.contact(other)
    return [
        row.text
        for row in person.store.history.conversation(contact.contact_id)
        if row.direction is Direction.IN and row.kind is MessageKind.TEXT
    ]


def kinds(person: Person, other: Person) -> list[MessageKind]:
    contact = person.contact(other)
    rows = person.store.history.conversation(contact.contact_id)
    return [row.kind for row in rows if row.direction is Direction.IN]


def asked_again(person: Person) -> int:
    rows = person.store.outbox.pending()
    return sum(row.kind is OutboxKind.REQUEST_AGAIN for row in rows)


def test_first_message_arrives_and_is_answered_in_the_same_session(pair: Pair) -> None:
    alice, bob = pair.alice, pair.bob
    pair.begin(alice, bob)
    data = pair.say(alice, bob, "one")
    assert envelopes.decode(data).suite == 2
    pair.say(bob, alice, "two")
    pair.say(alice, bob, "three")
    assert (texts(bob, alice), texts(alice, bob)) == (["one", "three"], ["two"])
    (ours,) = alice.store.ratchets.of_device(bob.identity.device.public)
    (theirs,) = bob.store.ratchets.of_device(alice.identity.device.public)
    assert ours.session_id == theirs.session_id
    assert ours.answered and theirs.answered
    messages = alice.store.history.conversation(alice.contact(bob).contact_id)
    assert {row.protection for row in messages if row.direction is Direction.OUT} == {
        Protection.FORWARD_SECRET
    }


def test_one_time_prekeys_are_deleted_with_the_first_message(pair: Pair) -> None:
    alice, bob = pair.alice, pair.bob
    before = {kind: bob.store.prekeys.count(kind) for kind in PrekeyKind}
    pair.begin(alice, bob)
    pair.say(alice, bob, "one")
    after = {kind: bob.store.prekeys.count(kind) for kind in PrekeyKind}
    assert {kind for kind in PrekeyKind if before[kind] != after[kind]} == {
        PrekeyKind.ONE_TIME,
        PrekeyKind.KEM_ONE_TIME,
    }


def test_the_same_envelope_again_changes_nothing(pair: Pair) -> None:
    alice, bob = pair.alice, pair.bob
    pair.begin(alice, bob)
    data = pair.say(alice, bob, "one")
    bob.receive(data)
    assert texts(bob, alice) == ["one"]
    assert kinds(bob, alice) == [MessageKind.TEXT]
    assert bob.counts["an envelope that has opened before"] == 1


@pytest.mark.parametrize("empty", [False, True], ids=["one-time", "last resort"])
def test_a_handshake_is_taken_once(pair: Pair, empty: bool) -> None:
    """Also under the last resort, whose secret is not deleted, and when the session is gone."""
    alice, bob = pair.alice, pair.bob
    pair.begin(alice, bob, empty=empty)
    pair.say(alice, bob, "one")
    replayed = pair.sealed(alice, bob, "two")
    database = bob.store.database
    database.change("DELETE FROM ratchet")
    bob.receive(replayed)
    assert texts(bob, alice) == ["one"]
    assert kinds(bob, alice) == [MessageKind.TEXT, MessageKind.UNDECRYPTABLE]


def test_messages_lost_and_reordered_are_shown_once(pair: Pair) -> None:
    alice, bob = pair.alice, pair.bob
    pair.begin(alice, bob)
    sent = [pair.sealed(alice, bob, f"{number}") for number in range(6)]
    for index in (4, 1, 1, 5, 0):
        bob.receive(sent[index])
    pair.say(bob, alice, "yes")
    late = pair.sealed(alice, bob, "6")
    bob.receive(late)
    bob.receive(sent[2])
    assert texts(bob, alice) == ["4", "1", "5", "0", "6", "2"]


def test_both_begin_at_the_same_time(pair: Pair) -> None:
    alice, bob = pair.alice, pair.bob
    pair.begin(alice, bob)
    pair.begin(bob, alice)
    from_alice, from_bob = pair.sealed(alice, bob, "a"), pair.sealed(bob, alice, "b")
    bob.receive(from_alice)
    alice.receive(from_bob)
    assert (texts(bob, alice), texts(alice, bob)) == (["a"], ["b"])
    for number in range(3):
        pair.say(alice, bob, f"a{number}")
        pair.say(bob, alice, f"b{number}")
    chosen = {
        person.ratchets.sending(other.identity.device.public).session_id  # type: ignore[union-attr]
        for person, other in ((alice, bob), (bob, alice))
    }
    rows = alice.store.ratchets.of_device(bob.identity.device.public)
    assert len(rows) == 2, "both are kept"
    assert chosen == {min(row.session_id for row in rows)}
    assert texts(bob, alice) == ["a", "a0", "a1", "a2"]
    assert texts(alice, bob) == ["b", "b0", "b1", "b2"]


def test_what_does_not_open_is_kept_asked_for_and_answered_in_a_new_session(pair: Pair) -> None:
    alice, bob = pair.alice, pair.bob
    pair.begin(alice, bob)
    pair.say(alice, bob, "one")
    pair.say(bob, alice, "two")
    bob.store.database.change("DELETE FROM ratchet")
    lost = pair.sealed(alice, bob, "three")
    bob.receive(lost)
    assert kinds(bob, alice) == [MessageKind.TEXT, MessageKind.UNDECRYPTABLE]
    assert asked_again(bob) == 1
    assert bob.ratchets.sending(alice.identity.device.public) is None
    pair.begin(bob, alice)
    (request,) = [row for row in bob.store.outbox.pending() if row.kind is OutboxKind.REQUEST_AGAIN]
    alice.receive(pair.again(bob, alice, request.content_id))
    ours = alice.ratchets.sending(bob.identity.device.public)
    theirs = bob.ratchets.sending(alice.identity.device.public)
    assert ours is not None and theirs is not None
    assert ours.session_id == theirs.session_id
    content_id = envelopes_content(alice, "three")
    alice.pass_ms(200_000)
    bob.pass_ms(200_000)
    bob.receive(pair.again(alice, bob, content_id))
    assert texts(bob, alice) == ["one", "three"]


def envelopes_content(person: Person, text: str) -> bytes:
    (contact, *_) = person.store.contacts.list()
    rows = person.store.history.conversation(contact.contact_id)
    return next(row.content_id for row in rows if row.text == text)


def test_a_second_one_that_does_not_open_is_kept_but_not_asked_for_within_the_hour(
    pair: Pair,
) -> None:
    alice, bob = pair.alice, pair.bob
    pair.begin(alice, bob)
    pair.say(alice, bob, "one")
    bob.store.database.change("DELETE FROM ratchet")
    bob.receive(pair.sealed(alice, bob, "two"))
    pair.begin(bob, alice)
    bob.receive(pair.sealed(alice, bob, "three"))
    assert kinds(bob, alice)[1:] == [MessageKind.UNDECRYPTABLE] * 2
    assert asked_again(bob) == 1
    assert bob.ratchets.sending(alice.identity.device.public) is not None
    bob.pass_ms(HOUR_MS)
    bob.receive(pair.sealed(alice, bob, "four"))
    assert asked_again(bob) == 2


def test_older_protection_of_a_device_that_has_the_strong_one_is_refused_and_shown(
    pair: Pair,
) -> None:
    alice, bob = pair.alice, pair.bob
    pair.begin(alice, bob)
    pair.say(alice, bob, "one")
    data = send(alice, bob, alice.content(body=b"in the older way"))
    assert texts(bob, alice) == ["one"]
    assert kinds(bob, alice) == [MessageKind.TEXT, MessageKind.NOTICE]
    assert asked_again(bob) == 1
    bob.receive(data)
    assert len(kinds(bob, alice)) == 2, "said once"


def test_card_and_request_come_through_without_a_session(pair: Pair) -> None:
    """Or a device that has lost everything could never say so."""
    alice, bob = pair.alice, pair.bob
    pair.begin(alice, bob)
    pair.say(alice, bob, "one")
    pair.say(bob, alice, "two")
    send(alice, bob, alice.content(ContentType.SEND_AGAIN, sha256(b"something")))
    assert bob.ratchets.sending(alice.identity.device.public) is None, "he begins anew"
    assert MessageKind.NOTICE not in kinds(bob, alice)
    alice.core.own_card.rename("Alice from work", alice.core.now_ms())
    send(alice, bob, alice.content(ContentType.CARD, alice.card.data))
    assert bob.contact(alice).card == alice.card.data


def test_receipt_without_a_session_is_refused_once_there_was_one(pair: Pair) -> None:
    alice, bob = pair.alice, pair.bob
    pair.begin(alice, bob)
    pair.say(alice, bob, "one")
    message = bob.outgoing.text(bob.contact(alice), "mine")
    send(alice, bob, alice.content(ContentType.RECEIPT, b"\x01" + message.content_id))
    row = bob.store.history.get(message.message_id)
    assert row is not None and row.fate is not None and row.fate.name == "QUEUED"


def test_suite_1_is_taken_until_the_first_session(pair: Pair) -> None:
    alice, bob = pair.alice, pair.bob
    pair.begin(bob, alice)  # ours, and nobody has answered it
    send(alice, bob, alice.content(body=b"from before"))
    assert texts(bob, alice) == ["from before"]


def test_a_stranger_begins_with_the_card_that_rides_along(people: Scene, pair: Pair) -> None:
    mallory, bob = people.mallory, pair.bob
    stocked(mallory)
    follow(mallory, bob)
    pair.begin(mallory, bob)
    pair.say(mallory, bob, "hello, you do not know me")
    contact = bob.contact(mallory)
    assert contact.state is ContactState.REQUEST
    assert texts(bob, mallory) == ["hello, you do not know me"]
    assert len(bob.store.ratchets.of_device(mallory.identity.device.public)) == 1


def test_a_handshake_that_nothing_vouches_for_uses_nothing_up(
    people: Scene, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The keys it states do not stand on the card that rides along."""
    mallory, bob = people.mallory, pair.bob
    stocked(mallory, advertise=False)
    follow(mallory, bob)
    card = mallory.card
    mallory.core.own_card.advertise(mallory.ratchets.kem().public_hash, mallory.core.now_ms())
    pair.begin(mallory, bob)

    def with_former_card(_: Sealer, content: Content, *, with_card: bool) -> bytes:
        assert with_card, "it rides along until he has answered"
        return dataclasses.replace(content, extensions=((Extension.CARD, card.data),)).encode()

    monkeypatch.setattr(Sealer, "_encoded", with_former_card)
    before = bob.store.prekeys.count(PrekeyKind.ONE_TIME)
    pair.say(mallory, bob, "hello")
    assert bob.store.contacts.get_by_identity(mallory.identity.identity) is None
    assert bob.store.prekeys.count(PrekeyKind.ONE_TIME) == before
    assert bob.store.ratchets.of_device(mallory.identity.device.public) == ()


def test_at_most_four_sessions_with_a_device(pair: Pair) -> None:
    alice, bob = pair.alice, pair.bob
    for number in range(6):
        pair.begin(alice, bob)
        pair.say(alice, bob, f"{number}")
    assert texts(bob, alice) == [f"{number}" for number in range(6)]
    for person, other in ((alice, bob), (bob, alice)):
        rows = person.store.ratchets.of_device(other.identity.device.public)
        assert len(rows) == 4
        assert [row.is_retired for row in rows] == [True] * 3 + [False]


def test_a_bundle_of_somebody_else_begins_nothing(people: Scene, pair: Pair) -> None:
    alice, bob = pair.alice, pair.bob
    shelf = pair.shelves[id(bob)]
    contact, card = alice.contact(bob), bob.card
    other = stocked(people.mallory).take()
    with pytest.raises(InvalidKeyError):
        alice.ratchets.begin(contact, card, other)
    swapped = dataclasses.replace(shelf.take(), signed_prekey=other.signed_prekey)
    with pytest.raises(BadSignatureError):
        alice.ratchets.begin(contact, card, swapped)
    assert alice.ratchets.sending(bob.identity.device.public) is None


def test_the_same_one_time_key_twice_is_refused_the_second_time_and_heals(
    people: Scene, pair: Pair
) -> None:
    alice, bob, mallory = pair.alice, pair.bob, people.mallory
    shelf = pair.shelves[id(bob)]
    shelf.same_again = True
    stocked(mallory)
    follow(mallory, bob)
    bob.knows(mallory)
    pair.begin(mallory, bob)
    pair.begin(alice, bob)
    pair.say(mallory, bob, "first")
    pair.say(alice, bob, "second")
    assert texts(bob, mallory) == ["first"]
    assert kinds(bob, alice) == [MessageKind.UNDECRYPTABLE]
    assert asked_again(bob) == 1
    pair.begin(bob, alice)
    pair.say(bob, alice, "say that again")
    pair.say(alice, bob, "now")
    assert texts(bob, alice) == ["now"]


def test_unanswered_for_long_is_begun_anew(pair: Pair) -> None:
    alice, bob = pair.alice, pair.bob
    pair.begin(alice, bob)
    row = alice.ratchets.sending(bob.identity.device.public)
    assert row is not None and not alice.ratchets.is_worn(row)
    alice.pass_ms(BEGIN_AGAIN_MS)
    assert alice.ratchets.is_worn(row)
    pair.say(alice, bob, "one")
    pair.say(bob, alice, "two")
    row = alice.ratchets.sending(bob.identity.device.public)
    assert row is not None and not alice.ratchets.is_worn(row)


def test_secrets_that_are_over_are_deleted(pair: Pair) -> None:
    bob = pair.bob
    pair.begin(pair.alice, bob)
    pair.say(pair.alice, bob, "one")
    bob.ratchets.purge(bob.core.now_ms() + 40 * 24 * HOUR_MS)
    assert [bob.store.prekeys.count(kind) for kind in PrekeyKind] == [0, 0, 0, 0]
    assert bob.store.database.value("SELECT count(*) FROM taken_once") == 0


def test_protection_in_plain_words(people: Scene, pair: Pair) -> None:
    alice, bob = pair.alice, pair.bob
    words = [alice.ratchets.protection(alice.contact(bob))]
    pair.begin(alice, bob)
    words.append(alice.ratchets.protection(alice.contact(bob)))
    pair.say(alice, bob, "one")
    pair.say(bob, alice, "two")
    words.append(alice.ratchets.protection(alice.contact(bob)))
    words.append(bob.ratchets.protection(bob.contact(alice)))
    assert [word.split()[0] for word in words] == ["waits", "strong,", "strong:", "strong:"]
    assert people.mallory.ratchets.protection(people.mallory.contact(bob)).startswith("older")
