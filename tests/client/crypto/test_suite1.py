from __future__ import annotations

import dataclasses
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.client.kit import NOW_MS, RELAY_ID, Sealing, card_of, inner_of, material, seeded
from tests.protocol.small_order import ED25519_POINTS
from whispr.client.crypto import suite1
from whispr.client.crypto.box import seal
from whispr.client.crypto.identity import OwnIdentity
from whispr.client.crypto.padding import MAX_CONTENT_BYTES, pad, padded_size
from whispr.errors import (
    BadSignatureError,
    CryptoError,
    DecryptionError,
    InvalidKeyError,
    MalformedContentError,
    TextTooLongError,
    WhisprError,
)
from whispr.protocol import envelope as envelopes
from whispr.protocol.envelope import Envelope
from whispr.protocol.signatures import SigningKey, verify
from whispr.protocol.signing import LABEL_SUITE_1, sha256

ALICE = OwnIdentity(material("Alice"))
BOB_KEYS = material("Bob")
BOB = OwnIdentity(BOB_KEYS)
MALLORY = OwnIdentity(material("Mallory"))
BOB_CARD = card_of(BOB_KEYS)
SEALING = Sealing(ALICE, BOB_CARD, b"hello")
INNER = SEALING.opened_inner()
FIXED = 1 + 32 + 4 + 32 + 4 + 64


def around(inner: bytes, *, signed_by: SigningKey = ALICE.device, **changes: Any) -> Envelope:
    """An envelope for Bob around these bytes."""
    fields: dict[str, Any] = {
        "suite": 1,
        "relay_id": RELAY_ID,
        "mailbox": BOB.mailbox_id,
        "envelope_id": SEALING.envelope_id,
        "time_ms": SEALING.time_ms,
        "ttl_ms": 60_000,
        "ciphertext": seal(inner, BOB.box.public),
        **changes,
    }
    return envelopes.make(signed_by, **fields)


def test_the_recipient_learns_content_and_keys() -> None:
    opened = suite1.open_content(SEALING.envelope(), BOB)
    assert opened == suite1.Opened(ALICE.identity, 1, ALICE.device.public, b"hello")


def test_the_inner_bytes_have_the_layout_of_the_docstring() -> None:
    padded = pad(b"hello")
    assert INNER[:73] == struct.pack(">B32sI32sI", 1, ALICE.identity, 1, ALICE.device.public, 0)
    assert INNER[FIXED:] == padded and len(INNER) == FIXED + 256
    signed = b"".join(
        (
            LABEL_SUITE_1,
            b"\x01\x00",
            ALICE.identity,
            (1).to_bytes(4, "big"),
            ALICE.device.public,
            BOB.identity,
            BOB.mailbox_id,
            (0).to_bytes(4, "big"),
            BOB.box.public,
            b"e" * 16,
            NOW_MS.to_bytes(8, "big"),
            sha256(padded),
        )
    )
    verify(ALICE.device.public, signed, INNER[73:FIXED])


@pytest.mark.parametrize("index", range(len(INNER)))
def test_every_changed_byte_of_the_inner_layout_is_refused(index: int) -> None:
    for mask in (0x01, 0x80):
        inner = bytearray(INNER)
        inner[index] ^= mask
        with pytest.raises(CryptoError):
            suite1.open_content(around(bytes(inner)), BOB)


def _flipped(value: Any, index: int) -> Any:
    if isinstance(value, int):
        return value ^ 1 << index
    changed = bytearray(value)
    changed[index] ^= 1
    return bytes(changed)


_BINDING = SEALING.bound()
_BOUND_PARTS = [
    (field.name, index)
    for field in dataclasses.fields(_BINDING)
    for value in [getattr(_BINDING, field.name)]
    for index in range({"flags": 8, "time_ms": 64}.get(field.name, 0) or len(value))
]


@pytest.mark.parametrize(("field", "index"), _BOUND_PARTS)
def test_every_changed_part_of_the_binding_is_refused(field: str, index: int) -> None:
    """The sender signed for another recipient, mailbox, key, id, time or flag."""
    other = dataclasses.replace(_BINDING, **{field: _flipped(getattr(_BINDING, field), index)})
    inner = inner_of(b"hello", ALICE, other)
    with pytest.raises(BadSignatureError):
        suite1.open_content(around(inner), BOB)


@pytest.mark.parametrize(
    "changes",
    [
        {"envelope_id": b"f" * 16},
        {"time_ms": NOW_MS + 1},
        {"mailbox": seeded("another mailbox")},
        {"flags": envelopes.EnvelopeFlag.EPHEMERAL},
    ],
)
def test_the_envelope_must_be_the_one_that_was_signed_for(changes: dict[str, Any]) -> None:
    """Replayed in a new envelope, or put into another mailbox, by the sender's own key."""
    assert suite1.open_content(around(INNER), BOB).content == b"hello"
    with pytest.raises(BadSignatureError):
        suite1.open_content(around(INNER, **changes), BOB)


