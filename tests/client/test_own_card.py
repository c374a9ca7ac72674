from __future__ import annotations

import pytest

from tests.client.kit import NOW_MS, RELAY, RELAY_ID, Scene, material, seeded
from whispr.client.crypto.identity import OwnIdentity
from whispr.client.own_card import CARD, OwnCard
from whispr.client.own_card import RELAY as RELAY_SETTING
from whispr.client.store.profile_store import ProfileStore
from whispr.errors import InvalidCardError
from whispr.protocol.address import RelayAddress
from whispr.protocol.card import parse_card

NEXT_ID = seeded("next key")
LATER_MS = NOW_MS + 60_000
UNPINNED = RelayAddress("relay.example", 7443)


def opened(store: ProfileStore, relay: RelayAddress = RELAY) -> OwnCard:
    keys = material("Alice", relay=relay)
    return OwnCard(keys, OwnIdentity(keys), store.settings, NOW_MS)


@pytest.fixture
def store(people: Scene) -> ProfileStore:
    """A database without a card of its own."""
    store = people.mallory.store
    store.settings.import_rows({CARD.name: b"", RELAY_SETTING.name: ""})
    return store


def test_the_first_card_says_what_the_key_file_says_and_stays(store: ProfileStore) -> None:
    own = opened(store)
    assert own.current is not None
    assert own.current.card_version == material("Alice").card_version
    assert (own.current.name, own.current.device.relay) == ("Alice", RELAY)
    assert opened(store).current == own.current


def test_a_relay_without_a_pin_has_no_card_until_it_was_reached(store: ProfileStore) -> None:
    own = opened(store, UNPINNED)
    assert own.current is None and own.name == "Alice"
    assert not own.learn_relay_ids((), LATER_MS)
    assert own.learn_relay_ids((RELAY_ID,), LATER_MS)
    assert own.current is not None and own.current.device.relay == RELAY
    assert opened(store, UNPINNED).current == own.current


def test_a_new_key_of_the_relay_makes_a_higher_card_once(store: ProfileStore) -> None:
    own = opened(store)
    assert own.current is not None
    before = own.current.card_version
    assert own.learn_relay_ids((RELAY_ID, NEXT_ID), LATER_MS)
    assert own.current.card_version == LATER_MS // 1000 > before
    assert own.current.device.relay.relay_ids == (RELAY_ID, NEXT_ID)
    assert not own.learn_relay_ids((RELAY_ID, NEXT_ID), LATER_MS)
    again = opened(store)
    assert again.current == own.current and again.relay == own.relay


def test_versions_rise_whatever_the_clock_says(store: ProfileStore) -> None:
    own = opened(store)
    versions = []
    for number, now_ms in enumerate((LATER_MS, LATER_MS, 0, 253_402_300_800_000, 0)):
        assert own.rename(f"Alice {number}", now_ms)
        assert own.current is not None
        versions.append(own.current.card_version)
    assert versions == sorted(set(versions)) and versions[-1] < 2**32


def test_a_name_is_changed_once_and_must_be_one(store: ProfileStore) -> None:
    own = opened(store)
    assert own.rename("Alice L.", LATER_MS) and own.name == "Alice L."
    assert not own.rename("Alice L.", LATER_MS)
    before = own.current
    with pytest.raises(InvalidCardError):
        own.rename("two\nlines", LATER_MS)
    assert own.current == before and opened(store).name == "Alice L."


def test_another_token_is_kept_and_changes_no_card(store: ProfileStore) -> None:
    own = opened(store)
    before = own.current
    private = RelayAddress(RELAY.host, RELAY.port, RELAY.relay_ids, b"token")
    assert not own.move(private, LATER_MS)
    assert own.current == before and opened(store).relay.access_token == b"token"
    assert own.learn_relay_ids((RELAY_ID, NEXT_ID), LATER_MS)
    assert own.relay.access_token == b"token"
    assert own.current is not None and b"token" not in own.current.data


def test_another_relay_is_told_and_one_without_a_pin_refused(store: ProfileStore) -> None:
    own = opened(store)
    elsewhere = RelayAddress("elsewhere.example", 443, (NEXT_ID,))
    assert own.move(elsewhere, LATER_MS)
    assert own.current is not None and own.current.device.relay == elsewhere
    before = own.current
    with pytest.raises(InvalidCardError):
        own.move(RelayAddress("third.example", 443), LATER_MS)
    assert own.relay == elsewhere and own.current == before
    assert opened(store).relay == elsewhere


def test_card_and_relay_are_written_in_one_step(
    store: ProfileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed in between, the new relay beside the old card would never be corrected."""
    own = opened(store)
    steps: list[set[str]] = []
    real = type(store.settings).import_rows

    def noted(settings: object, values: dict[str, object]) -> None:
        steps.append(set(values))
        real(store.settings, values)

    monkeypatch.setattr(type(store.settings), "import_rows", noted)
    own.move(RelayAddress("elsewhere.example", 443, (NEXT_ID,)), LATER_MS)
    assert steps == [{CARD.name, RELAY_SETTING.name}]
    assert parse_card(store.settings.get(CARD)) == own.current
