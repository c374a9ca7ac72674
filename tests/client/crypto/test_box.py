from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol.small_order import X25519_SPELLINGS
from whispr.client.crypto.box import SEAL_OVERHEAD_BYTES, BoxKey, seal
from whispr.errors import DecryptionError, InvalidKeyError

KEY = BoxKey(b"b" * 32)


def test_only_the_key_it_was_sealed_to_opens_it() -> None:
    sealed = seal(b"hello", KEY.public)
    assert len(sealed) == 5 + SEAL_OVERHEAD_BYTES
    assert KEY.open(sealed) == b"hello"
    with pytest.raises(DecryptionError):
        BoxKey(b"c" * 32).open(sealed)


def test_every_changed_byte_is_noticed() -> None:
    sealed = seal(b"hello", KEY.public)
    for index in range(len(sealed)):
        changed = bytearray(sealed)
        changed[index] ^= 1
        with pytest.raises(DecryptionError):
            KEY.open(bytes(changed))


@given(st.binary(max_size=120))
def test_any_bytes_do_not_open(data: bytes) -> None:
    with pytest.raises(DecryptionError):
        KEY.open(data)


@pytest.mark.parametrize("small", X25519_SPELLINGS)
def test_a_small_order_key_is_neither_sealed_to_nor_opened_from(small: bytes) -> None:
    with pytest.raises(InvalidKeyError):
        seal(b"hello", small)
    with pytest.raises(DecryptionError):
        KEY.open(small + seal(b"hello", KEY.public)[32:])


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_key_of_another_length_is_none(length: int) -> None:
    with pytest.raises(InvalidKeyError):
        BoxKey(bytes(length))
    with pytest.raises(InvalidKeyError):
        seal(b"hello", bytes(length))


def test_the_secret_is_not_shown_copied_or_pickled() -> None:
    assert "62" * 8 not in repr(KEY) + str(KEY) and "bbbb" not in repr(KEY)
    for leak in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError):
            leak(KEY)
