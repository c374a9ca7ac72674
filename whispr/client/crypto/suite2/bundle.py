"""The public prekeys of one device, checked against its card: what a first message is sealed with.

    kem key 1,184 | signed prekey 108 | last resort u8 | KEM prekey 1,260 [| one-time prekey 108]

The box key stands on the card; so does the hash of the KEM key. Records: `prekey`.
`docs/protocol.md` §16.
"""

from __future__ import annotations

from dataclasses import dataclass

from whispr.client.crypto.suite2.keys import KEM_PUBLIC_BYTES
from whispr.client.crypto.suite2.party import Party
from whispr.client.crypto.suite2.prekey import Prekey, PrekeyKind, open_record
from whispr.errors import InvalidKeyError
from whispr.protocol.signing import sha256

_SIGNED_BYTES = PrekeyKind.SIGNED.record_bytes
_ONE_TIME_BYTES = PrekeyKind.ONE_TIME.record_bytes
_KEM_BYTES = PrekeyKind.KEM_ONE_TIME.record_bytes
BUNDLE_BYTES = KEM_PUBLIC_BYTES + _SIGNED_BYTES + 1 + _KEM_BYTES
"""Without a one-time X25519 prekey."""
BUNDLE_BYTES_WITH_ONE_TIME = BUNDLE_BYTES + _ONE_TIME_BYTES


@dataclass(frozen=True, slots=True)
class ClaimedPrekeys:
    """What a relay handed out for a device; nothing of it is checked."""

    kem_key: bytes
    signed_prekey: bytes
    kem_prekey: bytes
    last_resort: bool
    """Whether the relay calls `kem_prekey` the last resort; the signature says whether it is."""
    one_time: bytes = b""
    """One record, or nothing."""

    def encode(self) -> bytes:
        """The layout of the module, 2,553 or 2,661 bytes."""
        last_resort = bytes((self.last_resort,))
        parts = (self.kem_key, self.signed_prekey, last_resort, self.kem_prekey, self.one_time)
        return b"".join(parts)

    @classmethod
    def decode(cls, data: bytes) -> ClaimedPrekeys:
        """Read the layout of the module.

        Raises:
            InvalidKeyError: another layout.
        """
        if len(data) not in (BUNDLE_BYTES, BUNDLE_BYTES_WITH_ONE_TIME):
            raise InvalidKeyError("a bundle of a wrong length")
        signed_end = KEM_PUBLIC_BYTES + _SIGNED_BYTES
        if data[signed_end] > 1:
            raise InvalidKeyError("a bundle of another layout")
        return cls(
            kem_key=data[:KEM_PUBLIC_BYTES],
            signed_prekey=data[KEM_PUBLIC_BYTES:signed_end],
            last_resort=bool(data[signed_end]),
            kem_prekey=data[signed_end + 1 : BUNDLE_BYTES],
            one_time=data[BUNDLE_BYTES:],
        )


@dataclass(frozen=True, slots=True)
class Bundle:
    """Prekeys whose signatures were checked, and whose they are."""

    party: Party
    kem_key: bytes
    """`Kd`, whose hash stands on the card."""
    signed: Prekey
    kem: Prekey
    one_time: Prekey | None


def open_bundle(claimed: ClaimedPrekeys, party: Party, now_ms: int) -> Bundle:
    """Check what a relay handed out against the device on the card it is meant for.

    Raises:
        InvalidKeyError: another KEM key, a wrong length, an expired prekey.
        BadSignatureError: a prekey that this device did not sign, or signed for another purpose.
    """
    if len(claimed.kem_key) != KEM_PUBLIC_BYTES or sha256(claimed.kem_key) != party.kem_key_hash:
        raise InvalidKeyError("the KEM key is not the one on the card")
    kem_kind = PrekeyKind.KEM_LAST_RESORT if claimed.last_resort else PrekeyKind.KEM_ONE_TIME

    def opened(record: bytes, kind: PrekeyKind) -> Prekey:
        return open_record(
            record,
            kind,
            identity=party.identity,
            device_id=party.device_id,
            device_key=party.device_key,
            now_ms=now_ms,
        )

    return Bundle(
        party=party,
        kem_key=claimed.kem_key,
        signed=opened(claimed.signed_prekey, PrekeyKind.SIGNED),
        kem=opened(claimed.kem_prekey, kem_kind),
        one_time=opened(claimed.one_time, PrekeyKind.ONE_TIME) if claimed.one_time else None,
    )
