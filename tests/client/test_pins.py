"""Keys that a relay announced are followed, for the address they were announced for."""

from __future__ import annotations

from tests.client.kit import RELAY, Scene, seeded
from whispr.client.pins import Pins
from whispr.protocol.address import RelayAddress

A, B, C, D = (seeded("pin", letter) for letter in "abcd")


def address(*relay_ids: bytes) -> RelayAddress:
    return RelayAddress(RELAY.host, RELAY.port, relay_ids)


def test_unknown_relay_has_the_pins_of_its_card(people: Scene) -> None:
    pins = Pins(people.alice.store.settings)
    assert pins.of(address(A, B)) == (A, B)


def test_learned_pins_replace_those_of_the_card(people: Scene) -> None:
    Pins(people.alice.store.settings).learn(address(A), (A, B))
    assert Pins(people.alice.store.settings).of(address(A)) == (A, B)


def test_relay_is_followed_through_every_change_of_its_key(people: Scene) -> None:
    pins = Pins(people.alice.store.settings)
    for announced in [(A, B), (B, C), (C, D), (D,)]:
        pins.learn(address(A), announced)
        assert pins.of(address(A)) == announced


def test_newer_card_wins(people: Scene) -> None:
    pins = Pins(people.alice.store.settings)
    pins.learn(address(A), (A, B))
    assert pins.of(address(A, C)) == (A, C)


def test_other_relay_is_not_meant(people: Scene) -> None:
    pins = Pins(people.alice.store.settings)
    pins.learn(address(A), (A, B))
    elsewhere = RelayAddress("other.example", RELAY.port, (A,))
    assert pins.of(elsewhere) == (A,)


def test_address_without_pins_stays_with_the_authorities(people: Scene) -> None:
    pins = Pins(people.alice.store.settings)
    pins.learn(address(), (A, B))
    assert pins.of(address()) == ()


def test_nothing_learned_forgets_nothing(people: Scene) -> None:
    pins = Pins(people.alice.store.settings)
    pins.learn(address(A), ())
    assert pins.of(address(A)) == (A,)
