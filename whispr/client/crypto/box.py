"""X25519 keys, their exchange, and the sealed box of suite 1 (`crypto_box_seal`, 48 bytes more)."""

from __future__ import annotations

from typing import NoReturn

import nacl.bindings
import nacl.exceptions

from whispr.errors import DecryptionError, InvalidKeyError
from whispr.protocol.limits import KEY_BYTES

SEAL_OVERHEAD_BYTES = 48


class BoxKey:
    """An X25519 key pair made from 32 secret bytes."""

    __slots__ = ("_secret", "public")

    public: bytes
    """The public key, 32 bytes."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise InvalidKeyError("an X25519 secret has 32 bytes")
        self._secret = secret
        self.public = nacl.bindings.crypto_scalarmult_base(secret)

    def __repr__(self) -> str:
        return f"<BoxKey {self.public[:4].hex()}…>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a box key is not copied or pickled")

    def exchange(self, public: bytes) -> bytes:
        """The 32-byte secret shared with another X25519 public key (RFC 7748).

        Raises:
            InvalidKeyError: the key is of small order or no key at all.
        """
        return exchange(self._secret, public)

    def open(self, sealed: bytes) -> bytes:
        """Open what was sealed to this key.

        Raises:
            DecryptionError: it was not, or it was changed.
        """
        try:
            return nacl.bindings.crypto_box_seal_open(sealed, self.public, self._secret)
        except (nacl.exceptions.CryptoError, ValueError, TypeError) as error:
            raise DecryptionError("the sealed box does not open") from error


def exchange(secret: bytes, public: bytes) -> bytes:
    """X25519 of 32 secret bytes and a public key; a secret of zeros never leaves it.

    Raises:
        InvalidKeyError: the key is of small order or no key at all.
    """
    try:
        return nacl.bindings.crypto_scalarmult(secret, public)
    except (nacl.exceptions.CryptoError, ValueError, TypeError, RuntimeError) as error:
        raise InvalidKeyError("not a usable X25519 key") from error


def seal(message: bytes, box_key: bytes) -> bytes:
    """Seal to a 32-byte X25519 public key; anyone can, so what is inside must be signed.

    Raises:
        InvalidKeyError: the key is of small order or no key at all.
    """
    try:
        return nacl.bindings.crypto_box_seal(message, box_key)
    except (nacl.exceptions.CryptoError, ValueError, TypeError, RuntimeError) as error:
        raise InvalidKeyError("not a usable box key") from error
