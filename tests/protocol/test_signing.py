"""Which bytes are signed: labels that cannot be confused, inputs of a fixed layout, mailbox ids."""

from __future__ import annotations

import hashlib
import struct

import pytest

from tests.protocol.vectors import load
from whispr.protocol import signing
from whispr.protocol.signatures import SigningKey, verify

AUTH = load("auth")
GOOD = {
    "version": 1, "scope": 2, "relay_id": bytes(32), "relay_nonce": bytes(32),
    "client_nonce": bytes(32), "key": bytes(32), "time_ms": 5,
}  # fmt: skip


def test_labels_are_those_of_the_vectors():
    for name, label in AUTH["labels"].items():
        assert getattr(signing, name) == label.encode()
    declared = {name for name in dir(signing) if name.startswith("LABEL_")}
    assert declared == set(AUTH["labels"])
    assert set(signing.ALL_LABELS) == {getattr(signing, name) for name in declared}


def test_no_label_begins_another():
    labels = signing.ALL_LABELS
    assert len(set(labels)) == len(labels)
    for label in labels:
        assert label.startswith(b"whispr/1/")
        assert label.index(b"\0") == len(label) - 1
        assert [other for other in labels if other.startswith(label)] == [label]


@pytest.mark.parametrize("vector", AUTH["vectors"], ids=lambda vector: vector["scope"])
def test_authentication_vector(vector):
    names = ("relay_id", "relay_nonce", "client_nonce", "key")
    fields = {name: bytes.fromhex(vector[name]) for name in names}
    signed = signing.auth_input(
        version=vector["version"], scope=vector["scope"], time_ms=vector["time_ms"], **fields
    )
    # Put together a second time, from the text of the specification.
    assert signed == b"whispr/1/auth\0" + struct.pack(
        ">BB32s32s32s32sQ",
        vector["version"],
        vector["scope"],
        *fields.values(),
        vector["time_ms"],
    )
    assert signed.hex() == vector["signing_input"]
    key = SigningKey(bytes.fromhex(vector["seed"]))
    assert key.public == fields["key"]
    assert key.sign(signed).hex() == vector["signature"]
    verify(key.public, signed, bytes.fromhex(vector["signature"]))


@pytest.mark.parametrize(
    ("name", "other"),
    [(name, 9 if isinstance(value, int) else b"\1" * 32) for name, value in GOOD.items()],
)
def test_every_field_of_an_authentication_is_bound(name, other):
    assert signing.auth_input(**GOOD) != signing.auth_input(**{**GOOD, name: other})


@pytest.mark.parametrize("name", ["relay_id", "relay_nonce", "client_nonce", "key"])
@pytest.mark.parametrize("size", [31, 33])
def test_sizes_of_an_authentication_are_checked(name, size):
    with pytest.raises(ValueError, match="expected 32 bytes"):
        signing.auth_input(**{**GOOD, name: bytes(size)})


def test_mailbox_is_a_hash_of_label_and_key():
    vector = load("envelope")["mailbox"]
    key = SigningKey(bytes.fromhex(vector["seed"])).public
    assert key.hex() == vector["key"]
    assert signing.mailbox_id(key).hex() == vector["mailbox"]
    assert signing.mailbox_id(key) == hashlib.sha256(b"whispr/1/mailbox\0" + key).digest()
    with pytest.raises(ValueError, match="expected 32 bytes"):
        signing.mailbox_id(key[:-1])


def test_sha256_joins_its_parts():
    assert signing.sha256(b"ab", b"", b"c") == hashlib.sha256(b"abc").digest()
    assert signing.sha256() == hashlib.sha256().digest()
