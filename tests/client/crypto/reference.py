"""A second implementation of what suite 1, attachments and key files are made of.

Nothing here comes from `whispr` or libsodium: the cores of Salsa20 and ChaCha20 are written from
their papers, the rest is `hashlib`, `hmac` and `cryptography`. It is slow and only for vectors.
"""

from __future__ import annotations

import hashlib
import hmac
import struct

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.poly1305 import Poly1305

SIGMA = struct.unpack("<4I", b"expand 32-byte k")
_SALSA_ROUND = (
    *((4, 0, 12, 8), (9, 5, 1, 13), (14, 10, 6, 2), (3, 15, 11, 7)),
    *((1, 0, 3, 2), (6, 5, 4, 7), (11, 10, 9, 8), (12, 15, 14, 13)),
)
_CHACHA_ROUND = (
    *((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15)),
    *((0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)),
)


def _rotated(word: int, bits: int) -> int:
    word &= 0xFFFFFFFF
    return (word << bits | word >> (32 - bits)) & 0xFFFFFFFF


def _salsa_rounds(words: list[int]) -> list[int]:
    x = list(words)
    for _ in range(10):
        for first, zero, last, middle in _SALSA_ROUND:
            x[first] ^= _rotated(x[zero] + x[last], 7)
            x[middle] ^= _rotated(x[first] + x[zero], 9)
            x[last] ^= _rotated(x[middle] + x[first], 13)
            x[zero] ^= _rotated(x[last] + x[middle], 18)
    return x


def _salsa_words(key: bytes, block: bytes) -> list[int]:
    k, n = struct.unpack("<8I", key), struct.unpack("<4I", block)
    return [SIGMA[0], *k[:4], SIGMA[1], *n, SIGMA[2], *k[4:], SIGMA[3]]


def hsalsa20(key: bytes, block: bytes) -> bytes:
    """Bernstein, "Extending the Salsa20 nonce", section 2: 32 bytes."""
    x = _salsa_rounds(_salsa_words(key, block))
    return struct.pack("<8I", *(x[index] for index in (0, 5, 10, 15, 6, 7, 8, 9)))


def xsalsa20(key: bytes, nonce: bytes, size: int) -> bytes:
    """`size` bytes of key stream for a nonce of 24 bytes."""
    subkey, stream = hsalsa20(key, nonce[:16]), b""
    for counter in range(-(-size // 64)):
        words = _salsa_words(subkey, nonce[16:] + struct.pack("<Q", counter))
        mixed = zip(_salsa_rounds(words), words, strict=True)
        stream += struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in mixed))
    return stream[:size]


def secretbox(key: bytes, nonce: bytes, message: bytes) -> bytes:
    """NaCl's `crypto_secretbox`: tag of 16 bytes, then the ciphertext."""
    stream = xsalsa20(key, nonce, 32 + len(message))
    text = bytes(a ^ b for a, b in zip(message, stream[32:], strict=True))
    return Poly1305.generate_tag(stream[:32], text) + text


def secretbox_open(key: bytes, nonce: bytes, sealed: bytes) -> bytes:
    """The way back; InvalidSignature for changed bytes."""
    stream = xsalsa20(key, nonce, 16 + len(sealed))
    Poly1305.verify_tag(stream[:32], sealed[16:], sealed[:16])
    return bytes(a ^ b for a, b in zip(sealed[16:], stream[32:], strict=True))


def _shared(secret: bytes, public: bytes) -> bytes:
    key = X25519PrivateKey.from_private_bytes(secret)
    return hsalsa20(key.exchange(X25519PublicKey.from_public_bytes(public)), bytes(16))


def x25519_public(secret: bytes) -> bytes:
    """The public key of 32 secret bytes."""
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def sealed_box(message: bytes, box_key: bytes, ephemeral_secret: bytes) -> bytes:
    """libsodium's `crypto_box_seal`, with the ephemeral key given instead of drawn."""
    ephemeral = x25519_public(ephemeral_secret)
    nonce = hashlib.blake2b(ephemeral + box_key, digest_size=24).digest()
    return ephemeral + secretbox(_shared(ephemeral_secret, box_key), nonce, message)


def sealed_box_open(sealed: bytes, secret: bytes) -> bytes:
    """`crypto_box_seal_open`."""
    nonce = hashlib.blake2b(sealed[:32] + x25519_public(secret), digest_size=24).digest()
    return secretbox_open(_shared(secret, sealed[:32]), nonce, sealed[32:])


def hchacha20(key: bytes, block: bytes) -> bytes:
    """draft-irtf-cfrg-xchacha, section 2.2: 32 bytes."""
    x = [*SIGMA, *struct.unpack("<8I", key), *struct.unpack("<4I", block)]
    for _ in range(10):
        for a, b, c, d in _CHACHA_ROUND:
            for bits in ((16, 12), (8, 7)):
                x[a] = (x[a] + x[b]) & 0xFFFFFFFF
                x[d] = _rotated(x[d] ^ x[a], bits[0])
                x[c] = (x[c] + x[d]) & 0xFFFFFFFF
                x[b] = _rotated(x[b] ^ x[c], bits[1])
    return struct.pack("<8I", *x[:4], *x[12:])


def xchacha20poly1305(key: bytes, nonce: bytes, chunk: bytes, associated_data: bytes) -> bytes:
    """Ciphertext, then a tag of 16 bytes."""
    cipher = ChaCha20Poly1305(hchacha20(key, nonce[:16]))
    return cipher.encrypt(bytes(4) + nonce[16:], chunk, associated_data)


def hkdf(key: bytes, info: bytes, *, salt: bytes = b"", length: int = 32) -> bytes:
    """RFC 5869 with SHA-256, from `hmac` alone."""
    secret, blocks, block = hmac.digest(salt or bytes(32), key, "sha256"), b"", b""
    for counter in range(1, -(-length // 32) + 1):
        block = hmac.digest(secret, block + info + bytes([counter]), "sha256")
        blocks += block
    return blocks[:length]
