from __future__ import annotations

import copy
import dataclasses

import pytest

from tests.client.crypto.suite2.ends import Device, flipped
from tests.client.kit import card_of, material
from whispr.client.crypto.suite2.party import PARTY_BYTES, Party
from whispr.errors import InvalidKeyError
from whispr.protocol.card import Card
from whispr.protocol.device import NO_HASH, DeviceRecord

ALICE = Device("Alice")
PARTY = ALICE.own.party


def card(**changes: object) -> Card:
    """Alice's card, with suite 2 unless changed."""
    plain = card_of(material("Alice"))
    fields = {"suites": 3, "kem_key_hash": ALICE.kem.public_hash, **changes}
    return dataclasses.replace(plain, devices=(dataclasses.replace(plain.device, **fields),))


def device(**changes: object) -> DeviceRecord:
    return card(**changes).device


def test_the_layout_is_the_one_of_the_docstring() -> None:
    assert PARTY.encode() == b"".join(
        (
            *(PARTY.identity, (1).to_bytes(4, "big"), PARTY.device_key, PARTY.box_key),
            *(ALICE.kem.public_hash, (7).to_bytes(4, "big")),
        )
    )
    assert len(PARTY.encode()) == PARTY_BYTES == 136
    assert Party.decode(PARTY.encode()) == PARTY


@pytest.mark.parametrize("size", [0, 135, 137])
def test_other_lengths_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match="expected 136 bytes"):
        Party.decode(bytes(size))


def test_keys_of_a_wrong_size_are_refused() -> None:
    for name in ("identity", "device_key", "box_key", "kem_key_hash"):
        with pytest.raises(ValueError, match="expected 32 bytes"):
            dataclasses.replace(PARTY, **{name: bytes(31)})


def test_a_device_on_a_card_is_a_party() -> None:
    found = Party.of_device(card(), card().device)
    assert found == dataclasses.replace(PARTY, card_version=card().card_version)


@pytest.mark.parametrize("changes", [{"suites": 1}, {"kem_key_hash": NO_HASH}])
def test_without_suite_2_there_is_no_party(changes: dict[str, object]) -> None:
    with pytest.raises(InvalidKeyError):
        Party.of_device(card(), device(**changes))


def test_a_party_stands_on_the_card_that_says_the_same_of_every_key() -> None:
    assert PARTY.stands_on(card())
    assert dataclasses.replace(PARTY, card_version=1).stands_on(card())
    for name in ("identity", "device_key", "box_key", "kem_key_hash"):
        other = dataclasses.replace(PARTY, **{name: flipped(getattr(PARTY, name), 5)})
        assert not other.stands_on(card())
    assert not dataclasses.replace(PARTY, device_id=2).stands_on(card())


def test_own_keys_do_not_print_or_copy_themselves() -> None:
    assert material("Alice").box_secret.hex()[:16] not in repr(ALICE.own)
    with pytest.raises(TypeError):
        copy.deepcopy(ALICE.own)
