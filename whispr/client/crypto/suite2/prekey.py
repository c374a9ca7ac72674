"""Prekeys: the signed records that a relay hands out, and their secrets on this device.

    record = id u32 | expires_ms u64 | public key 32 or 1,184 | signature 64
    signed = label of its kind | identity 32 | device_id u32 | record without the signature

A record does not say of what kind it is: the place where it stands does, and the label of that
kind is in the signature. So a record in another place, of another device or person does not verify.
`docs/protocol.md` §16.
"""

from __future__ import annotations

import enum
import struct
from dataclasses import dataclass

from whispr.client.crypto.box import BoxKey
from whispr.client.crypto.suite2.keys import KEM_PUBLIC_BYTES, KEM_SEED_BYTES, KemKey
from whispr.errors import CorruptFileError, InvalidKeyError, UnsupportedFormatError
from whispr.protocol.limits import KEY_BYTES, SIGNATURE_BYTES
from whispr.protocol.signatures import SigningKey, verify
from whispr.protocol.signing import (
    LABEL_KEM_LAST_RESORT,
    LABEL_KEM_ONE_TIME,
    LABEL_ONE_TIME_PREKEY,
    LABEL_SIGNED_PREKEY,
)

MAX_PREKEY_LIFE_MS = 30 * 24 * 3600 * 1000
"""Further ahead no record may expire: what is signed today must not be of use for ever."""
NO_PREKEY = 0
"""No prekey has this id."""

_RECORD = struct.Struct(">IQ")
_SECRET = struct.Struct(">BBIQ")
_SECRET_VERSION = 1
_MAX_U32 = 0xFFFF_FFFF
_MAX_U64 = 0xFFFF_FFFF_FFFF_FFFF


class PrekeyKind(enum.IntEnum):
    """What a prekey is for; each has a label of its own."""

    SIGNED = 1
    """X25519, used by many, replaced every other day; also the first ratchet key."""
    ONE_TIME = 2
    """X25519, used once."""
    KEM_LAST_RESORT = 3
    """ML-KEM-768, used by many, replaced with the signed one."""
    KEM_ONE_TIME = 4
    """ML-KEM-768, used once."""

    @property
    def is_kem(self) -> bool:
        """Whether it is a key of ML-KEM-768."""
        return self in (PrekeyKind.KEM_LAST_RESORT, PrekeyKind.KEM_ONE_TIME)

    @property
    def public_bytes(self) -> int:
        """Size of the public key."""
        return KEM_PUBLIC_BYTES if self.is_kem else KEY_BYTES

    @property
    def secret_bytes(self) -> int:
        """Size of the secret: an X25519 scalar or a KEM seed."""
        return KEM_SEED_BYTES if self.is_kem else KEY_BYTES

    @property
    def record_bytes(self) -> int:
        """Size of the signed record: 108 or 1,260."""
        return _RECORD.size + self.public_bytes + SIGNATURE_BYTES


_LABELS = {
    PrekeyKind.SIGNED: LABEL_SIGNED_PREKEY,
    PrekeyKind.ONE_TIME: LABEL_ONE_TIME_PREKEY,
    PrekeyKind.KEM_LAST_RESORT: LABEL_KEM_LAST_RESORT,
    PrekeyKind.KEM_ONE_TIME: LABEL_KEM_ONE_TIME,
}


def _signed_bytes(kind: PrekeyKind, identity: bytes, device_id: int, unsigned: bytes) -> bytes:
    return b"".join((_LABELS[kind], identity, device_id.to_bytes(4, "big"), unsigned))


@dataclass(frozen=True, slots=True)
class Prekey:
    """A prekey of somebody else whose signature was checked."""

    kind: PrekeyKind
    prekey_id: int
    expires_ms: int
    public: bytes


def open_record(
    data: bytes,
    kind: PrekeyKind,
    *,
    identity: bytes,
    device_id: int,
    device_key: bytes,
    now_ms: int,
) -> Prekey:
    """Check a record against the device that must have signed it.

    Raises:
        InvalidKeyError: wrong length, no id, expired, or made to live for too long.
        BadSignatureError: not signed by this device for this kind.
    """
    if len(data) != kind.record_bytes:
        raise InvalidKeyError("a prekey of a wrong length")
    unsigned, signature = data[:-SIGNATURE_BYTES], data[-SIGNATURE_BYTES:]
    verify(device_key, _signed_bytes(kind, identity, device_id, unsigned), signature)
    prekey_id, expires_ms = _RECORD.unpack_from(unsigned)
    if prekey_id == NO_PREKEY:
        raise InvalidKeyError("a prekey without an id")
    if not now_ms < expires_ms <= now_ms + MAX_PREKEY_LIFE_MS:
        raise InvalidKeyError("a prekey that is not valid now")
    return Prekey(kind, prekey_id, expires_ms, unsigned[_RECORD.size :])


@dataclass(frozen=True, slots=True, repr=False)
class PrekeySecret:
    """A prekey of this device; `secret` is 32 random bytes, or 64 for ML-KEM."""

    kind: PrekeyKind
    prekey_id: int
    expires_ms: int
    """After this nobody begins with it; the secret stays until the last message has come."""
    secret: bytes

    def __post_init__(self) -> None:
        if len(self.secret) != self.kind.secret_bytes:
            raise InvalidKeyError("the secret of a prekey has a wrong length")
        if not NO_PREKEY < self.prekey_id <= _MAX_U32 or not 0 <= self.expires_ms <= _MAX_U64:
            raise InvalidKeyError("the number of a prekey is out of range")

    def __repr__(self) -> str:
        return f"<PrekeySecret {self.kind.name} {self.prekey_id}>"

    def box_key(self) -> BoxKey:
        """The X25519 pair of a signed or one-time prekey."""
        return BoxKey(self.secret)

    def kem_key(self) -> KemKey:
        """The ML-KEM-768 pair."""
        return KemKey(self.secret)

    @property
    def public(self) -> bytes:
        """The public key, 32 or 1,184 bytes."""
        return self.kem_key().public if self.kind.is_kem else self.box_key().public

    def record(self, identity: bytes, device_id: int, device: SigningKey) -> bytes:
        """The signed record to publish, 108 or 1,260 bytes."""
        unsigned = _RECORD.pack(self.prekey_id, self.expires_ms) + self.public
        return unsigned + device.sign(_signed_bytes(self.kind, identity, device_id, unsigned))

    def encode(self) -> bytes:
        """Version u8 = 1 | kind u8 | id u32 | expires_ms u64 | secret 32 or 64; secret."""
        head = _SECRET.pack(_SECRET_VERSION, self.kind, self.prekey_id, self.expires_ms)
        return head + self.secret

    @classmethod
    def decode(cls, data: bytes) -> PrekeySecret:
        """Read what `encode` wrote.

        Raises:
            CorruptFileError: it did not.
            UnsupportedFormatError: a later version did.
        """
        try:
            version, kind, prekey_id, expires_ms = _SECRET.unpack_from(data)
            if version != _SECRET_VERSION:
                raise UnsupportedFormatError("a prekey of an unknown version")
            return cls(PrekeyKind(kind), prekey_id, expires_ms, data[_SECRET.size :])
        except (struct.error, ValueError, InvalidKeyError) as error:
            raise CorruptFileError("a damaged prekey") from error
