"""The card: committed bytes, what forges or damages it, and the names that may stand on it."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol import mixed_order
from tests.protocol.small_order import ED25519_POINTS
from tests.protocol.test_device import DEVICE, RECORD, ROOT, SIGNED
from tests.protocol.vectors import load
from whispr.errors import InvalidAddressError, InvalidCardError
from whispr.protocol.address import RelayAddress, base64url
from whispr.protocol.card import (
    MAX_CARD_BYTES,
    make_card,
    parse_card,
    parse_card_text,
    usable_name,
)
from whispr.protocol.device import DeviceRecord, sign_record
from whispr.protocol.signatures import SigningKey, verify
from whispr.protocol.signing import LABEL_CARD, LABEL_CARD_CHECK, sha256

VECTORS = load("card")["vectors"]
CARD = make_card(ROOT, DEVICE, RECORD, name="Alice", card_version=3, issued_ms=5)
THIEF = SigningKey(b"\x66" * 32)


def body_of(
    records: list[bytes], name: bytes = b"Alice", count: int | None = None, root: bytes = b""
) -> bytes:
    """The signed part of a card, laid out a second time from the text of the specification."""
    count = len(records) if count is None else count
    return b"".join(
        (
            struct.pack(">B32sIQB", 1, root or ROOT.public, 3, 5, count),
            *(struct.pack(">H", len(record)) + record for record in records),
            bytes((len(name),)),
            name,
        )
    )


def signed(body: bytes, key: SigningKey = ROOT) -> bytes:
    data = body + key.sign(LABEL_CARD + body)
    return data + sha256(LABEL_CARD_CHECK, data)[:4]


def checked(data: bytes) -> bytes:
    """The same card with a checksum that fits, so that only the signatures stand in the way."""
    return data[:-4] + sha256(LABEL_CARD_CHECK, data[:-4])[:4]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["title"])
def test_vector_is_read_and_made_again(vector):
    card = parse_card(bytes.fromhex(vector["card"]))
    assert parse_card_text(vector["text"]) == card
    assert card.text() == vector["text"]
    names = ("card_version", "issued_ms", "name")
    assert {name: getattr(card, name) for name in names} == {name: vector[name] for name in names}
    assert card.identity.hex() == vector["identity"]

    raw = vector["device"]
    pins = tuple(bytes.fromhex(pin) for pin in raw["relay_ids"])
    record = DeviceRecord(
        device_id=raw["device_id"],
        device_key=bytes.fromhex(raw["device_key"]),
        box_key=bytes.fromhex(raw["box_key"]),
        mailbox=bytes.fromhex(raw["mailbox"]),
        relay=RelayAddress(raw["host"], raw["port"], pins),
        created_ms=raw["created_ms"],
        suites=raw["suites"],
        kem_key_hash=bytes.fromhex(raw["kem_key_hash"]),
    )
    assert card.device == record
    again = make_card(
        SigningKey(bytes.fromhex(vector["root_seed"])),
        SigningKey(bytes.fromhex(vector["device_seed"])),
        record,
        name=vector["name"],
        card_version=vector["card_version"],
        issued_ms=vector["issued_ms"],
    )
    assert again.data.hex() == vector["card"]


def test_layout_is_the_one_of_the_specification():
    assert signed(body_of([SIGNED])) == CARD.data


# Damage and forgery


@pytest.mark.parametrize("position", range(len(CARD.data)))
def test_every_changed_byte_is_refused(position):
    changed = bytearray(CARD.data)
    changed[position] ^= 1
    with pytest.raises(InvalidCardError):
        parse_card(bytes(changed))
    if position < len(changed) - 4:
        with pytest.raises(InvalidCardError):
            parse_card(checked(bytes(changed)))


def test_damage_and_forgery_are_told_apart():
    changed = bytearray(CARD.data)
    changed[60] ^= 1
    with pytest.raises(InvalidCardError, match="damaged"):
        parse_card(bytes(changed))
    with pytest.raises(InvalidCardError, match="not signed by its owner"):
        parse_card(checked(bytes(changed)))


def test_card_signed_by_another_root_is_refused():
    with pytest.raises(InvalidCardError, match="not signed by its owner"):
        parse_card(signed(body_of([SIGNED]), THIEF))


def test_device_of_another_identity_cannot_be_taken_over():
    """A thief puts another person's device record under his own root."""
    with pytest.raises(InvalidCardError, match="not signed by its device"):
        parse_card(signed(body_of([SIGNED], root=THIEF.public), THIEF))


@pytest.mark.parametrize("point", ED25519_POINTS)
def test_root_of_small_order_is_refused(point):
    key = bytes.fromhex(point)
    body = body_of([SIGNED], root=key)
    with pytest.raises(InvalidCardError, match="not signed by its owner"):
        parse_card(checked(body + key + bytes(32) + bytes(4)))


def test_root_outside_the_main_subgroup_is_refused_though_its_signature_verifies():
    record = sign_record(RECORD, mixed_order.KEY, DEVICE)
    bodies = [
        body_of([record], name=f"Alice {index}".encode(), root=mixed_order.KEY)
        for index in range(200)
    ]
    index, signature = mixed_order.first_signed(LABEL_CARD + body for body in bodies)
    verify(mixed_order.KEY, LABEL_CARD + bodies[index], signature)
    with pytest.raises(InvalidCardError, match="not signed by its owner"):
        parse_card(checked(bodies[index] + signature + bytes(4)))


