"""Ed25519: the vectors of RFC 8032, and what a lax verifier would accept."""

from __future__ import annotations

import pickle

import pytest

from tests.protocol.small_order import ED25519_POINTS
from whispr.errors import BadSignatureError, InvalidKeyError
from whispr.protocol.signatures import SigningKey, check_public_key, verify

GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493
RFC_8032 = [  # section 7.1, tests 1 to 3
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
        "4a7c15e9716ed28dc027beceea1ec40a",
    ),
]
KEY = SigningKey(b"\7" * 32)
MESSAGE = b"message"
SIGNATURE = KEY.sign(MESSAGE)


@pytest.mark.parametrize(("seed", "public", "message", "signature"), RFC_8032)
def test_vectors_of_rfc_8032(seed, public, message, signature):
    key = SigningKey(bytes.fromhex(seed))
    assert key.public.hex() == public
    assert key.seed.hex() == seed
    assert key.sign(bytes.fromhex(message)).hex() == signature
    verify(key.public, bytes.fromhex(message), bytes.fromhex(signature))


@pytest.mark.parametrize("position", range(64))
def test_changed_signature_is_refused(position):
    changed = bytearray(SIGNATURE)
    changed[position] ^= 1
    with pytest.raises(BadSignatureError):
        verify(KEY.public, MESSAGE, bytes(changed))


def test_other_message_and_other_key_are_refused():
    with pytest.raises(BadSignatureError):
        verify(KEY.public, MESSAGE + b"!", SIGNATURE)
    with pytest.raises(BadSignatureError):
        verify(SigningKey(bytes(32)).public, MESSAGE, SIGNATURE)


@pytest.mark.parametrize(
    ("key", "signature"),
    [
        (b"", SIGNATURE),
        (KEY.public[:-1], SIGNATURE),
        (KEY.public + b"\0", SIGNATURE),
        (KEY.public, b""),
        (KEY.public, SIGNATURE[:-1]),
        (KEY.public, SIGNATURE + b"\0"),
        (KEY.public, bytes(64)),
    ],
)
def test_wrong_sizes_are_refused(key, signature):
    with pytest.raises(BadSignatureError):
        verify(key, MESSAGE, signature)


def test_signature_has_one_spelling():
    number = int.from_bytes(SIGNATURE[32:], "little")
    again = SIGNATURE[:32] + (number + GROUP_ORDER).to_bytes(32, "little")
    with pytest.raises(BadSignatureError):
        verify(KEY.public, MESSAGE, again)


@pytest.mark.parametrize("point", ED25519_POINTS)
def test_key_of_small_order_signs_nothing(point):
    """With R of small order and S = 0 a lax verifier accepts one signature for every message."""
    key = bytes.fromhex(point)
    for commitment in (key, bytes((1, *bytes(31)))):
        for message in (b"", b"one", b"two", b"three"):
            with pytest.raises(BadSignatureError):
                verify(key, message, commitment + bytes(32))
    with pytest.raises(InvalidKeyError):
        check_public_key(key)


def test_point_outside_the_main_subgroup_is_no_key():
    """A good key plus a point of order 8 still is a point of the curve."""
    from nacl import bindings

    torsion = bytes.fromhex(ED25519_POINTS[4])
    mixed = bindings.crypto_core_ed25519_add(KEY.public, torsion)
    with pytest.raises(InvalidKeyError):
        check_public_key(mixed)


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(33), b"\2" * 32, b"\xff" * 32])
def test_bytes_that_are_no_point_are_no_key(key):
    with pytest.raises(InvalidKeyError):
        check_public_key(key)


def test_good_key_is_returned():
    assert check_public_key(KEY.public) == KEY.public


@pytest.mark.parametrize("size", [0, 31, 33])
def test_seed_has_32_bytes(size):
    with pytest.raises(InvalidKeyError):
        SigningKey(bytes(size))


def test_key_does_not_print_itself():
    secret = SigningKey(b"\xab" * 32)
    for shown in (repr(secret), str(secret), f"{secret}", f"{[secret]}"):
        assert "abab" not in shown
        assert "\\xab" not in shown
        assert secret.public.hex() not in shown


def test_key_is_not_pickled_by_accident():
    with pytest.raises(TypeError):
        pickle.dumps(KEY)
