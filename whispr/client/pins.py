"""Which TLS keys a relay may have: those of a card, or what the relay itself announced since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whispr.client.store.settings import Setting
from whispr.protocol.limits import RELAY_ID_BYTES

if TYPE_CHECKING:
    from whispr.client.store.settings import Settings
    from whispr.protocol.address import RelayAddress


class Pins:
    """What relays told over connections that their known keys vouched for.

    It is kept for the very address it began with: a newer card, which names other keys, wins.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def of(self, known: RelayAddress) -> tuple[bytes, ...]:
        """The relay ids to accept at an address, the current one first; at most two."""
        learned = self._settings.get(_setting(known)) if known.relay_ids else b""
        return known.relay_ids if not learned else _split(learned)

    def learn(self, known: RelayAddress, relay_ids: tuple[bytes, ...]) -> None:
        """The relay has the first of these and will have the second, if there is one.

        An address without pins has none to follow: an authority vouches for it every time.
        """
        if known.relay_ids and relay_ids:
            self._settings.set(_setting(known), b"".join(relay_ids[:2]))


def _setting(known: RelayAddress) -> Setting[bytes]:
    pins = "".join(relay_id.hex() for relay_id in known.relay_ids)
    return Setting(f"pins:{known.location}:{pins}", b"")


def _split(learned: bytes) -> tuple[bytes, ...]:
    return tuple(
        learned[start : start + RELAY_ID_BYTES] for start in range(0, len(learned), RELAY_ID_BYTES)
    )
