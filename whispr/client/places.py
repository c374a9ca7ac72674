"""`FormerPlaces`: the relays where our mailbox lay before; each is still read for 30 days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whispr.client.store.settings import Setting
from whispr.errors import CorruptFileError, InvalidAddressError
from whispr.protocol.address import RelayAddress

if TYPE_CHECKING:
    from whispr.client.store.settings import Settings

FORMER_RELAYS = Setting("former_relays", "")
"""A line for each place, the latest first: the end in milliseconds, a space, the address."""
READ_LONGER_MS = 30 * 24 * 3600 * 1000
"""How long a contact may be away and still reach us by the card that he has."""
MAX_PLACES = 4


@dataclass(frozen=True, slots=True)
class FormerPlace:
    """A relay whose mailbox of ours is read until `until_ms`, in relay time."""

    relay: RelayAddress
    """As it was when we left it, with the access token if it wants one."""
    until_ms: int


class FormerPlaces:
    """Kept in the settings. The mailbox key is the one that the own relay has."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def current(self, now_ms: int) -> tuple[FormerPlace, ...]:
        """The places that are still read, the latest first.

        Raises:
            CorruptFileError: the setting cannot be read.
        """
        places = former_places(self._settings.get(FORMER_RELAYS))
        return tuple(place for place in places if place.until_ms > now_ms)

    def note_move(self, left: RelayAddress | None, to: RelayAddress, now_ms: int) -> None:
        """Our mailbox moves; call it in the transaction that changes the card.

        `left` is None when nobody was told of it. The same host and port with another key, or the
        same key at another address, is no place of its own: the mailbox there is the one we have,
        and two connections would take it from each other.
        """
        left = left or to
        places = [
            place
            for place in self.current(now_ms)
            if not _is_same(place.relay, to) and not _is_same(place.relay, left)
        ]
        if not _is_same(left, to):
            places.insert(0, FormerPlace(left, now_ms + READ_LONGER_MS))
        lines = [f"{place.until_ms} {place.relay.text()}" for place in places[:MAX_PLACES]]
        self._settings.set(FORMER_RELAYS, "\n".join(lines))


def _is_same(one: RelayAddress, other: RelayAddress) -> bool:
    return one.location == other.location or bool(set(one.relay_ids) & set(other.relay_ids))


def former_places(text: str) -> tuple[FormerPlace, ...]:
    """Read the setting, or what an export holds of it.

    Raises:
        CorruptFileError: it is not what `note_move` wrote.
    """
    try:
        pairs = [line.split(" ", 1) for line in text.splitlines()]
        return tuple(FormerPlace(RelayAddress.parse(relay), int(end)) for end, relay in pairs)
    except (ValueError, InvalidAddressError) as error:
        raise CorruptFileError("the list of former relays cannot be read") from error
