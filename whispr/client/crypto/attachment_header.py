"""The key of an attachment, the public header in front of its parts, and their sizes.

Header, 65 bytes, integers big-endian; to the relay it is opaque:

    "WSPA" | version u8 = 1 | commitment 32 | nonce prefix 16 | part bytes u32 | padded size u64

    commitment = HKDF-SHA256(key, info = "whispr/1/att/commit")

The commitment ties the ciphertext to one key: without it two people could be sent one blob that
opens to two different files.
"""

from __future__ import annotations

import hmac
import struct
from dataclasses import dataclass

from whispr.client.crypto.hkdf import hkdf_sha256
from whispr.errors import DecryptionError, InvalidKeyError
from whispr.protocol.limits import MAX_BLOB_PARTS, PART_BYTES

MAGIC = b"WSPA"
FORMAT_VERSION = 1
KEY_BYTES = 32
COMMITMENT_BYTES = 32
NONCE_PREFIX_BYTES = 16
TAG_BYTES = 16
CHUNK_BYTES = PART_BYTES - TAG_BYTES
"""Plaintext of one full part: 65,456 bytes."""

MAX_PADDED_BYTES = MAX_BLOB_PARTS * CHUNK_BYTES

_LAYOUT = struct.Struct(f">4sB{COMMITMENT_BYTES}s{NONCE_PREFIX_BYTES}sIQ")
_COMMITMENT_INFO = b"whispr/1/att/commit"
_PART_KEY_INFO = b"whispr/1/att/key"

HEADER_BYTES = _LAYOUT.size


@dataclass(frozen=True, slots=True, repr=False)
class AttachmentKey:
    """32 random bytes, new for each file and each sending; `repr` redacts.

    Raises InvalidKeyError for another length.
    """

    secret: bytes

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise InvalidKeyError(f"attachment key has {len(self.secret)} bytes, not {KEY_BYTES}")

    def __repr__(self) -> str:
        return "AttachmentKey(redacted)"

    def commitment(self) -> bytes:
        """Return the 32 public bytes that only this key gives."""
        return hkdf_sha256(self.secret, info=_COMMITMENT_INFO)

    def part_key(self) -> bytes:
        """Return the 32-byte key that encrypts the parts."""
        return hkdf_sha256(self.secret, info=_PART_KEY_INFO)


@dataclass(frozen=True, slots=True)
class AttachmentHeader:
    """What stands in front of the parts; public, and authenticated with each part."""

    commitment: bytes
    nonce_prefix: bytes
    padded_bytes: int

    def encode(self) -> bytes:
        """Return the 65 bytes of the header."""
        return _LAYOUT.pack(
            MAGIC, FORMAT_VERSION, self.commitment, self.nonce_prefix, PART_BYTES, self.padded_bytes
        )

    @classmethod
    def decode(cls, data: bytes) -> AttachmentHeader:
        """Read a header. Raises DecryptionError for anything that `encode` does not write."""
        if len(data) != HEADER_BYTES:
            raise DecryptionError(f"attachment header has {len(data)} bytes, not {HEADER_BYTES}")
        magic, version, commitment, nonce_prefix, part_bytes, padded_bytes = _LAYOUT.unpack(data)
        if magic != MAGIC:
            raise DecryptionError("this is not an attachment")
        if version != FORMAT_VERSION:
            raise DecryptionError(f"attachment of version {version} needs a newer version")
        if part_bytes != PART_BYTES or not 0 < padded_bytes <= MAX_PADDED_BYTES:
            raise DecryptionError("attachment header has sizes that are not allowed")
        return cls(commitment, nonce_prefix, padded_bytes)

    def require_key(self, key: AttachmentKey) -> None:
        """Raise DecryptionError unless the commitment is that of `key`; constant time."""
        if not hmac.compare_digest(self.commitment, key.commitment()):
            raise DecryptionError("attachment was encrypted with another key")


def part_count(padded_bytes: int) -> int:
    """Return how many parts carry `padded_bytes` of padded plaintext."""
    return -(-padded_bytes // CHUNK_BYTES)


def chunk_bytes(padded_bytes: int, index: int) -> int:
    """Return how many bytes of padded plaintext part `index` carries; its tag adds 16."""
    return min(CHUNK_BYTES, padded_bytes - index * CHUNK_BYTES)


def ciphertext_bytes(padded_bytes: int) -> int:
    """Return the sum of all parts on the wire, without the header."""
    return padded_bytes + part_count(padded_bytes) * TAG_BYTES
