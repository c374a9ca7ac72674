"""Ed25519: sign, verify, and keys that do not print themselves. PyNaCl is the only verifier.

libsodium refuses small-order keys and non-canonical signatures; OpenSSL accepts a key of small
order with one fixed signature for every message. So nothing else in Whispr verifies Ed25519.
"""

from __future__ import annotations

from typing import NoReturn

import nacl.bindings
import nacl.exceptions

from whispr.errors import BadSignatureError, InvalidKeyError
from whispr.protocol.limits import KEY_BYTES, SIGNATURE_BYTES


class SigningKey:
    """An Ed25519 key pair made from a 32-byte seed (RFC 8032)."""

    __slots__ = ("_secret", "public")

    public: bytes
    """The public key, 32 bytes."""

    def __init__(self, seed: bytes) -> None:
        if len(seed) != KEY_BYTES:
            raise InvalidKeyError("an Ed25519 seed has 32 bytes")
        self.public, self._secret = nacl.bindings.crypto_sign_seed_keypair(seed)

    def __repr__(self) -> str:
        return f"<SigningKey {self.public[:4].hex()}…>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a signing key is not copied or pickled")

    @property
    def seed(self) -> bytes:
        """The 32 secret bytes the pair was made from."""
        return self._secret[:KEY_BYTES]

    def sign(self, message: bytes) -> bytes:
        """A 64-byte signature."""
        return nacl.bindings.crypto_sign(message, self._secret)[:SIGNATURE_BYTES]


def verify(public_key: bytes, message: bytes, signature: bytes) -> None:
    """Check a 64-byte signature by a 32-byte public key.

    Raises:
        BadSignatureError: it does not verify, or the key is of small order or no key at all.
    """
    if len(public_key) != KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        raise BadSignatureError("the signature does not verify")
    try:
        nacl.bindings.crypto_sign_open(signature + message, public_key)
    except (nacl.exceptions.CryptoError, ValueError) as error:
        raise BadSignatureError("the signature does not verify") from error


def check_public_key(public_key: bytes) -> bytes:
    """Return a 32-byte Ed25519 public key that is fit to be stored.

    Raises:
        InvalidKeyError: not a point of the main subgroup, or of small order.
    """
    if len(public_key) != KEY_BYTES or not nacl.bindings.crypto_core_ed25519_is_valid_point(
        public_key
    ):
        raise InvalidKeyError("not an Ed25519 public key")
    return public_key
