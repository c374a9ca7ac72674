"""Key material: one encoding for each value, strict bounds, later fields kept, nothing shown."""

from __future__ import annotations

import traceback
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whispr.client.crypto.key_material import (
    KeyMaterial,
    PreviousMailbox,
    Tag,
    decode_key_material,
    encode_key_material,
)
from whispr.errors import CorruptFileError, InvalidKeyError, UnsupportedFormatError

PREVIOUS = PreviousMailbox(
    mailbox_seed=b"p" * 32,
    relay_address="old.example:7443",
    access_token=b"token",
    until_ms=1_800_000_000_000,
)
MATERIAL = KeyMaterial(
    root_seed=b"r" * 32,
    device_id=7,
    device_seed=b"d" * 32,
    box_secret=b"b" * 32,
    mailbox_seed=b"m" * 32,
    database_key=b"k" * 32,
    name="Alice",
    card_version=3,
    created_ms=1_790_000_000_000,
    relay_address="relay.example:7443",
    access_token=b"",
    previous_mailboxes=(PREVIOUS,),
)

# Written by hand from the layout in the module's docstring.
KNOWN = (
    "01"
    + "010020" + "72" * 32
    + "020004" + "00000007"
    + "030020" + "64" * 32
    + "040020" + "62" * 32
    + "050020" + "6d" * 32
    + "060020" + "6b" * 32
    + "070005" + b"Alice".hex()
    + "080004" + "00000003"
    + "090008" + "000001a0c4506c00"
    + "0a0012" + b"relay.example:7443".hex()
    + "0b0000"
    + "0c0040" + "70" * 32 + "000001a3185c5000" + "0010" + "05"
    + b"old.example:7443".hex() + b"token".hex()
)  # fmt: skip

seeds = st.binary(min_size=32, max_size=32)
u32 = st.integers(min_value=0, max_value=2**32 - 1)
u64 = st.integers(min_value=0, max_value=2**64 - 1)
names = st.text(max_size=64).filter(lambda text: len(text.encode()) <= 64)
addresses = st.text(max_size=128)
tokens = st.binary(max_size=64)
mailboxes = st.builds(
    PreviousMailbox,
    mailbox_seed=seeds,
    relay_address=addresses,
    access_token=tokens,
    until_ms=u64,
)
unknown_fields = st.dictionaries(
    st.integers(min_value=13, max_value=255), st.binary(max_size=40), max_size=4
).map(lambda fields: tuple(sorted(fields.items())))
materials = st.builds(
    KeyMaterial,
    root_seed=seeds,
    device_id=u32,
    device_seed=seeds,
    box_secret=seeds,
    mailbox_seed=seeds,
    database_key=seeds,
    name=names,
    card_version=u32,
    created_ms=u64,
    relay_address=addresses,
    access_token=tokens,
    previous_mailboxes=st.lists(mailboxes, max_size=4).map(tuple),
    unknown_fields=unknown_fields,
)


def field(tag: int, value: bytes) -> bytes:
    return bytes([tag]) + len(value).to_bytes(2) + value


def without(tag: int) -> bytes:
    """MATERIAL without one field."""
    payload = encode_key_material(MATERIAL)
    kept, position = payload[:1], 1
    while position < len(payload):
        size = int.from_bytes(payload[position + 1 : position + 3])
        if payload[position] != tag:
            kept += payload[position : position + 3 + size]
        position += 3 + size
    return kept


def test_encoding_is_known() -> None:
    assert encode_key_material(MATERIAL).hex() == KNOWN
    assert decode_key_material(bytes.fromhex(KNOWN)) == MATERIAL


@given(materials)
def test_what_is_written_is_read_back(material: KeyMaterial) -> None:
    assert decode_key_material(encode_key_material(material)) == material


@given(st.binary(max_size=400) | st.binary(max_size=80).map(lambda tail: b"\x01" + tail))
def test_any_bytes_give_a_documented_error(payload: bytes) -> None:
    with pytest.raises((CorruptFileError, UnsupportedFormatError)):
        decode_key_material(payload)


def test_every_changed_byte_is_refused_or_read_canonically() -> None:
    payload = encode_key_material(MATERIAL)
    for position in range(len(payload)):
        changed = bytearray(payload)
        changed[position] ^= 0x81
        try:
            material = decode_key_material(bytes(changed))
        except (CorruptFileError, UnsupportedFormatError):
            continue
        assert encode_key_material(material) == bytes(changed)


