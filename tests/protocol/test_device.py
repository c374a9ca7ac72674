"""The device record: its layout, what binds it to an identity, keys that are refused."""

from __future__ import annotations

import dataclasses
import struct

import pytest

from tests.protocol import mixed_order
from tests.protocol.small_order import ED25519_POINTS, X25519_SPELLINGS
from whispr.errors import InvalidCardError
from whispr.protocol.address import RelayAddress
from whispr.protocol.device import (
    FIXED_BYTES,
    SUITE_1_BIT,
    SUITE_2_BIT,
    DeviceRecord,
    parse_record,
    sign_record,
)
from whispr.protocol.signatures import SigningKey, verify
from whispr.protocol.signing import LABEL_DEVICE

ROOT, DEVICE = SigningKey(b"\1" * 32), SigningKey(b"\2" * 32)
PIN, NEXT_PIN = b"\3" * 32, b"\4" * 32
RECORD = DeviceRecord(
    device_id=7,
    device_key=DEVICE.public,
    box_key=b"\5" * 32,
    mailbox=b"\6" * 32,
    relay=RelayAddress("relay.example.org", 7443, (PIN,)),
    created_ms=1_700_000_000_000,
)
SIGNED = sign_record(RECORD, ROOT.public, DEVICE)


def signed_again(unsigned: bytes) -> bytes:
    return unsigned + DEVICE.sign(LABEL_DEVICE + ROOT.public + unsigned)


def test_layout_is_the_one_of_the_specification():
    host = b"relay.example.org"
    assert RECORD.unsigned_bytes() == b"".join(
        (
            b"\1", struct.pack(">I", 7), DEVICE.public, b"\5" * 32, bytes(32),
            struct.pack(">H", 1), b"\6" * 32, struct.pack(">Q", 1_700_000_000_000),
            struct.pack(">H", 7443), PIN, bytes(32), bytes((len(host),)), host,
        )
    )  # fmt: skip
    assert FIXED_BYTES == 210
    assert len(SIGNED) == FIXED_BYTES + len(host) + 64


@pytest.mark.parametrize(
    "record",
    [
        RECORD,
        dataclasses.replace(RECORD, relay=RelayAddress("::1", 1, (PIN, NEXT_PIN))),
        dataclasses.replace(RECORD, device_id=2**32 - 1, created_ms=2**64 - 1),
        dataclasses.replace(RECORD, suites=SUITE_1_BIT | SUITE_2_BIT, kem_key_hash=b"\7" * 32),
        dataclasses.replace(RECORD, suites=0xFFFF),
    ],
)
def test_round_trip(record):
    assert parse_record(sign_record(record, ROOT.public, DEVICE), ROOT.public) == record


def test_access_token_stays_at_home():
    private = dataclasses.replace(
        RECORD, relay=RelayAddress("relay.example.org", 7443, (PIN,), b"secret token")
    )
    assert sign_record(private, ROOT.public, DEVICE) == SIGNED


@pytest.mark.parametrize("position", range(len(SIGNED)))
def test_every_changed_byte_is_refused(position):
    changed = bytearray(SIGNED)
    changed[position] ^= 1
    with pytest.raises(InvalidCardError):
        parse_record(bytes(changed), ROOT.public)


def test_cut_and_lengthened_records_are_refused():
    for data in (b"", SIGNED[: FIXED_BYTES + 63], SIGNED[:-1], SIGNED + b"\0"):
        with pytest.raises(InvalidCardError):
            parse_record(data, ROOT.public)


def test_record_of_another_identity_is_refused():
    with pytest.raises(InvalidCardError, match="not signed by its device"):
        parse_record(SIGNED, SigningKey(b"\7" * 32).public)


def test_record_signed_by_another_device_is_refused():
    with pytest.raises(InvalidCardError, match="not signed by its device"):
        parse_record(sign_record(RECORD, ROOT.public, ROOT), ROOT.public)


@pytest.mark.parametrize("box_key", X25519_SPELLINGS, ids=bytes.hex)
def test_box_key_of_low_order_is_refused(box_key):
    record = dataclasses.replace(RECORD, box_key=box_key)
    with pytest.raises(InvalidCardError, match="unusable key"):
        parse_record(sign_record(record, ROOT.public, DEVICE), ROOT.public)


@pytest.mark.parametrize("point", ED25519_POINTS)
def test_device_key_of_small_order_is_refused(point):
    key = bytes.fromhex(point)
    unsigned = dataclasses.replace(RECORD, device_key=key).unsigned_bytes()
    with pytest.raises(InvalidCardError, match="not signed by its device"):
        parse_record(unsigned + key + bytes(32), ROOT.public)


def test_device_key_outside_the_main_subgroup_is_refused_though_its_signature_verifies():
    label = LABEL_DEVICE + ROOT.public
    records = [
        dataclasses.replace(RECORD, device_key=mixed_order.KEY, created_ms=time_ms).unsigned_bytes()
        for time_ms in range(200)
    ]
    index, signature = mixed_order.first_signed(label + record for record in records)
    verify(mixed_order.KEY, label + records[index], signature)
    with pytest.raises(InvalidCardError, match="not signed by its device"):
        parse_record(records[index] + signature, ROOT.public)


@pytest.mark.parametrize(
    ("offset", "value", "reason"),
    [
        (0, b"\0", "newer version"),
        (0, b"\2", "newer version"),
        (101, b"\0\0", "lacks suite 1"),
        (101, b"\0\2", "lacks suite 1"),
        (143, b"\0\0", "no valid relay"),
        (145, bytes(32), "no valid relay"),
        (209, b"\x10", "wrong length"),
        (209, b"\0", "wrong length"),
        (210, b"R", "no valid relay"),
        (210, b"\xe9", "no valid relay"),
        (210, b"/", "no valid relay"),
    ],
)
def test_signed_nonsense_is_refused(offset, value, reason):
    unsigned = bytearray(RECORD.unsigned_bytes())
    unsigned[offset : offset + len(value)] = value
    with pytest.raises(InvalidCardError, match=reason):
        parse_record(signed_again(bytes(unsigned)), ROOT.public)


def test_relay_has_a_pin():
    record = dataclasses.replace(RECORD, relay=RelayAddress("relay.example.org", 7443))
    with pytest.raises(InvalidCardError, match="has a pin"):
        record.unsigned_bytes()


@pytest.mark.parametrize("name", ["device_key", "box_key", "mailbox", "kem_key_hash"])
@pytest.mark.parametrize("size", [31, 33])
def test_keys_of_a_wrong_size_are_neither_padded_nor_cut(name, size):
    with pytest.raises(ValueError, match="expected 32 bytes"):
        dataclasses.replace(RECORD, **{name: bytes(size)}).unsigned_bytes()
