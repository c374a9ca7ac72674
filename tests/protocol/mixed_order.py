"""A public key that is a good one plus a point of order 8, and signatures that fit it by luck.

One message in eight verifies, so the bare check of a signature does not notice such a key. Who
accepts it has two spellings of one signer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from nacl import bindings

from tests.protocol.small_order import ED25519_POINTS

SEED = b"\x31" * 32
_DIGEST = hashlib.sha512(SEED).digest()
_CLAMPED = bytes((_DIGEST[0] & 248, *_DIGEST[1:31], _DIGEST[31] & 63 | 64))
_SCALAR = bindings.crypto_core_ed25519_scalar_reduce(_CLAMPED + bytes(32))
_GOOD_KEY, _ = bindings.crypto_sign_seed_keypair(SEED)
KEY = bindings.crypto_core_ed25519_add(_GOOD_KEY, bytes.fromhex(ED25519_POINTS[4]))


def first_signed(messages: Iterable[bytes]) -> tuple[int, bytes]:
    """Index and signature of the first message whose challenge cancels the point of order 8."""
    nonce = bindings.crypto_core_ed25519_scalar_reduce(hashlib.sha512(b"nonce").digest())
    commitment = bindings.crypto_scalarmult_ed25519_base_noclamp(nonce)
    for index, message in enumerate(messages):
        challenge = bindings.crypto_core_ed25519_scalar_reduce(
            hashlib.sha512(commitment + KEY + message).digest()
        )
        if challenge[0] % 8 == 0:
            product = bindings.crypto_core_ed25519_scalar_mul(challenge, _SCALAR)
            return index, commitment + bindings.crypto_core_ed25519_scalar_add(nonce, product)
    raise AssertionError("no message was lucky")
