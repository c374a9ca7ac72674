from __future__ import annotations

import dataclasses
import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt

from tests.client.crypto.reference import hchacha20, hkdf, xchacha20poly1305
from tests.client.crypto.suite2.ends import flipped
from tests.client.kit import NOW_MS, seeded
from whispr.client.crypto.suite2.message_cipher import MessageCipher
from whispr.client.crypto.suite2.ratchet_state import RatchetHeader
from whispr.errors import DecryptionError

KEY = seeded("message key")
HEADER = RatchetHeader(seeded("ratchet key"), 3, 7)
CIPHER = MessageCipher(
    epoch=0,
    epoch_key=seeded("epoch"),
    transcript=seeded("transcript"),
    session_id=seeded("session")[:16],
    direction=1,
    envelope_id=seeded("envelope")[:16],
    time_ms=NOW_MS,
)
PADDED = b"hello\x80".ljust(256, b"\0")
SEALED = CIPHER.seal(KEY, HEADER, PADDED)


def test_the_same_key_and_surroundings_open_it() -> None:
    assert CIPHER.open(KEY, HEADER, SEALED) == PADDED
    assert len(SEALED) == len(PADDED) + 48


def test_keys_and_bytes_are_those_of_the_docstring() -> None:
    data = b"".join(
        (
            *(b"whispr/1/s2/ad\0", bytes(4), CIPHER.transcript, CIPHER.session_id, b"\1"),
            *(CIPHER.envelope_id, NOW_MS.to_bytes(8, "big"), HEADER.ratchet_key),
            *((3).to_bytes(4, "big"), (7).to_bytes(4, "big")),
        )
    )
    assert CIPHER.associated_data(HEADER) == data
    info = b"whispr/1/s2/msg\0" + bytes(4) + hashlib.sha256(data).digest()
    derived = hkdf(KEY, info, salt=CIPHER.epoch_key, length=88)
    assert SEALED[:32] == derived[32:64]
    assert SEALED[32:] == xchacha20poly1305(derived[:32], derived[64:], PADDED, data)


def test_every_changed_byte_is_refused() -> None:
    for index in range(len(SEALED)):
        with pytest.raises(DecryptionError):
            CIPHER.open(KEY, HEADER, flipped(SEALED, index))


@pytest.mark.parametrize("size", [0, 31, 32, 47, len(SEALED) - 1])
def test_what_was_cut_is_refused(size: int) -> None:
    with pytest.raises(DecryptionError):
        CIPHER.open(KEY, HEADER, SEALED[:size])


def _variants(value: Any, bits: int) -> list[Any]:
    if isinstance(value, int):
        return [value ^ 1 << bit for bit in range(bits)]
    return [flipped(value, index) for index in range(len(value))]


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(MessageCipher)])
def test_every_changed_part_of_the_surroundings_is_refused(field: str) -> None:
    bits = {"epoch": 32, "direction": 8, "time_ms": 64}.get(field, 0)
    for value in _variants(getattr(CIPHER, field), bits):
        changes: dict[str, Any] = {field: value}
        with pytest.raises(DecryptionError):
            dataclasses.replace(CIPHER, **changes).open(KEY, HEADER, SEALED)


@pytest.mark.parametrize("field", ["ratchet_key", "previous_length", "index"])
def test_every_changed_part_of_the_header_is_refused(field: str) -> None:
    for value in _variants(getattr(HEADER, field), 32):
        changes: dict[str, Any] = {field: value}
        with pytest.raises(DecryptionError):
            CIPHER.open(KEY, dataclasses.replace(HEADER, **changes), SEALED)


def test_another_message_key_is_refused_by_the_commitment() -> None:
    for index in range(32):
        with pytest.raises(DecryptionError, match="committed"):
            CIPHER.open(flipped(KEY, index), HEADER, SEALED)


