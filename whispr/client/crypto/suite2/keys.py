"""ML-KEM-768 keys (FIPS 203): made from a 64-byte seed, they do not print themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from cryptography.hazmat.primitives.asymmetric.mlkem import (
    MLKEM768PrivateKey,
    MLKEM768PublicKey,
)

from whispr.errors import DecryptionError, InvalidKeyError
from whispr.protocol.signing import sha256

KEM_SEED_BYTES = 64
KEM_PUBLIC_BYTES = 1184
KEM_CIPHERTEXT_BYTES = 1088
KEM_SECRET_BYTES = 32

Encapsulate = Callable[[bytes], tuple[bytes, bytes]]
"""From a public key to (shared secret, ciphertext)."""


class KemKey:
    """An ML-KEM-768 key pair; the seed `d || z` is what is stored."""

    __slots__ = ("_key", "public")

    public: bytes
    """The encapsulation key, 1,184 bytes."""

    def __init__(self, seed: bytes) -> None:
        if len(seed) != KEM_SEED_BYTES:
            raise InvalidKeyError("an ML-KEM-768 seed has 64 bytes")
        self._key = MLKEM768PrivateKey.from_seed_bytes(seed)
        self.public = self._key.public_key().public_bytes_raw()

    def __repr__(self) -> str:
        return f"<KemKey {self.public_hash[:4].hex()}…>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a KEM key is not copied or pickled")

    @property
    def public_hash(self) -> bytes:
        """SHA-256 of the public key: `kem_key_hash` of the device record."""
        return sha256(self.public)

    def decapsulate(self, ciphertext: bytes) -> bytes:
        """The 32-byte secret in a ciphertext of 1,088 bytes.

        A changed ciphertext gives another secret, not an error (implicit rejection): what is
        encrypted with it afterwards does not open.

        Raises:
            DecryptionError: wrong length.
        """
        if len(ciphertext) != KEM_CIPHERTEXT_BYTES:
            raise DecryptionError("a KEM ciphertext of a wrong length")
        return self._key.decapsulate(ciphertext)


def encapsulate(public: bytes) -> tuple[bytes, bytes]:
    """A fresh 32-byte secret and its ciphertext for an ML-KEM-768 public key.

    The randomness comes from the library, which takes none from outside; a caller that needs it
    reproducible passes another function of this shape.

    Raises:
        InvalidKeyError: wrong length, or a coefficient out of range.
    """
    try:
        return MLKEM768PublicKey.from_public_bytes(public).encapsulate()
    except ValueError as error:
        raise InvalidKeyError("not an ML-KEM-768 public key") from error
