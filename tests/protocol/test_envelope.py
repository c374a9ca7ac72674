"""The envelope: committed bytes, every byte bound by the signature, sizes on both sides."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol.small_order import ED25519_POINTS
from tests.protocol.vectors import load
from whispr.errors import BadSignatureError, MalformedEnvelopeError
from whispr.protocol import envelope
from whispr.protocol.codes import ANSWERS, EnvelopeFlag, ErrorCode
from whispr.protocol.limits import MAX_ENVELOPE_BYTES
from whispr.protocol.signatures import SigningKey

VECTORS = load("envelope")
KEY = SigningKey(b"\5" * 32)
FIELDS = {
    "suite": 1, "relay_id": b"R" * 32, "mailbox": b"M" * 32, "envelope_id": b"E" * 16,
    "time_ms": 1_700_000_000_000, "ttl_ms": 60_000, "ciphertext": b"ciphertext",
}  # fmt: skip


def made(**changes: object) -> envelope.Envelope:
    return envelope.make(KEY, **{**FIELDS, **changes})


GOOD = made()


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["name"])
def test_vector_decodes_and_is_made_again(vector):
    data = bytes.fromhex(vector["envelope"])
    decoded = envelope.decode(data)
    decoded.verify()
    names = ("relay_id", "mailbox", "key_id", "envelope_id")
    assert {name: getattr(decoded, name).hex() for name in names} == {
        name: vector[name] for name in names
    }
    assert (decoded.suite, decoded.flags) == (vector["suite"], vector["flags"])
    assert (decoded.time_ms, decoded.ttl_ms) == (vector["time_ms"], vector["ttl_ms"])
    assert bytes(decoded.ciphertext).hex() == vector["ciphertext"]

    again = envelope.make(
        SigningKey(bytes.fromhex(vector["seed"])),
        suite=vector["suite"],
        flags=EnvelopeFlag(vector["flags"]),
        relay_id=bytes.fromhex(vector["relay_id"]),
        mailbox=bytes.fromhex(vector["mailbox"]),
        envelope_id=bytes.fromhex(vector["envelope_id"]),
        time_ms=vector["time_ms"],
        ttl_ms=vector["ttl_ms"],
        ciphertext=bytes.fromhex(vector["ciphertext"]),
    )
    assert again == decoded
    assert again.data == data


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["name"])
def test_signed_bytes_are_those_of_the_specification(vector):
    data, ciphertext = bytes.fromhex(vector["envelope"]), bytes.fromhex(vector["ciphertext"])
    expected = (
        b"whispr/1/send\0"
        + data[:128]
        + len(ciphertext).to_bytes(4, "big")
        + hashlib.sha256(ciphertext).digest()
    )
    assert expected.hex() == vector["signing_input"]
    assert envelope.signing_input(data[:128], ciphertext) == expected


@pytest.mark.parametrize("vector", VECTORS["malformed"], ids=lambda vector: vector["name"])
def test_malformed_vector_is_refused(vector):
    with pytest.raises(MalformedEnvelopeError) as raised:
        envelope.decode(bytes.fromhex(vector["envelope"]))
    assert ANSWERS[type(raised.value)] is ErrorCode[vector["error"]]


@pytest.mark.parametrize("vector", VECTORS["bad_signature"], ids=lambda vector: vector["name"])
def test_badly_signed_vector_is_refused(vector):
    decoded = envelope.decode(bytes.fromhex(vector["envelope"]))
    assert not decoded.is_verified()
    with pytest.raises(BadSignatureError):
        decoded.verify()


@pytest.mark.parametrize("position", range(len(GOOD.data)))
@pytest.mark.parametrize("change", [0x01, 0x80, 0xFF])
def test_every_changed_byte_is_refused(position, change):
    changed = bytearray(GOOD.data)
    changed[position] ^= change
    with pytest.raises((MalformedEnvelopeError, BadSignatureError)):
        envelope.decode(bytes(changed)).verify()


def test_cut_and_lengthened_envelopes_are_refused():
    for data in (GOOD.data[:-1], GOOD.data[1:], GOOD.data + b"\0", GOOD.data[:130]):
        with pytest.raises((MalformedEnvelopeError, BadSignatureError)):
            envelope.decode(data).verify()


def test_stranger_cannot_sign_anew_under_the_same_key():
    """Stripping the signature and signing with another key needs another `key_id`."""
    thief = SigningKey(b"\6" * 32)
    header, ciphertext = GOOD.data[:128], bytes(GOOD.ciphertext)
    signature = thief.sign(envelope.signing_input(header, ciphertext))
    assert not envelope.decode(header + ciphertext + signature).is_verified()


@pytest.mark.parametrize("point", ED25519_POINTS)
def test_key_of_small_order_with_its_fixed_signature_is_refused(point):
    key = bytes.fromhex(point)
    for commitment in (key, bytes((1, *bytes(31)))):
        forged = GOOD.data[:68] + key + GOOD.data[100:-64] + commitment + bytes(32)
        with pytest.raises(BadSignatureError):
            envelope.decode(forged).verify()


def test_sizes_on_both_sides_of_the_limits():
    assert envelope.HEADER_BYTES == 128
    assert made(ciphertext=b"x").is_verified()
    largest = made(ciphertext=bytes(envelope.MAX_CIPHERTEXT_BYTES))
    assert len(largest.data) == MAX_ENVELOPE_BYTES
    assert largest.is_verified()
    for size in (0, envelope.MAX_CIPHERTEXT_BYTES + 1):
        with pytest.raises(MalformedEnvelopeError):
            made(ciphertext=bytes(size))


@pytest.mark.parametrize("name", ["relay_id", "mailbox", "envelope_id"])
@pytest.mark.parametrize("change", [-1, 1])
def test_ids_of_a_wrong_size_are_neither_padded_nor_cut(name, change):
    with pytest.raises(ValueError, match="expected"):
        made(**{name: bytes(len(FIELDS[name]) + change)})


def test_flags():
    assert made(flags=EnvelopeFlag.EPHEMERAL).ephemeral
    assert not GOOD.ephemeral
    with pytest.raises(MalformedEnvelopeError):
        made(flags=EnvelopeFlag(2))


def test_repr_names_nobody():
    shown = repr(GOOD)
    assert shown == f"<Envelope of suite 1, {len(GOOD.data)} bytes>"


@given(st.binary(max_size=300))
def test_any_bytes_are_an_envelope_or_malformed(data):
    try:
        decoded = envelope.decode(data)
    except MalformedEnvelopeError:
        return
    assert not decoded.is_verified()
