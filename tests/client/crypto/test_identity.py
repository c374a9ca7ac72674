from __future__ import annotations

import pytest

from tests.client.kit import NOW_MS, RELAY, card_of, material
from whispr.client.crypto.identity import OwnIdentity
from whispr.errors import InvalidCardError
from whispr.protocol.address import RelayAddress
from whispr.protocol.card import parse_card
from whispr.protocol.signatures import SigningKey
from whispr.protocol.signing import mailbox_id

KEYS = material("Alice")
ALICE = OwnIdentity(KEYS)


def test_one_key_for_one_purpose() -> None:
    assert ALICE.identity == SigningKey(KEYS.root_seed).public
    assert ALICE.mailbox_id == mailbox_id(SigningKey(KEYS.mailbox_seed).public)
    keys = {ALICE.root.public, ALICE.device.public, ALICE.box.public, ALICE.mailbox.public}
    assert len(keys) == 4


def test_the_card_names_this_device_and_where_it_is_reached_without_the_token() -> None:
    private = RelayAddress(RELAY.host, RELAY.port, RELAY.relay_ids, b"token")
    card = ALICE.card(
        name="Alice", relay=private, card_version=7, created_ms=NOW_MS, issued_ms=NOW_MS + 1
    )
    assert parse_card(card.data) == card
    assert (card.identity, card.card_version, card.name) == (ALICE.identity, 7, "Alice")
    device = card.device
    assert (device.device_id, device.device_key) == (1, ALICE.device.public)
    assert (device.box_key, device.mailbox) == (ALICE.box.public, ALICE.mailbox_id)
    assert device.relay == RELAY and b"token" not in card.data


def test_no_card_without_a_pin_or_a_name() -> None:
    with pytest.raises(InvalidCardError):
        card_of(KEYS, relay=RelayAddress("relay.example", 7443))
    with pytest.raises(InvalidCardError):
        ALICE.card(name="", relay=RELAY, card_version=1, created_ms=1, issued_ms=1)


def test_another_device_has_the_same_identity_only() -> None:
    other = OwnIdentity(material("Alice", device=2))
    assert other.identity == ALICE.identity
    assert other.device.public != ALICE.device.public
    assert other.box.public != ALICE.box.public
    assert other.mailbox_id != ALICE.mailbox_id


def test_repr_shows_no_key() -> None:
    shown = repr(ALICE) + str(ALICE)
    assert shown.count(ALICE.identity[:4].hex()) == 2 and ALICE.identity.hex() not in shown
    for secret in (KEYS.root_seed, KEYS.device_seed, KEYS.box_secret, KEYS.mailbox_seed):
        assert secret.hex() not in shown and repr(secret) not in shown