def test_later_version_says_so():
    body = b"\2" + body_of([SIGNED])[1:]
    with pytest.raises(InvalidCardError, match="newer version"):
        parse_card(signed(body))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (body_of([SIGNED], count=0), "one to eight"),
        (body_of([SIGNED], count=9), "one to eight"),
        (body_of([SIGNED], count=2), "cut short|wrong length"),
        (body_of([SIGNED, SIGNED]), "names a device twice"),
        (body_of([SIGNED[:-1]]), "wrong length"),
        (body_of([]) + bytes(100), "one to eight"),
        (body_of([SIGNED]) + b"x", "wrong length"),
        (body_of([SIGNED])[:-6], "wrong length"),
        (body_of([SIGNED])[:-1], "wrong length"),
        (body_of([SIGNED], name=b"\xff"), "not text"),
        (body_of([SIGNED], name=b""), "cannot be shown"),
        (body_of([SIGNED], name=b"x" * 65), "cannot be shown"),
    ],
)
def test_signed_nonsense_is_refused(body, reason):
    with pytest.raises(InvalidCardError, match=reason):
        parse_card(signed(body))


def test_several_devices_are_read():
    second = SigningKey(b"\x55" * 32)
    record = DeviceRecord(
        device_id=8,
        device_key=second.public,
        box_key=RECORD.box_key,
        mailbox=RECORD.mailbox,
        relay=RECORD.relay,
        created_ms=1,
    )
    card = parse_card(signed(body_of([SIGNED, sign_record(record, ROOT.public, second)])))
    assert card.devices == (RECORD, record)
    assert card.device == RECORD


@pytest.mark.parametrize("size", [0, 46, 114, MAX_CARD_BYTES + 1])
def test_wrong_lengths_are_refused(size):
    with pytest.raises(InvalidCardError, match="wrong length"):
        parse_card(bytes(size))


def test_device_key_that_is_not_the_records_cannot_make_a_card():
    with pytest.raises(InvalidCardError):
        make_card(ROOT, THIEF, RECORD, name="Alice", card_version=1, issued_ms=1)


@given(st.binary(max_size=600))
def test_any_bytes_are_refused(data):
    for attempt in (data, checked(data.ljust(4, b"\0"))):
        with pytest.raises(InvalidCardError):
            parse_card(attempt)


# As text


def test_white_space_in_a_pasted_card_does_not_matter():
    text = CARD.text()
    wrapped = "\n  ".join(text[start : start + 40] for start in range(0, len(text), 40))
    assert parse_card_text(f"\t{wrapped}\r\n\u00a0") == CARD


def test_scheme_and_host_are_read_in_any_case():
    scheme, _, payload = CARD.text().partition("/#")
    assert parse_card_text(f"{scheme.upper()}/#{payload}") == CARD


@pytest.mark.parametrize(
    "location", ["relay.example.com:7443", "relay.example.org:7444", "relay.example.org", ""]
)
def test_link_of_another_relay_is_refused(location):
    with pytest.raises(InvalidCardError, match="another relay"):
        parse_card_text(f"whispr://{location}/#{base64url(CARD.data)}")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "begins with whispr://"),
        ("https://relay.example.org/#AAAA", "begins with whispr://"),
        ("whispr://relay.example.org:7443", "relay address, not a card"),
        (CARD.text()[:-1], "damaged"),
        (CARD.text() + "A", "damaged"),
        (CARD.text() + ".", "damaged"),
        (CARD.text() + "=", "damaged"),
        ("whispr://relay.example.org:7443/#", "wrong length"),
        ("whispr://" + "x" * 10_000, "too long"),
    ],
)
def test_other_texts_say_what_is_wrong(text, reason):
    with pytest.raises(InvalidCardError, match=reason):
        parse_card_text(text)


def test_card_is_no_relay_address():
    with pytest.raises(InvalidAddressError, match="card of a person"):
        RelayAddress.parse(CARD.text())


def test_card_holds_no_access_token():
    private = DeviceRecord(
        device_id=7,
        device_key=DEVICE.public,
        box_key=RECORD.box_key,
        mailbox=RECORD.mailbox,
        relay=RelayAddress("relay.example.org", 7443, RECORD.relay.relay_ids, b"secret token"),
        created_ms=1,
    )
    card = make_card(ROOT, DEVICE, private, name="Alice", card_version=1, issued_ms=1)
    assert b"secret token" not in card.data
    assert base64url(b"secret token") not in card.text()
    assert card.device.relay.access_token == b""


# Names

GOOD_NAMES = ["A", "Alice", "Алиса", "Bob 👩‍🚀", "❤️", "می‌خواهم", "x" * 64, "é" * 32, "O'Neil-Smith"]
BAD_NAMES = [
    "", " ", " Alice", "Alice ", "x" * 65, "é" * 33, "Al\nice", "Al\tice", "Al\x00ice", "Al\x7fice",
    "Al\x9bice", "\u202eecilA", "Al\u2066ice", "Al\u2069ice", "Al\u200eice", "Al\u061cice",
    "Al\u200bice", "Al\u2028ice", "Al\u2060ice", "Al\ufeffice", "Al\xadice", "\u3164", "\u200d",
    "\u200c\ufe0f", "Al\U000e0041ice", "Al\ud800ice", "Al\uffffice", "Al\u180eice",
]  # fmt: skip


@pytest.mark.parametrize("name", GOOD_NAMES)
def test_name_that_can_be_shown(name):
    assert usable_name(name)
    card = make_card(ROOT, DEVICE, RECORD, name=name, card_version=1, issued_ms=1)
    assert card.name == name


@pytest.mark.parametrize("name", BAD_NAMES, ids=ascii)
def test_name_that_tricks_is_refused_on_both_sides(name):
    assert not usable_name(name)
    with pytest.raises(InvalidCardError):
        make_card(ROOT, DEVICE, RECORD, name=name, card_version=1, issued_ms=1)
    raw = name.encode("utf-8", "surrogatepass")
    with pytest.raises(InvalidCardError):
        parse_card(signed(body_of([SIGNED], name=raw)))
