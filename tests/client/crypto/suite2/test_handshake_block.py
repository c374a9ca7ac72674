from __future__ import annotations

import dataclasses

import pytest

from tests.client.crypto.suite2.ends import Device
from tests.protocol.vectors import load
from whispr.client.crypto.suite2.handshake_block import (
    BLOCK_BYTES,
    HandshakeBlock,
    handshake_digest,
)
from whispr.client.crypto.suite2.prekey import PrekeyKind
from whispr.errors import DecryptionError
from whispr.protocol.signing import sha256

DATA = bytes.fromhex(load("suite2_handshake")["vectors"][0]["block"])
BLOCK = HandshakeBlock.decode(DATA)


def test_the_layout_is_the_one_of_the_docstring() -> None:
    assert len(DATA) == BLOCK_BYTES == 2374
    assert DATA[:14] == bytes.fromhex("01 000003e9 000003ea 000003ec 00")
    assert (BLOCK.signed_prekey_id, BLOCK.one_time_id, BLOCK.kem_prekey_id) == (1001, 1002, 1004)
    assert BLOCK.ephemeral == DATA[14:46]
    assert BLOCK.prekey_ciphertext == DATA[46:1134]
    assert BLOCK.device_ciphertext == DATA[1134:2222]
    assert BLOCK.encrypted_party == DATA[2222:]
    assert BLOCK.encode() == DATA


@pytest.mark.parametrize("size", [0, 2373, 2375])
def test_other_lengths_are_refused(size: int) -> None:
    with pytest.raises(DecryptionError):
        HandshakeBlock.decode((DATA + b"\0")[:size])


@pytest.mark.parametrize(
    ("place", "value"),
    [(0, b"\0"), (0, b"\2"), (1, bytes(4)), (9, bytes(4)), (13, b"\2"), (13, b"\xff")],
)
def test_other_versions_ids_of_zero_and_flags_are_refused(place: int, value: bytes) -> None:
    with pytest.raises(DecryptionError):
        HandshakeBlock.decode(DATA[:place] + value + DATA[place + len(value) :])


def test_it_says_which_prekeys_are_needed_and_which_are_used_up() -> None:
    once = [(PrekeyKind.KEM_ONE_TIME, 1004), (PrekeyKind.ONE_TIME, 1002)]
    assert list(BLOCK.prekeys()) == [(PrekeyKind.SIGNED, 1001), *once]
    assert list(BLOCK.used_up()) == once
    poor = dataclasses.replace(BLOCK, one_time_id=0, last_resort=True)
    assert list(poor.prekeys()) == [(PrekeyKind.SIGNED, 1001), (PrekeyKind.KEM_LAST_RESORT, 1004)]
    assert poor.used_up() == ()


def test_keys_of_a_wrong_size_are_refused() -> None:
    for name in ("ephemeral", "prekey_ciphertext", "device_ciphertext", "encrypted_party"):
        with pytest.raises(ValueError, match="expected"):
            dataclasses.replace(BLOCK, **{name: b"short"})


def test_the_digest_is_that_of_the_bytes() -> None:
    assert handshake_digest(DATA) == sha256(DATA)


def test_two_handshakes_have_two_digests() -> None:
    alice, bundle = Device("Alice"), Device("Bob").bundle()
    first, second = alice.start(bundle).session, alice.start(bundle).session
    assert first.handshake_digest != second.handshake_digest
    assert first.session_id != second.session_id
