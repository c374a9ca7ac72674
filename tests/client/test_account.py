from __future__ import annotations

import dataclasses

import pytest

from tests.client.kit import NOW_MS, RELAY, SeededBytes, material
from whispr.client.account import (
    PREVIOUS_MAILBOX_MS,
    check_name,
    first_version,
    new_device_material,
    new_key_material,
)
from whispr.client.crypto.key_material import MAX_PREVIOUS_MAILBOXES, KeyMaterial
from whispr.client.places import FormerPlace
from whispr.errors import UserInputError
from whispr.protocol.address import RelayAddress

PRIVATE = RelayAddress(RELAY.host, RELAY.port, RELAY.relay_ids, b"token")
SEEDS = ("root_seed", "device_seed", "box_secret", "mailbox_seed", "database_key")


def test_a_new_person_has_five_different_secrets() -> None:
    keys = new_key_material("Alice", PRIVATE, now_ms=NOW_MS)
    other = new_key_material("Alice", PRIVATE, now_ms=NOW_MS)
    assert len({getattr(one, seed) for one in (keys, other) for seed in SEEDS}) == 10
    assert (keys.device_id, keys.card_version) == (1, NOW_MS // 1000)
    assert RelayAddress.parse(keys.relay_address) == PRIVATE and keys.access_token == b"token"
    assert keys.previous_mailboxes == ()


@pytest.mark.parametrize("name", ["", " ", "two\nlines", "x" * 65, "\u202e"])
def test_a_name_that_cannot_be_shown_is_refused(name: str) -> None:
    with pytest.raises(UserInputError):
        new_key_material(name, RELAY, now_ms=NOW_MS)
    check_name("x" * 64)


def successor(former: KeyMaterial, now_ms: int = NOW_MS, card_version: int = 1) -> KeyMaterial:
    return new_device_material(
        former,
        RELAY,
        name="Alice",
        card_version=card_version,
        former_relay=PRIVATE,
        now_ms=now_ms,
        random_bytes=SeededBytes(f"successor {now_ms}"),
    )


def test_only_the_identity_stays_with_a_new_device() -> None:
    former = material("Alice")
    keys = successor(former)
    assert keys.root_seed == former.root_seed and keys.device_id == former.device_id + 1
    for seed in SEEDS[1:]:
        assert getattr(keys, seed) != getattr(former, seed)
    (mailbox,) = keys.previous_mailboxes
    assert mailbox.mailbox_seed == former.mailbox_seed
    assert mailbox.until_ms == NOW_MS + PREVIOUS_MAILBOX_MS
    assert mailbox.access_token == b"token"
    assert RelayAddress.parse(mailbox.relay_address) == RELAY, "the token travels on its own"


def test_the_card_is_above_the_former_one_and_above_what_it_issued_since() -> None:
    former = material("Alice")
    assert successor(former, card_version=7).card_version == NOW_MS // 1000
    high = NOW_MS // 1000 + 50
    assert successor(former, card_version=high).card_version == high + 1


def test_mailboxes_of_earlier_devices_are_read_until_their_time_is_over() -> None:
    first = successor(material("Alice"))
    second = successor(first, NOW_MS + PREVIOUS_MAILBOX_MS - 1)
    assert len(second.previous_mailboxes) == 2
    third = successor(second, NOW_MS + PREVIOUS_MAILBOX_MS)
    assert [mailbox.mailbox_seed for mailbox in third.previous_mailboxes] == [
        second.mailbox_seed,
        first.mailbox_seed,
    ]
    keys = first
    for number in range(MAX_PREVIOUS_MAILBOXES + 2):
        keys = successor(keys, NOW_MS + number)
    assert len(keys.previous_mailboxes) == MAX_PREVIOUS_MAILBOXES


def test_places_where_the_former_mailbox_lay_are_read_with_its_key() -> None:
    keys = new_device_material(
        material("Alice"),
        RELAY,
        name="Alice",
        card_version=1,
        former_relay=RELAY,
        former_places=(FormerPlace(PRIVATE, NOW_MS + 5), FormerPlace(RELAY, NOW_MS)),
        now_ms=NOW_MS,
        random_bytes=SeededBytes("successor"),
    )
    last, earlier = keys.previous_mailboxes
    assert last.until_ms == NOW_MS + PREVIOUS_MAILBOX_MS
    assert (earlier.until_ms, earlier.access_token) == (NOW_MS + 5, b"token")
    assert earlier.mailbox_seed == last.mailbox_seed == material("Alice").mailbox_seed


def test_versions_follow_the_time_and_leave_room_at_the_end() -> None:
    assert first_version(NOW_MS) == 1_800_000_000
    assert first_version(10**15) == first_version(10**14) < 2**32 - 2**27


def test_no_secret_in_repr() -> None:
    keys = successor(dataclasses.replace(material("Alice"), access_token=b"token"))
    shown = repr(keys) + repr(keys.previous_mailboxes)
    assert "token" not in shown
    for seed in SEEDS:
        assert getattr(keys, seed).hex() not in shown and repr(getattr(keys, seed)) not in shown
