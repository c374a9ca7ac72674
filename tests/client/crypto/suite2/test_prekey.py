from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import pytest

from tests.client.crypto.suite2.ends import EXPIRES_MS, Device, flipped, prekey_secret
from tests.client.kit import NOW_MS
from tests.protocol.small_order import ED25519_POINTS
from whispr.client.crypto.suite2.prekey import (
    MAX_PREKEY_LIFE_MS,
    PrekeyKind,
    PrekeySecret,
    open_record,
)
from whispr.errors import (
    BadSignatureError,
    CorruptFileError,
    CryptoError,
    InvalidKeyError,
    UnsupportedFormatError,
)
from whispr.protocol import limits
from whispr.protocol.signatures import verify
from whispr.protocol.signing import (
    LABEL_KEM_LAST_RESORT,
    LABEL_KEM_ONE_TIME,
    LABEL_ONE_TIME_PREKEY,
    LABEL_SIGNED_PREKEY,
)

BOB = Device("Bob")
KINDS = list(PrekeyKind)
LABELS = {
    PrekeyKind.SIGNED: LABEL_SIGNED_PREKEY,
    PrekeyKind.ONE_TIME: LABEL_ONE_TIME_PREKEY,
    PrekeyKind.KEM_LAST_RESORT: LABEL_KEM_LAST_RESORT,
    PrekeyKind.KEM_ONE_TIME: LABEL_KEM_ONE_TIME,
}


def opened(data: bytes, kind: PrekeyKind, **changes: Any) -> Any:
    return open_record(
        data,
        kind,
        **{
            "identity": BOB.identity.identity,
            "device_id": BOB.identity.device_id,
            "device_key": BOB.identity.device.public,
            "now_ms": NOW_MS,
            **changes,
        },
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_is_opened_by_whoever_has_the_card(kind: PrekeyKind) -> None:
    secret = BOB.prekeys[kind]
    prekey = opened(BOB.record(kind), kind)
    assert (prekey.kind, prekey.prekey_id, prekey.expires_ms) == (kind, 10 + kind, EXPIRES_MS)
    assert prekey.public == secret.public


@pytest.mark.parametrize("kind", KINDS)
def test_the_record_has_the_layout_of_the_docstring(kind: PrekeyKind) -> None:
    record = BOB.record(kind)
    unsigned = (10 + kind).to_bytes(4, "big") + EXPIRES_MS.to_bytes(8, "big")
    unsigned += BOB.prekeys[kind].public
    assert record[:-64] == unsigned
    device_id = BOB.identity.device_id.to_bytes(4, "big")
    signed = LABELS[kind] + BOB.identity.identity + device_id + unsigned
    verify(BOB.identity.device.public, signed, record[-64:])
    size = limits.KEM_PREKEY_RECORD_BYTES if kind.is_kem else limits.PREKEY_RECORD_BYTES
    assert len(record) == kind.record_bytes == size


@pytest.mark.parametrize(("made", "shown"), list(itertools.permutations(KINDS, 2)))
def test_a_signature_for_one_label_is_worth_nothing_for_another(
    made: PrekeyKind, shown: PrekeyKind
) -> None:
    with pytest.raises(CryptoError):
        opened(BOB.record(made), shown)
    if made.is_kem == shown.is_kem:  # the length does not give it away
        with pytest.raises(BadSignatureError):
            opened(BOB.record(made), shown)


@pytest.mark.parametrize("kind", KINDS)
def test_every_changed_byte_of_a_record_is_refused(kind: PrekeyKind) -> None:
    record = BOB.record(kind)
    for index in range(len(record)):
        with pytest.raises(BadSignatureError):
            opened(flipped(record, index), kind)


@pytest.mark.parametrize(
    "changes",
    [
        {"identity": flipped(BOB.identity.identity, 0)},
        {"device_id": BOB.identity.device_id + 1},
        {"device_key": Device("Mallory").identity.device.public},
        *({"device_key": bytes.fromhex(point)} for point in ED25519_POINTS),
    ],
)
def test_a_record_of_another_identity_device_or_key_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadSignatureError):
        opened(BOB.record(PrekeyKind.SIGNED), PrekeyKind.SIGNED, **changes)


@pytest.mark.parametrize(
    ("expires_ms", "good"),
    [
        (NOW_MS - 1, False),
        (NOW_MS, False),
        (NOW_MS + 1, True),
        (NOW_MS + MAX_PREKEY_LIFE_MS, True),
        (NOW_MS + MAX_PREKEY_LIFE_MS + 1, False),
    ],
)
def test_an_expired_or_everlasting_prekey_is_refused(expires_ms: int, good: bool) -> None:
    record = BOB.record(PrekeyKind.SIGNED, expires_ms=expires_ms)
    if good:
        assert opened(record, PrekeyKind.SIGNED).expires_ms == expires_ms
    else:
        with pytest.raises(InvalidKeyError):
            opened(record, PrekeyKind.SIGNED)


def test_a_prekey_without_an_id_is_refused() -> None:
    secret = BOB.prekeys[PrekeyKind.SIGNED]
    object.__setattr__(secret := dataclasses.replace(secret), "prekey_id", 0)
    record = secret.record(BOB.identity.identity, BOB.identity.device_id, BOB.identity.device)
    with pytest.raises(InvalidKeyError):
        opened(record, PrekeyKind.SIGNED)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("change", [-1, 1])
def test_a_record_of_another_length_is_refused(kind: PrekeyKind, change: int) -> None:
    record = BOB.record(kind)
    with pytest.raises(InvalidKeyError):
        opened(record[:-1] if change < 0 else record + b"\0", kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_secret_comes_back_from_the_database(kind: PrekeyKind) -> None:
    secret = BOB.prekeys[kind]
    assert PrekeySecret.decode(secret.encode()) == secret


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_secrets_are_refused(kind: PrekeyKind) -> None:
    data = BOB.prekeys[kind].encode()
    other = bytes((1, kind ^ 2)) + data[2:]  # of the other length
    for damaged in (b"", data[:13], data[:-1], data + b"\0", b"\x01\x09" + data[2:], other):
        with pytest.raises(CorruptFileError):
            PrekeySecret.decode(damaged)
    with pytest.raises(UnsupportedFormatError):
        PrekeySecret.decode(b"\x02" + data[1:])


@pytest.mark.parametrize(
    "changes",
    [{"prekey_id": 0}, {"prekey_id": 1 << 32}, {"expires_ms": -1}, {"expires_ms": 1 << 64}],
)
def test_numbers_out_of_range_are_refused(changes: dict[str, int]) -> None:
    with pytest.raises(InvalidKeyError):
        dataclasses.replace(BOB.prekeys[PrekeyKind.SIGNED], **changes)


@pytest.mark.parametrize("kind", KINDS)
def test_a_secret_does_not_print_itself(kind: PrekeyKind) -> None:
    secret = prekey_secret("Bob", kind, 5)
    text = f"{secret!r} {secret}"
    assert repr(secret.secret)[2:20] not in text and secret.secret.hex()[:16] not in text
    assert kind.name in text