def test_stripped_and_signed_again_by_somebody_else_is_refused() -> None:
    """crypto.md 2 row 1: the outer signature alone would make it Mallory's."""
    ciphertext = bytes(SEALING.envelope().ciphertext)
    stolen = around(b"", signed_by=MALLORY.device, ciphertext=ciphertext)
    assert stolen.is_verified()
    with pytest.raises(BadSignatureError, match="another device"):
        suite1.open_content(stolen, BOB)


def test_stripped_and_its_device_key_replaced_is_refused() -> None:
    """Mallory opens nothing, but a recipient who does must not be able to pass it on as his."""
    inner = INNER.replace(ALICE.device.public, MALLORY.device.public)
    with pytest.raises(BadSignatureError):
        suite1.open_content(around(inner, signed_by=MALLORY.device), BOB)


def test_an_opened_content_sealed_again_to_somebody_else_is_refused() -> None:
    """Bob opens Alice's content and seals the signed inner bytes to Carol."""
    carol_keys = material("Carol")
    carol = OwnIdentity(carol_keys)
    inner = BOB.box.open(bytes(SEALING.envelope().ciphertext))
    for signer in (BOB.device, MALLORY.device):
        forwarded = envelopes.make(
            signer,
            suite=1,
            relay_id=RELAY_ID,
            mailbox=carol.mailbox_id,
            envelope_id=SEALING.envelope_id,
            time_ms=SEALING.time_ms,
            ttl_ms=60_000,
            ciphertext=seal(inner, carol.box.public),
        )
        with pytest.raises(BadSignatureError):
            suite1.open_content(forwarded, carol)
    # Even if Alice's own key signed the outer envelope, the inner one names Bob.
    with pytest.raises(BadSignatureError):
        suite1.open_content(
            around(
                b"",
                mailbox=carol.mailbox_id,
                ciphertext=seal(inner, carol.box.public),
            ),
            carol,
        )


def test_only_the_recipient_opens_it() -> None:
    with pytest.raises(DecryptionError):
        suite1.open_content(SEALING.envelope(), MALLORY)


@pytest.mark.parametrize("point", ED25519_POINTS)
def test_a_small_order_device_key_signs_nothing(point: str) -> None:
    """R = the point, s = 0 verifies for every message where such keys are let in."""
    small = bytes.fromhex(point)
    inner = INNER[:37] + small + INNER[69:73] + small + bytes(32) + INNER[FIXED:]
    envelope = dataclasses.replace(around(inner), key_id=small)
    with pytest.raises(BadSignatureError):
        envelope.verify()
    with pytest.raises(BadSignatureError):
        suite1.open_content(envelope, BOB)


def test_a_small_order_box_key_is_not_sealed_to() -> None:
    with pytest.raises(InvalidKeyError):
        suite1.seal_content(b"hello", ALICE, dataclasses.replace(_BINDING, box_key=bytes(32)))


def test_an_unknown_inner_version_or_box_key_is_not_opened() -> None:
    for start, value in ((0, b"\x02"), (69, b"\x00\x00\x00\x01")):
        inner = INNER[:start] + value + INNER[start + len(value) :]
        with pytest.raises(DecryptionError):
            suite1.open_content(around(inner), BOB)


def test_signed_but_wrongly_padded_is_malformed() -> None:
    """The signature covers the padding: whoever pads otherwise is a broken client, not a forger."""
    other = b"hello\x80".ljust(512, b"\0")
    envelope = SEALING.envelope()
    signed = LABEL_SUITE_1 + struct.pack(
        ">BB32sI32s32s32sI32s16sQ32s",
        *(1, 0, ALICE.identity, 1, ALICE.device.public, BOB.identity, BOB.mailbox_id, 0),
        *(BOB.box.public, envelope.envelope_id, envelope.time_ms, sha256(other)),
    )
    with pytest.raises(MalformedContentError):
        suite1.open_content(around(INNER[:73] + ALICE.device.sign(signed) + other), BOB)


def test_lengths_show_in_steps_only_and_have_an_end() -> None:
    def size(length: int) -> int:
        return len(suite1.seal_content(bytes(length), ALICE, _BINDING))

    assert size(0) == size(255) < size(256)
    assert size(MAX_CONTENT_BYTES) == FIXED + padded_size(MAX_CONTENT_BYTES) + 48
    assert size(MAX_CONTENT_BYTES) <= envelopes.MAX_CIPHERTEXT_BYTES
    with pytest.raises(TextTooLongError):
        size(MAX_CONTENT_BYTES + 1)


@given(st.binary(max_size=500))
def test_any_bytes_in_the_box_are_refused(inner: bytes) -> None:
    with pytest.raises(WhisprError):
        suite1.open_content(around(inner), BOB)


@given(st.binary(min_size=1, max_size=200))
def test_any_ciphertext_is_refused(ciphertext: bytes) -> None:
    with pytest.raises(DecryptionError):
        suite1.open_content(around(b"", ciphertext=ciphertext), BOB)


def test_repr_shows_no_content() -> None:
    opened = suite1.open_content(SEALING.envelope(), BOB)
    assert "hello" not in repr(opened) + repr(SEALING.envelope())
