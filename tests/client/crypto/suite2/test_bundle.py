from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.client.crypto.suite2.ends import EXPIRES_MS, Device, flipped
from tests.client.kit import NOW_MS
from whispr.client.crypto.suite2.bundle import (
    BUNDLE_BYTES,
    BUNDLE_BYTES_WITH_ONE_TIME,
    Bundle,
    ClaimedPrekeys,
    open_bundle,
)
from whispr.client.crypto.suite2.prekey import PrekeyKind
from whispr.errors import BadSignatureError, CryptoError, InvalidKeyError

BOB = Device("Bob")
CLAIMED = BOB.claimed()


def opened(claimed: ClaimedPrekeys, now_ms: int = NOW_MS) -> Bundle:
    return open_bundle(claimed, BOB.own.party, now_ms)


@pytest.mark.parametrize("last_resort", [False, True])
@pytest.mark.parametrize("one_time", [False, True])
def test_a_bundle_of_the_device_on_the_card_is_good(last_resort: bool, one_time: bool) -> None:
    bundle = opened(BOB.claimed(last_resort=last_resort, one_time=one_time))
    kem_kind = PrekeyKind.KEM_LAST_RESORT if last_resort else PrekeyKind.KEM_ONE_TIME
    assert (bundle.signed.kind, bundle.kem.kind) == (PrekeyKind.SIGNED, kem_kind)
    assert (bundle.one_time is not None) is one_time
    assert bundle.party == BOB.own.party and bundle.kem_key == BOB.kem.public


@pytest.mark.parametrize("last_resort", [False, True])
@pytest.mark.parametrize("one_time", [False, True])
def test_the_layout_comes_back(last_resort: bool, one_time: bool) -> None:
    claimed = BOB.claimed(last_resort=last_resort, one_time=one_time)
    data = claimed.encode()
    assert len(data) == (BUNDLE_BYTES_WITH_ONE_TIME if one_time else BUNDLE_BYTES)
    assert ClaimedPrekeys.decode(data) == claimed
    assert data[:1184] == claimed.kem_key and data[1184:1292] == claimed.signed_prekey
    assert data[1292] == last_resort and data[1293:2553] == claimed.kem_prekey


def test_every_changed_byte_of_a_bundle_is_refused() -> None:
    data = CLAIMED.encode()
    for index in range(len(data)):
        with pytest.raises(CryptoError):
            opened(ClaimedPrekeys.decode(flipped(data, index)))


@given(st.binary(max_size=3000))
def test_any_bytes_are_no_bundle(data: bytes) -> None:
    with pytest.raises(CryptoError):
        opened(ClaimedPrekeys.decode(data))


@pytest.mark.parametrize("size", [0, 2552, 2554, 2660, 2662])
def test_other_lengths_are_refused(size: int) -> None:
    with pytest.raises(InvalidKeyError):
        ClaimedPrekeys.decode(bytes(size))


def test_another_kem_key_than_the_one_on_the_card_is_refused() -> None:
    for kem_key in (Device("Mallory").kem.public, b""):
        with pytest.raises(InvalidKeyError):
            opened(dataclasses.replace(CLAIMED, kem_key=kem_key))


@pytest.mark.parametrize(
    ("slot", "kind"),
    [
        ("signed_prekey", PrekeyKind.ONE_TIME),
        ("one_time", PrekeyKind.SIGNED),
        ("kem_prekey", PrekeyKind.KEM_LAST_RESORT),
    ],
)
def test_prekeys_swapped_between_labels_are_refused(slot: str, kind: PrekeyKind) -> None:
    changes: dict[str, Any] = {slot: BOB.record(kind)}
    with pytest.raises(BadSignatureError):
        opened(dataclasses.replace(CLAIMED, **changes))


def test_a_one_time_key_that_the_relay_calls_the_last_resort_is_refused() -> None:
    for last_resort in (False, True):
        claimed = BOB.claimed(last_resort=last_resort)
        with pytest.raises(BadSignatureError):
            opened(dataclasses.replace(claimed, last_resort=not last_resort))


@pytest.mark.parametrize("slot", ["signed_prekey", "kem_prekey", "one_time"])
def test_prekeys_of_another_person_are_refused(slot: str) -> None:
    theirs = getattr(Device("Mallory").claimed(), slot)
    with pytest.raises(BadSignatureError):
        opened(dataclasses.replace(CLAIMED, **{slot: theirs}))


@pytest.mark.parametrize("slot", ["signed_prekey", "kem_prekey", "one_time"])
def test_an_expired_prekey_spoils_the_bundle(slot: str) -> None:
    kinds = {
        "signed_prekey": PrekeyKind.SIGNED,
        "kem_prekey": PrekeyKind.KEM_ONE_TIME,
        "one_time": PrekeyKind.ONE_TIME,
    }
    record = BOB.record(kinds[slot], expires_ms=NOW_MS)
    changes: dict[str, Any] = {slot: record}
    with pytest.raises(InvalidKeyError):
        opened(dataclasses.replace(CLAIMED, **changes))


def test_a_bundle_is_good_until_it_expires() -> None:
    assert opened(CLAIMED, EXPIRES_MS - 1)
    with pytest.raises(InvalidKeyError):
        opened(CLAIMED, EXPIRES_MS)
