"""A person's own keys in use: root, device, box and mailbox key; they do not print themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whispr.client.crypto.box import BoxKey
from whispr.protocol.card import Card, make_card
from whispr.protocol.device import NO_HASH, SUITE_1_BIT, SUITE_2_BIT, DeviceRecord
from whispr.protocol.signatures import SigningKey
from whispr.protocol.signing import mailbox_id

if TYPE_CHECKING:
    from whispr.client.crypto.key_material import KeyMaterial
    from whispr.protocol.address import RelayAddress


class OwnIdentity:
    """The keys of this device and the person it belongs to.

    `root` signs cards only, `device` signs envelopes and contents, `box` opens suite 1, `mailbox`
    proves who may read. One key for one purpose; none is ever converted into another.
    """

    __slots__ = ("box", "device", "device_id", "mailbox", "root")

    def __init__(self, material: KeyMaterial) -> None:
        self.root = SigningKey(material.root_seed)
        self.device = SigningKey(material.device_seed)
        self.box = BoxKey(material.box_secret)
        self.mailbox = SigningKey(material.mailbox_seed)
        self.device_id = material.device_id

    def __repr__(self) -> str:
        return f"<OwnIdentity {self.identity[:4].hex()}…>"

    @property
    def identity(self) -> bytes:
        """The Ed25519 root key, 32 bytes: who this is."""
        return self.root.public

    @property
    def mailbox_id(self) -> bytes:
        """Where others leave envelopes for this device, 32 bytes."""
        return mailbox_id(self.mailbox.public)

    def card(
        self,
        *,
        name: str,
        relay: RelayAddress,
        card_version: int,
        created_ms: int,
        issued_ms: int,
        kem_key_hash: bytes = NO_HASH,
    ) -> Card:
        """A signed card of this device at `relay`, which must have a pin.

        With the hash of its ML-KEM key the device offers suite 2 beside suite 1.

        Raises:
            InvalidCardError: a name that cannot be shown, or a relay without pin.
        """
        record = DeviceRecord(
            device_id=self.device_id,
            device_key=self.device.public,
            box_key=self.box.public,
            mailbox=self.mailbox_id,
            relay=relay.public(),
            created_ms=created_ms,
            suites=SUITE_1_BIT | (SUITE_2_BIT if kem_key_hash != NO_HASH else 0),
            kem_key_hash=kem_key_hash,
        )
        return make_card(
            self.root,
            self.device,
            record,
            name=name,
            card_version=card_version,
            issued_ms=issued_ms,
        )
