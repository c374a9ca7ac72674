"""HKDF-SHA256 (RFC 5869), the one way in which keys are derived from keys."""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def hkdf_sha256(key: bytes, *, info: bytes, salt: bytes = b"", length: int = 32) -> bytes:
    """Derive `length` bytes (at most 8,160) from uniformly random `key` for the purpose `info`.

    An empty salt means 32 zero bytes, as RFC 5869 section 2.2 says.
    """
    return HKDF(algorithm=SHA256(), length=length, salt=salt or None, info=info).derive(key)
