"""Our own card as others should have it now; its version rises when what it says changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whispr.client.account import first_version
from whispr.client.store.settings import Setting
from whispr.protocol.address import RelayAddress
from whispr.protocol.card import Card, parse_card
from whispr.protocol.device import NO_HASH

if TYPE_CHECKING:
    from whispr.client.crypto.identity import OwnIdentity
    from whispr.client.crypto.key_material import KeyMaterial
    from whispr.client.store.settings import Settings

CARD = Setting("own_card", b"")
RELAY = Setting("own_relay", "")


class OwnCard:
    """The current card and relay of this device, kept in the database.

    The key file holds what was true when the profile was made; the database what is true now.
    """

    def __init__(
        self, material: KeyMaterial, identity: OwnIdentity, settings: Settings, now_ms: int
    ) -> None:
        self._created_ms = material.created_ms
        self._name = material.name
        self._identity = identity
        self._settings = settings
        self._first_relay = material.relay_address
        self.relay: RelayAddress
        """The relay of our mailbox, with the access token if it wants one."""
        self._card: Card | None
        self.reload()
        if self._card is None and self.relay.relay_ids:
            self._issue(material.card_version, now_ms)

    def reload(self) -> None:
        """Be again what the database says: a transaction that changed it was undone."""
        self.relay = RelayAddress.parse(self._settings.get(RELAY) or self._first_relay)
        data = self._settings.get(CARD)
        self._card = parse_card(data) if data else None

    @property
    def current(self) -> Card | None:
        """None while the relay was given without a pin and was never reached."""
        return self._card

    def learn_relay_ids(self, relay_ids: tuple[bytes, ...], now_ms: int) -> bool:
        """Note which TLS keys our relay has and will have; returns whether the card changed."""
        if not relay_ids or relay_ids == self.relay.relay_ids:
            return False
        return self.move(
            RelayAddress(self.relay.host, self.relay.port, relay_ids, self.relay.access_token),
            now_ms,
        )

    def move(self, relay: RelayAddress, now_ms: int) -> bool:
        """Be reached at another relay address from now on; returns whether the card changed.

        Raises:
            InvalidCardError: an address without a pin; nothing changes then.
        """
        if relay == self.relay and self._card is not None:
            return False
        if self._card is not None and relay.public() == self.relay.public():
            self._settings.set(RELAY, relay.text())
            self.relay = relay
            return False
        self._issue(self._next_version(now_ms), now_ms, relay=relay)
        return True

    def rename(self, name: str, now_ms: int) -> bool:
        """Call ourselves otherwise; returns whether the card changed."""
        if self._card is None or name == self._card.name:
            return False
        self._issue(self._next_version(now_ms), now_ms, name=name)
        return True

    def advertise(self, kem_key_hash: bytes, now_ms: int) -> bool:
        """Offer suite 2 with this ML-KEM key from now on; returns whether the card changed.

        Once our relay holds prekeys, and not before: whoever reads it has to find them.
        """
        if self._card is None or self._card.device.kem_key_hash == kem_key_hash:
            return False
        self._issue(self._next_version(now_ms), now_ms, kem_key_hash=kem_key_hash)
        return True

    @property
    def name(self) -> str:
        """What our card says we are called."""
        return self._card.name if self._card else self._name

    def _next_version(self, now_ms: int) -> int:
        known = self._card.card_version if self._card else 0
        return max(known + 1, first_version(now_ms))

    def _issue(
        self,
        card_version: int,
        now_ms: int,
        *,
        name: str = "",
        relay: RelayAddress | None = None,
        kem_key_hash: bytes = b"",
    ) -> None:
        relay = relay or self.relay
        known_hash = self._card.device.kem_key_hash if self._card else NO_HASH
        card = self._identity.card(
            name=name or self.name,
            relay=relay,
            card_version=card_version,
            created_ms=self._created_ms,
            issued_ms=now_ms,
            kem_key_hash=kem_key_hash or known_hash,
        )
        # Both or none: a card of the former relay beside the new one would never be corrected.
        self._settings.import_rows({RELAY.name: relay.text(), CARD.name: card.data})
        self._card, self.relay = card, relay
