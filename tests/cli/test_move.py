from __future__ import annotations

from collections.abc import Callable

from tests.cli.cli_kit import Person, RelayThread
from whispr.protocol.card import parse_card_text

MakeRelay = Callable[..., RelayThread]


def test_mailbox_is_at_the_new_relay_and_the_old_one_is_read(
    friends: tuple[Person, Person], relay: RelayThread, make_relay: MakeRelay
) -> None:
    alice, bob = friends
    other = make_relay()
    here, there = (one.relay.address.location for one in (relay, other))
    before = parse_card_text(bob.card())
    ran = bob.run("move", other.address)
    assert ran.code == 0, ran.err
    assert f"your mailbox is at {there} now; 1 contact is told" in ran.out
    assert f"{here} is read until 20" in ran.out
    card = parse_card_text(bob.card())
    assert card.device.relay.location == there and card.card_version > before.card_version
    # Alice still has the old card: what she sends lies at the old relay.
    assert alice.run("send", "Bob", "to the old place").code == 0
    bob.listen_until("to the old place")


def test_second_time_nothing_changes(
    bob: Person, relay: RelayThread, make_relay: MakeRelay
) -> None:
    other = make_relay()
    (first,) = bob.json("move", other.address).of_type("moved")
    card = bob.card()
    (again,) = bob.json("move", other.address).of_type("moved")
    assert first == again and bob.card() == card
    assert again["relay"] == other.relay.address.location
    assert again["former"] == [relay.relay.address.location]


def test_relay_that_is_not_there_changes_nothing(bob: Person, make_relay: MakeRelay) -> None:
    other = make_relay()
    other.stop()
    card = bob.card()
    ran = bob.run("move", other.address)
    assert ran.code == 1 and ran.err.startswith("whispr: ")
    assert bob.run("move", "https://relay.example").code != 0
    assert bob.card() == card
