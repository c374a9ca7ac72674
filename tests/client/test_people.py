from __future__ import annotations

from typing import Any

import pytest

from tests.client.fake_engine import FakeEngine
from tests.client.kit import NOW_MS, Scene, card_of, material, send
from tests.client.test_receiver import receipts
from whispr.client.people import People
from whispr.client.store.contacts import ContactState
from whispr.errors import (
    ContactConflictError,
    InvalidCardError,
    UnknownContactError,
    UserInputError,
)


@pytest.fixture
def engine(people: Scene) -> FakeEngine:
    return FakeEngine(people.bob.outgoing)


@pytest.fixture
def known(people: Scene, engine: Any) -> People:
    """The people that Bob knows."""
    return People(people.bob.core, engine)


def knock(people: Scene) -> None:
    """Mallory writes to Bob, who does not know him."""
    mallory = people.mallory
    send(mallory, people.bob, mallory.content(body=b"let me in", with_card=mallory.card))


def test_found_by_name_or_address(people: Scene, known: People) -> None:
    alice = people.bob.contact(people.alice)
    assert known.get("alice") == alice == known.get(known.address(alice))
    assert known.list() == (alice,) and known.card(alice) == people.alice.card
    with pytest.raises(UnknownContactError, match="whispr contacts"):
        known.get("Carol")


def test_added_by_a_card(people: Scene, known: People, engine: FakeEngine) -> None:
    carol = card_of(material("Carol"))
    contact = known.add(carol.text())
    assert (contact.name, contact.identity, contact.card) == ("Carol", carol.identity, carol.data)
    assert contact.state is ContactState.ACCEPTED and not contact.answered
    assert engine.published == 1 and people.bob.event_types() == {"ContactChanged": 1}
    assert known.add(carol.text()) == contact, "twice changes nothing"
    assert known.add(carol.text(), "C.").name == "C."


def test_what_is_no_card_or_our_own_is_refused(people: Scene, known: People) -> None:
    text = card_of(material("Carol")).text()
    for broken in ("hello", text[:-3], text.replace("relay.example", "evil.example")):
        with pytest.raises(InvalidCardError):
            known.add(broken)
    with pytest.raises(ContactConflictError, match="own card"):
        known.add(people.bob.card.text())
    assert len(known.list(None)) == 1


def test_a_name_that_somebody_has_is_refused_when_it_was_asked_for(known: People) -> None:
    with pytest.raises(ContactConflictError, match="choose a name"):
        known.add(card_of(material("Carol")).text(), "ALICE")
    assert len(known.list(None)) == 1


def test_a_newer_card_is_followed_and_an_older_one_is_not(people: Scene, known: People) -> None:
    newer, older = card_of(material("Alice", device=3)), card_of(material("Alice", device=2))
    contact = known.add(newer.text())
    assert contact.card == newer.data and contact.key_changed
    assert known.add(older.text()).card == newer.data


def test_a_request_that_is_accepted_is_confirmed(
    people: Scene, known: People, engine: FakeEngine
) -> None:
    knock(people)
    (stranger,) = known.requests()
    contact = known.accept(stranger.name)
    assert contact.state is ContactState.ACCEPTED and contact.answered
    assert len(receipts(people.bob)) == 1 and engine.published == 1
    assert known.requests() == () and people.bob.texts(people.mallory) == ["let me in"]
    with pytest.raises(UserInputError):
        known.accept(stranger.name)


def test_to_add_somebody_who_knocked_is_to_accept_him(people: Scene, known: People) -> None:
    knock(people)
    contact = known.add(people.mallory.card.text(), "M.")
    assert (contact.state, contact.name) == (ContactState.ACCEPTED, "M.")
    assert len(receipts(people.bob)) == 1


def test_who_is_blocked_is_forgotten_but_for_his_name(
    people: Scene, known: People, engine: FakeEngine
) -> None:
    send(people.alice, people.bob, people.alice.content())
    contact = known.block("Alice")
    assert contact.state is ContactState.BLOCKED and people.bob.texts(people.alice) == []
    assert people.bob.store.outbox.pending() == () and engine.transfers.removed == 1
    with pytest.raises(ContactConflictError, match="unblock"):
        known.add(people.alice.card.text())
    with pytest.raises(UserInputError):
        known.set_verified("Alice", True)
    assert known.unblock("Alice").state is ContactState.ACCEPTED
    with pytest.raises(UserInputError):
        known.unblock("Alice")


def test_a_contact_is_renamed_and_removed(people: Scene, known: People, engine: FakeEngine) -> None:
    assert known.rename("Alice", "Alice L.").name == "Alice L."
    known.remove("alice l.")
    assert known.list(None) == () and engine.transfers.removed == 1
    with pytest.raises(UnknownContactError):
        known.remove("Alice L.")


def test_verified_is_noted_and_taken_back(people: Scene, known: People) -> None:
    assert known.set_verified("Alice", True).verified_at_ms == NOW_MS
    assert known.set_verified("Alice", False).verified_at_ms is None


def test_both_see_the_same_safety_number(people: Scene, known: People) -> None:
    engine: Any = FakeEngine(people.alice.outgoing)
    other = People(people.alice.core, engine)
    number = known.safety_number("Alice")
    assert number == other.safety_number("Bob")
    assert sum(character.isdigit() for character in number) == 60
    mallory = People(people.mallory.core, engine)
    assert mallory.safety_number("Alice") != number


def test_a_key_change_is_shown_until_the_person_has_seen_it(people: Scene, known: People) -> None:
    assert known.add(card_of(material("Alice", device=2)).text()).key_changed
    assert not known.acknowledge_key_change("Alice").key_changed
    assert people.bob.event_types()["ContactChanged"] == 2
