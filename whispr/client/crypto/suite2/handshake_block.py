"""The handshake block: what the responder needs to come to the same secrets, as a fixed layout.

    0  version u8 = 1        9  kem_prekey_id u32    46    c1 1,088 (to the KEM prekey)
    1  signed_prekey_id u32  13 last_resort u8     1,134   c2 1,088 (to Kd)
    5  one_time_id u32       14 EK 32              2,222   initiator 152 (encrypted, K_hdr)

2,374 bytes. `one_time_id` 0: without a one-time prekey. `docs/protocol.md` §16.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from whispr.client.crypto.suite2.keys import KEM_CIPHERTEXT_BYTES
from whispr.client.crypto.suite2.party import PARTY_BYTES
from whispr.client.crypto.suite2.prekey import NO_PREKEY, PrekeyKind
from whispr.errors import DecryptionError
from whispr.protocol.signing import expect_size, sha256

TAG_BYTES = 16
BLOCK_VERSION = 1
ENCRYPTED_PARTY_BYTES = PARTY_BYTES + TAG_BYTES
_BLOCK = struct.Struct(
    f">BIIIB32s{KEM_CIPHERTEXT_BYTES}s{KEM_CIPHERTEXT_BYTES}s{ENCRYPTED_PARTY_BYTES}s"
)
BLOCK_BYTES = _BLOCK.size


@dataclass(frozen=True, slots=True)
class HandshakeBlock:
    """A handshake as it travels."""

    signed_prekey_id: int
    one_time_id: int
    kem_prekey_id: int
    last_resort: bool
    ephemeral: bytes
    """`EK`, X25519."""
    prekey_ciphertext: bytes
    """`c1`: a secret for the KEM prekey."""
    device_ciphertext: bytes
    """`c2`: a secret for `Kd`."""
    encrypted_party: bytes

    def __post_init__(self) -> None:
        # struct would pad or cut silently.
        expect_size(self.ephemeral, 32)
        expect_size(self.prekey_ciphertext, KEM_CIPHERTEXT_BYTES)
        expect_size(self.device_ciphertext, KEM_CIPHERTEXT_BYTES)
        expect_size(self.encrypted_party, ENCRYPTED_PARTY_BYTES)

    @property
    def kem_kind(self) -> PrekeyKind:
        """Of which kind the KEM prekey is."""
        return PrekeyKind.KEM_LAST_RESORT if self.last_resort else PrekeyKind.KEM_ONE_TIME

    def prekeys(self) -> tuple[tuple[PrekeyKind, int], ...]:
        """Kind and id of each prekey whose secret is needed."""
        wanted = [
            (PrekeyKind.SIGNED, self.signed_prekey_id),
            (self.kem_kind, self.kem_prekey_id),
        ]
        if self.one_time_id != NO_PREKEY:
            wanted.append((PrekeyKind.ONE_TIME, self.one_time_id))
        return tuple(wanted)

    def used_up(self) -> tuple[tuple[PrekeyKind, int], ...]:
        """Kind and id of each prekey to delete once a first message has opened."""
        once = (PrekeyKind.ONE_TIME, PrekeyKind.KEM_ONE_TIME)
        return tuple((kind, prekey_id) for kind, prekey_id in self.prekeys() if kind in once)

    def encode(self) -> bytes:
        """The layout of the module, 2,374 bytes."""
        return _BLOCK.pack(
            BLOCK_VERSION,
            self.signed_prekey_id,
            self.one_time_id,
            self.kem_prekey_id,
            self.last_resort,
            self.ephemeral,
            self.prekey_ciphertext,
            self.device_ciphertext,
            self.encrypted_party,
        )

    @classmethod
    def decode(cls, data: bytes) -> HandshakeBlock:
        """Read the layout of the module.

        Raises:
            DecryptionError: another layout.
        """
        if len(data) != BLOCK_BYTES:
            raise DecryptionError("a handshake of a wrong length")
        version, signed_id, one_time_id, kem_id, last_resort, *keys = _BLOCK.unpack(data)
        if version != BLOCK_VERSION or last_resort > 1 or NO_PREKEY in (signed_id, kem_id):
            raise DecryptionError("a handshake of another layout")
        return cls(signed_id, one_time_id, kem_id, bool(last_resort), *keys)


def handshake_digest(block: bytes) -> bytes:
    """SHA-256 of an encoded block: by it a handshake that came before is known again."""
    return sha256(block)