def test_a_key_that_comes_again_in_another_envelope_gives_another_key_stream() -> None:
    """After a database was set back: otherwise two ciphertexts would tell both contents."""
    again = dataclasses.replace(CIPHER, envelope_id=seeded("another envelope")[:16])
    other = b"other\x80".ljust(256, b"\0")
    pairs = zip(SEALED[32:288], again.seal(KEY, HEADER, other)[32:288], strict=True)
    assert bytes(a ^ b for a, b in pairs) != bytes(
        a ^ b for a, b in zip(PADDED, other, strict=True)
    )
    assert again.seal(KEY, HEADER, PADDED)[:32] != SEALED[:32]


# A ciphertext that opens under two keys ("invisible salamander").

PRIME = (1 << 130) - 5


def _keys(message_key: bytes) -> tuple[bytes, bytes, bytes]:
    data = CIPHER.associated_data(HEADER)
    info = b"whispr/1/s2/msg\0" + bytes(4) + hashlib.sha256(data).digest()
    derived = hkdf(message_key, info, salt=CIPHER.epoch_key, length=88)
    return derived[:32], derived[32:64], derived[64:]


def _poly1305_key(key: bytes, nonce: bytes) -> tuple[int, int]:
    stream = algorithms.ChaCha20(hchacha20(key, nonce[:16]), bytes(8) + nonce[16:])
    block = Cipher(stream, mode=None).encryptor().update(bytes(32))
    clamped = int.from_bytes(block[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    return clamped, int.from_bytes(block[16:], "little")


def _blocks(data: bytes) -> list[int]:
    data += bytes(-len(data) % 16)
    return [
        int.from_bytes(data[place : place + 16], "little") + (1 << 128)
        for place in range(0, len(data), 16)
    ]


def _for_two_keys(first: bytes, second: bytes, data: bytes, size: int) -> bytes:
    """Ciphertext and tag that both message keys open: its last two blocks are solved for."""
    lengths = len(data).to_bytes(8, "little") + size.to_bytes(8, "little")
    fixed = _blocks(data) + _blocks(bytes(size - 32))
    (end,) = _blocks(lengths)
    ends = [_poly1305_key(key, nonce) for key, _, nonce in map(_keys, (first, second))]
    for tag in range(1, 10_000):
        rows = []
        for power, offset in ends:
            known = 0
            for value in fixed:
                known = (known + value) * power % PRIME
            known = (known * pow(power, 3, PRIME) + end * power) % PRIME
            rows.append(
                (pow(power, 3, PRIME), pow(power, 2, PRIME), (tag - offset) % (1 << 128) - known)
            )
        (a0, b0, c0), (a1, b1, c1) = rows
        inverse = pow(a0 * b1 - a1 * b0, -1, PRIME)
        x = (c0 * b1 - c1 * b0) * inverse % PRIME
        y = (a0 * c1 - a1 * c0) * inverse % PRIME
        if all(value >> 128 == 1 for value in (x, y)):
            free = b"".join((value - (1 << 128)).to_bytes(16, "little") for value in (x, y))
            return bytes(size - 32) + free + tag.to_bytes(16, "little")
    raise AssertionError("no tag was lucky")


def test_a_ciphertext_for_two_keys_opens_under_one_at_most() -> None:
    other = seeded("other message key")
    data = CIPHER.associated_data(HEADER)
    two_faced = _for_two_keys(KEY, other, data, 256)
    texts = [
        crypto_aead_xchacha20poly1305_ietf_decrypt(two_faced, data, nonce, key)
        for key, _, nonce in map(_keys, (KEY, other))
    ]
    assert texts[0] != texts[1]  # without the commitment both are shown
    sealed = _keys(KEY)[1] + two_faced
    assert CIPHER.open(KEY, HEADER, sealed) == texts[0]
    with pytest.raises(DecryptionError, match="committed"):
        CIPHER.open(other, HEADER, sealed)


def test_ids_of_a_wrong_size_are_refused() -> None:
    for field in ("transcript", "session_id", "envelope_id"):
        with pytest.raises(ValueError, match="expected"):
            dataclasses.replace(CIPHER, **{field: b"short"})


def test_a_cipher_does_not_print_its_key() -> None:
    assert repr(CIPHER.epoch_key)[2:20] not in repr(CIPHER)