def test_every_truncation_and_trailing_byte_is_refused() -> None:
    payload = encode_key_material(replace(MATERIAL, previous_mailboxes=()))
    for size in range(len(payload)):
        with pytest.raises((CorruptFileError, UnsupportedFormatError)):
            decode_key_material(payload[:size])
    for extra in (b"\0", b"\xff", b"\xff\0"):
        with pytest.raises(CorruptFileError):
            decode_key_material(payload + extra)


def test_fields_of_a_later_version_are_kept() -> None:
    payload = encode_key_material(MATERIAL) + field(200, b"later") + field(201, b"")
    material = decode_key_material(payload)
    assert material.unknown_fields == ((200, b"later"), (201, b""))
    assert encode_key_material(replace(material, name="Alicia")).endswith(
        field(200, b"later") + field(201, b"")
    )


def test_another_version_is_named_as_such() -> None:
    with pytest.raises(UnsupportedFormatError):
        decode_key_material(b"\x02" + encode_key_material(MATERIAL)[1:])


@pytest.mark.parametrize("tag", [tag for tag in Tag if tag is not Tag.PREVIOUS_MAILBOX])
def test_each_known_field_is_required_once(tag: Tag) -> None:
    with pytest.raises(CorruptFileError, match=f"{tag.name.lower()} is missing"):
        decode_key_material(without(tag))
    doubled = encode_key_material(MATERIAL) + field(tag, b"x" * 32)
    with pytest.raises(CorruptFileError, match="repeated or out of order"):
        decode_key_material(doubled)


@pytest.mark.parametrize(
    "tail",
    [
        field(0, b""),
        field(12, b""),
        field(12, PREVIOUS.encode()[:-1]),
        field(12, PREVIOUS.encode() + b"x"),
        field(12, PREVIOUS.encode()) * 4,
        field(13, b"x" * 1025),
        field(13, b"") * 2,
        field(14, b"") + field(13, b""),
        b"".join(field(tag, b"") for tag in range(13, 46)),
    ],
    ids=[
        "tag 0",
        "empty mailbox",
        "cut mailbox",
        "long mailbox",
        "five mailboxes",
        "large unknown field",
        "unknown field twice",
        "unknown fields out of order",
        "33 unknown fields",
    ],
)
def test_malformed_tail_is_refused(tail: bytes) -> None:
    with pytest.raises(CorruptFileError):
        decode_key_material(encode_key_material(MATERIAL) + tail)


def test_limits_themselves_are_accepted() -> None:
    most = replace(
        MATERIAL,
        name="ä" * 32,
        relay_address="a" * 512,
        access_token=b"t" * 64,
        previous_mailboxes=(PREVIOUS,) * 4,
        unknown_fields=tuple((tag, b"x" * 1024) for tag in range(13, 45)),
        device_id=2**32 - 1,
        created_ms=2**64 - 1,
    )
    assert decode_key_material(encode_key_material(most)) == most


@pytest.mark.parametrize(
    "change",
    [
        {"root_seed": b"r" * 31},
        {"device_seed": b"r" * 33},
        {"box_secret": b""},
        {"mailbox_seed": b"r" * 64},
        {"database_key": b"r" * 31},
        {"device_id": -1},
        {"device_id": 2**32},
        {"card_version": 2**32},
        {"created_ms": 2**64},
        {"name": "ä" * 32 + "a"},
        {"name": "\ud800"},
        {"relay_address": "a" * 513},
        {"access_token": b"t" * 65},
        {"previous_mailboxes": (PREVIOUS,) * 5},
        {"unknown_fields": ((12, b""),)},
        {"unknown_fields": ((256, b""),)},
    ],
)
def test_value_out_of_bounds_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidKeyError):
        replace(MATERIAL, **change)


@pytest.mark.parametrize(
    "change",
    [
        {"mailbox_seed": b"r" * 31},
        {"relay_address": "a" * 513},
        {"access_token": b"t" * 65},
        {"until_ms": 2**64},
    ],
)
def test_previous_mailbox_out_of_bounds_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidKeyError):
        replace(PREVIOUS, **change)


def test_nothing_secret_is_shown() -> None:
    material = replace(MATERIAL, access_token=b"relay-token")
    for shown in (repr(material), str(material), f"{material}", repr([PREVIOUS]), str(PREVIOUS)):
        for secret in ("rrr", "ddd", "bbb", "mmm", "kkk", "ppp", "token", "Alice", "example"):
            assert secret not in shown
    payload = encode_key_material(material)
    with pytest.raises(CorruptFileError) as caught:
        decode_key_material(payload + b"\xff\0")
    assert "rrr" not in "".join(traceback.format_exception(caught.value))
