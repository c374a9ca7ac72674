"""The safety number: sixty digits that two people compare to know that nobody sits between them.

Shape of Signal's numeric fingerprint: each identity is hashed 5,200 times with SHA-512, which
makes a search for a look-alike expensive, and gives 30 digits; the smaller half comes first, so
both people see the same number. It covers the two root identities, not their devices.
"""

from __future__ import annotations

import hashlib

from whispr.errors import InvalidKeyError

IDENTITY_BYTES = 32
ITERATIONS = 5_200
SAFETY_NUMBER_DIGITS = 60
GROUP_DIGITS = 5

_LABEL = b"whispr/1/safety\0"
_VERSION = b"\x00\x01"
_CHUNK_BYTES = 5
_USED_BYTES = 30


def _half(identity: bytes) -> str:
    """Return the 30 digits of one identity.

    digest = SHA-512(label || version || identity), then 5,199 times SHA-512(digest || identity);
    six chunks of 5 bytes, each a big-endian number modulo 100,000.
    """
    if len(identity) != IDENTITY_BYTES:
        raise InvalidKeyError(f"identity has {len(identity)} bytes, not {IDENTITY_BYTES}")
    digest = hashlib.sha512(_LABEL + _VERSION + identity).digest()
    for _ in range(ITERATIONS - 1):
        digest = hashlib.sha512(digest + identity).digest()
    chunks = (digest[start : start + _CHUNK_BYTES] for start in range(0, _USED_BYTES, _CHUNK_BYTES))
    return "".join(f"{int.from_bytes(chunk) % 100_000:05d}" for chunk in chunks)


def safety_number(own_identity: bytes, their_identity: bytes) -> str:
    """Return the 60 digits of two 32-byte identities, the same whoever computes them.

    Takes about 5 ms. Raises InvalidKeyError for an identity of another length.
    """
    return "".join(sorted((_half(own_identity), _half(their_identity))))


def format_safety_number(number: str) -> str:
    """Return the number as twelve groups of five digits with a space between them."""
    return " ".join(
        number[start : start + GROUP_DIGITS] for start in range(0, len(number), GROUP_DIGITS)
    )
