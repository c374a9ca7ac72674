"""What the parts of one running client share: profile, own card, relay time, randomness, events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from whispr.client.clock import ClientClock, RelayClock
    from whispr.client.crypto.identity import OwnIdentity
    from whispr.client.events import Event
    from whispr.client.own_card import OwnCard
    from whispr.client.profile import Profile
    from whispr.client.store.profile_store import ProfileStore


@dataclass(slots=True)
class Counters:
    """How often something was dropped that nobody needs to see; for a diagnosis, without names."""

    counts: dict[str, int] = field(default_factory=dict)

    def count(self, what: str) -> None:
        """One more of it."""
        self.counts[what] = self.counts.get(what, 0) + 1


@dataclass(frozen=True, slots=True)
class Core:
    """Handed to every part of a client; holds no behaviour of its own."""

    profile: Profile
    own_card: OwnCard
    clock: ClientClock
    relay_clock: RelayClock
    random_bytes: Callable[[int], bytes]
    random: Callable[[], float]
    """A float from 0 to 1, for jitter only."""
    emit: Callable[[Event], None]
    counters: Counters = field(default_factory=Counters)

    @property
    def store(self) -> ProfileStore:
        """The database of the profile."""
        return self.profile.store

    @property
    def identity(self) -> OwnIdentity:
        """Our own keys."""
        return self.profile.identity

    def now_ms(self) -> int:
        """Relay time."""
        return self.relay_clock.now_ms()
