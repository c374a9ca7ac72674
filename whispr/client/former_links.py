"""`FormerLinks`: the connections to the relays where our mailbox lay before we moved."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from whispr.client.link import Link
    from whispr.client.pins import Pins
    from whispr.client.places import FormerPlace, FormerPlaces
    from whispr.protocol.address import RelayAddress


class FormerLinks:
    """One for each place that is noted; what they deliver is ours as any other envelope."""

    def __init__(self, places: FormerPlaces, pins: Pins) -> None:
        self.places = places
        self._pins = pins
        self._links: dict[Link, FormerPlace] = {}
        self.ending: set[Link] = set()
        """No longer read, and not closed yet."""
        self._closing = asyncio.Lock()

    def __iter__(self) -> Iterator[Link]:
        return iter(tuple(self._links))

    def __contains__(self, link: object) -> bool:
        return link in self._links

    def start(self, new_link: Callable[[RelayAddress], Link], now_ms: int) -> None:
        """Take up every place that is still read."""
        for place in self.places.current(now_ms):
            known = place.relay
            link = new_link(dataclasses.replace(known, relay_ids=self._pins.of(known)))
            self._links[link] = place
            link.start()

    def leave(self, link: Link, now_ms: int) -> None:
        """The own link is one of a former place now, or of none if its place is not noted."""
        location = link.address.location
        places = self.places.current(now_ms)
        place = next((one for one in places if one.relay.location == location), None)
        if place is not None:
            self._links[link] = place
        else:
            self.ending.add(link)
        self.end(now_ms)

    def end(self, now_ms: int) -> None:
        """Let go of what is noted no more: its time is over, or we have moved back there."""
        places = self.places.current(now_ms)
        for link in [link for link, place in self._links.items() if place not in places]:
            del self._links[link]
            self.ending.add(link)

    async def close_ended(self, close: Callable[..., Awaitable[None]]) -> None:
        """Close what is let go of; over when that is closed which somebody else closes just now."""
        async with self._closing:
            ending = tuple(self.ending)
            await close(*ending)
            self.ending.difference_update(ending)

    def learn(self, link: Link, relay_ids: tuple[bytes, ...]) -> None:
        """The relay of a former place told its keys."""
        self._pins.learn(self._links[link].relay, relay_ids)
