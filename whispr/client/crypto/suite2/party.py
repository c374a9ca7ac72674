"""The two ends of a session: the keys of a device as its card states them, and our own."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from whispr.errors import InvalidKeyError
from whispr.protocol.device import NO_HASH, SUITE_2_BIT
from whispr.protocol.limits import HASH_BYTES, KEY_BYTES
from whispr.protocol.signing import expect_size

if TYPE_CHECKING:
    from whispr.client.crypto.box import BoxKey
    from whispr.client.crypto.identity import OwnIdentity
    from whispr.client.crypto.suite2.keys import KemKey
    from whispr.protocol.card import Card
    from whispr.protocol.device import DeviceRecord

_PARTY = struct.Struct(">32sI32s32s32sI")
PARTY_BYTES = _PARTY.size


@dataclass(frozen=True, slots=True)
class Party:
    """Who one end is: identity 32 | device_id u32 | Sd 32 | Xd 32 | SHA-256(Kd) 32 | card_version.

    From a handshake it is a claim that the handshake proves for `box_key` alone: that this key
    belongs to the identity stands on the card of that version, and the caller compares.
    """

    identity: bytes
    device_id: int
    device_key: bytes
    """`Sd`, Ed25519: signs the envelopes."""
    box_key: bytes
    """`Xd`, X25519."""
    kem_key_hash: bytes
    card_version: int
    """Of the newest card this end has issued: an older one was left behind."""

    def __post_init__(self) -> None:
        # struct would pad or cut silently.
        for key in (self.identity, self.device_key, self.box_key):
            expect_size(key, KEY_BYTES)
        expect_size(self.kem_key_hash, HASH_BYTES)

    @classmethod
    def of_device(cls, card: Card, device: DeviceRecord) -> Party:
        """A device that stands on a card.

        Raises:
            InvalidKeyError: it does not advertise suite 2.
        """
        if not device.suites & SUITE_2_BIT or device.kem_key_hash == NO_HASH:
            raise InvalidKeyError("the device does not advertise suite 2")
        return cls(
            identity=card.identity,
            device_id=device.device_id,
            device_key=device.device_key,
            box_key=device.box_key,
            kem_key_hash=device.kem_key_hash,
            card_version=card.card_version,
        )

    def stands_on(self, card: Card) -> bool:
        """Whether a card vouches for these keys; its version may differ."""
        return card.identity == self.identity and any(
            (device.device_id, device.device_key, device.box_key, device.kem_key_hash)
            == (self.device_id, self.device_key, self.box_key, self.kem_key_hash)
            for device in card.devices
        )

    def encode(self) -> bytes:
        """The fixed layout, 136 bytes."""
        return _PARTY.pack(
            self.identity,
            self.device_id,
            self.device_key,
            self.box_key,
            self.kem_key_hash,
            self.card_version,
        )

    @classmethod
    def decode(cls, data: bytes) -> Party:
        """Read exactly 136 bytes.

        Raises:
            ValueError: a wrong length: a bug of the caller.
        """
        expect_size(data, PARTY_BYTES)
        return cls(*_PARTY.unpack(data))


class OwnParty:
    """This end: what it states, with the secrets of `Xd` and `Kd`."""

    __slots__ = ("box", "kem", "party")

    def __init__(self, own: OwnIdentity, kem: KemKey, card_version: int) -> None:
        self.box: BoxKey = own.box
        self.kem: KemKey = kem
        self.party = Party(
            identity=own.identity,
            device_id=own.device_id,
            device_key=own.device.public,
            box_key=own.box.public,
            kem_key_hash=kem.public_hash,
            card_version=card_version,
        )

    def __repr__(self) -> str:
        return f"<OwnParty {self.party.identity[:4].hex()}…>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("own keys are not copied or pickled")
