from __future__ import annotations

import copy
import hashlib
import pickle

import pytest

from tests.client.crypto.suite2 import mlkem_reference
from tests.client.crypto.suite2.ends import flipped
from tests.client.kit import seeded
from whispr.client.crypto.suite2.keys import (
    KEM_CIPHERTEXT_BYTES,
    KEM_PUBLIC_BYTES,
    KemKey,
    encapsulate,
)
from whispr.errors import DecryptionError, InvalidKeyError
from whispr.protocol.limits import KEM_KEY_BYTES
from whispr.protocol.signing import sha256

SEED = seeded("d") + seeded("z")
KEY = KemKey(SEED)


def test_who_has_the_seed_gets_the_secret() -> None:
    secret, ciphertext = encapsulate(KEY.public)
    assert len(secret) == 32 and len(ciphertext) == KEM_CIPHERTEXT_BYTES
    assert KEY.decapsulate(ciphertext) == secret
    assert KemKey(SEED).decapsulate(ciphertext) == secret
    assert KemKey(seeded("other") * 2).decapsulate(ciphertext) != secret


def test_every_encapsulation_is_fresh() -> None:
    assert encapsulate(KEY.public) != encapsulate(KEY.public)


def test_the_key_is_the_one_of_fips_203() -> None:
    assert KEY.public == mlkem_reference.public_key(SEED)
    assert len(KEY.public) == KEM_PUBLIC_BYTES == KEM_KEY_BYTES
    assert KEY.public_hash == sha256(KEY.public)


def test_both_implementations_open_what_the_other_made() -> None:
    secret, ciphertext = mlkem_reference.encapsulate(KEY.public, seeded("message"))
    assert KEY.decapsulate(ciphertext) == secret
    secret, ciphertext = encapsulate(KEY.public)
    assert mlkem_reference.decapsulate(SEED, ciphertext) == secret


def test_a_hundred_keys_are_those_that_go_publishes_the_hash_of() -> None:
    """`TestAccumulated` of Go's crypto/mlkem: keys, ciphertexts, secrets, implicit rejections.

    SHAKE128 of nothing gives for each round a seed, the randomness of an encapsulation and a
    ciphertext that is none; another SHAKE128 takes in what comes of them.
    """
    stream, results = hashlib.shake_128().digest(100 * (64 + 32 + 1088)), hashlib.shake_128()
    for place in range(0, len(stream), 64 + 32 + 1088):
        seed, message = stream[place : place + 64], stream[place + 64 : place + 96]
        key = KemKey(seed)
        secret, ciphertext = mlkem_reference.encapsulate(key.public, message)
        assert key.decapsulate(ciphertext) == secret
        for result in (key.public, ciphertext, secret):
            results.update(result)
        results.update(key.decapsulate(stream[place + 96 : place + 96 + 1088]))
    assert results.hexdigest(32) == (
        "1114b1b6699ed191734fa339376afa7e285c9e6acf6ff0177d346696ce564415"
    )


@pytest.mark.parametrize("index", [0, 500, 959, 960, 1087])
def test_a_changed_ciphertext_gives_another_secret_and_no_error(index: int) -> None:
    secret, ciphertext = encapsulate(KEY.public)
    changed = flipped(ciphertext, index)
    rejected = KEY.decapsulate(changed)
    assert rejected != secret
    assert rejected == mlkem_reference.decapsulate(SEED, changed)


@pytest.mark.parametrize("size", [0, 1087, 1089])
def test_a_ciphertext_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(DecryptionError):
        KEY.decapsulate(bytes(size))


@pytest.mark.parametrize("size", [0, 32, 63, 65])
def test_a_seed_has_64_bytes(size: int) -> None:
    with pytest.raises(InvalidKeyError):
        KemKey(bytes(size))


@pytest.mark.parametrize(
    "public",
    [b"", KEY.public[:-1], KEY.public + b"\0", b"\xff" * KEM_PUBLIC_BYTES],
    ids=["empty", "short", "long", "out of range"],
)
def test_what_is_no_public_key_is_refused(public: bytes) -> None:
    with pytest.raises(InvalidKeyError):
        encapsulate(public)


def test_a_key_does_not_print_copy_or_pickle_itself() -> None:
    text = f"{KEY!r} {KEY}"
    assert SEED.hex()[:16] not in text and repr(SEED)[2:20] not in text
    with pytest.raises(TypeError):
        copy.deepcopy(KEY)
    with pytest.raises(TypeError):
        pickle.dumps(KEY)
