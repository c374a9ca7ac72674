from __future__ import annotations

import dataclasses

import pytest

from tests.client.kit import NOW_MS, RELAY, Scene, seeded
from whispr.client.places import (
    MAX_PLACES,
    READ_LONGER_MS,
    FormerPlace,
    FormerPlaces,
    former_places,
)
from whispr.errors import CorruptFileError
from whispr.protocol.address import RelayAddress

PRIVATE = dataclasses.replace(RELAY, access_token=b"let me in")


def relay(number: int) -> RelayAddress:
    return RelayAddress(f"relay{number}.example", 7443, (seeded(f"relay {number}"),))


@pytest.fixture
def places(people: Scene) -> FormerPlaces:
    return FormerPlaces(people.alice.store.settings)


def test_place_is_read_for_thirty_days_with_its_token(places: FormerPlaces, people: Scene) -> None:
    assert places.current(NOW_MS) == ()
    places.note_move(PRIVATE, relay(1), NOW_MS)
    until_ms = NOW_MS + READ_LONGER_MS
    assert places.current(until_ms - 1) == (FormerPlace(PRIVATE, until_ms),)
    assert FormerPlaces(people.alice.store.settings).current(NOW_MS) == places.current(NOW_MS)
    assert places.current(until_ms) == ()


def test_latest_four_are_kept(places: FormerPlaces) -> None:
    for number in range(MAX_PLACES + 1):
        places.note_move(relay(number), relay(number + 1), NOW_MS + number)
    kept = [place.relay for place in places.current(NOW_MS)]
    assert kept == [relay(number) for number in (4, 3, 2, 1)]


def test_place_that_we_move_back_to_is_no_former_one(places: FormerPlaces) -> None:
    places.note_move(RELAY, relay(1), NOW_MS)
    newer_key = dataclasses.replace(RELAY, relay_ids=(seeded("newer"),))
    places.note_move(relay(1), newer_key, NOW_MS + 1)
    assert [place.relay for place in places.current(NOW_MS)] == [relay(1)]


def test_another_key_at_the_same_place_leaves_nothing(places: FormerPlaces) -> None:
    places.note_move(RELAY, dataclasses.replace(RELAY, relay_ids=(seeded("newer"),)), NOW_MS)
    places.note_move(RELAY, PRIVATE, NOW_MS)
    assert places.current(NOW_MS) == ()


def test_another_address_of_the_same_relay_leaves_nothing(places: FormerPlaces) -> None:
    places.note_move(RELAY, dataclasses.replace(RELAY, host="renamed.example"), NOW_MS)
    assert places.current(NOW_MS) == ()
    places.note_move(RELAY, relay(1), NOW_MS)
    places.note_move(relay(1), dataclasses.replace(RELAY, port=8443), NOW_MS)
    assert [place.relay for place in places.current(NOW_MS)] == [relay(1)]


def test_place_that_nobody_was_told_of_is_not_read(places: FormerPlaces) -> None:
    places.note_move(None, relay(1), NOW_MS)
    assert places.current(NOW_MS) == ()


@pytest.mark.parametrize("text", ["nonsense", "12", f"soon {RELAY.text()}", "12 https://a.example"])
def test_what_was_not_written_here_is_refused(text: str) -> None:
    with pytest.raises(CorruptFileError):
        former_places(text)
