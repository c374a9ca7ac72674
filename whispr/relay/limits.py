"""Rate limits: GCRA per subject, in a table whose size is bounded.

The generic cell rate algorithm keeps one number for each subject, the time at which its bucket
will be full again, and is exact on bursts. A subject that has fully recovered is dropped: to the
limiter it is the same as one that was never there.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from itertools import islice

from whispr.relay.clock import Clock

_NS_PER_SECOND = 1_000_000_000
_NS_PER_MS = 1_000_000
_LOOKED_AT_WHEN_FULL = 8
"""Candidates of which the one nearest to recovery makes room: bounds the work of one `take`."""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """So many units a second, and so many at once.

    Raises ValueError for a rate that is not positive or a burst below 1.
    """

    rate_per_second: float
    burst: int

    def __post_init__(self) -> None:
        if not 0 < self.rate_per_second <= _NS_PER_SECOND or self.burst < 1:
            raise ValueError("a rate limit needs a positive rate and a burst of at least 1")

    @property
    def period_ns(self) -> int:
        """Time that one unit takes to come back."""
        return max(1, round(_NS_PER_SECOND / self.rate_per_second))


class RateLimits:
    """One rate limit for many subjects (keys, addresses, connections).

    When more than `max_subjects` are below their full budget at a time, the one nearest to its
    recovery among those least recently charged is forgotten. That forgives it what is left of its
    debt, the least debt there is to forgive; refusing newcomers instead would let anybody who can
    make keys lock everybody else out.
    """

    def __init__(self, limit: RateLimit, clock: Clock, max_subjects: int = 100_000) -> None:
        if max_subjects < 1:
            raise ValueError("room for at least one subject")
        self._clock = clock
        self._max_subjects = max_subjects
        self._full_at_ns: OrderedDict[Hashable, int] = OrderedDict()
        self.change(limit)

    def __len__(self) -> int:
        """How many subjects are held."""
        return len(self._full_at_ns)

    @property
    def limit(self) -> RateLimit:
        """What holds now."""
        return self._limit

    def change(self, limit: RateLimit) -> None:
        """Apply another limit from now on; what subjects owe stays."""
        self._limit = limit
        self._period_ns = limit.period_ns
        self._depth_ns = limit.period_ns * limit.burst

    def take(self, subject: Hashable, cost: int = 1) -> int:
        """Charge `cost` units; returns 0, or milliseconds to wait when nothing was charged.

        Raises ValueError for a cost above the burst, which no waiting would make possible.
        """
        now_ns = self._clock.monotonic_ms() * _NS_PER_MS
        full_at_ns, wait_ms = self._reckon(subject, cost, now_ns)
        if wait_ms:
            return wait_ms
        table = self._full_at_ns
        if subject in table:
            table[subject] = full_at_ns
            table.move_to_end(subject)
        else:
            table[subject] = full_at_ns
            self._shrink(now_ns)
        return 0

    def peek(self, subject: Hashable, cost: int = 1) -> int:
        """What `take` would return, without charging."""
        return self._reckon(subject, cost, self._clock.monotonic_ms() * _NS_PER_MS)[1]

    def _reckon(self, subject: Hashable, cost: int, now_ns: int) -> tuple[int, int]:
        if not 0 < cost <= self._limit.burst:
            raise ValueError("a cost lies between 1 and the burst")
        start_ns = max(self._full_at_ns.get(subject, now_ns), now_ns)
        full_at_ns = start_ns + cost * self._period_ns
        excess_ns = full_at_ns - now_ns - self._depth_ns
        return full_at_ns, -(-excess_ns // _NS_PER_MS) if excess_ns > 0 else 0

    def _shrink(self, now_ns: int) -> None:
        """Look at the two least recently charged subjects: more than come in."""
        table = self._full_at_ns
        for _ in range(2):
            subject, full_at_ns = next(iter(table.items()))
            if full_at_ns <= now_ns:
                del table[subject]
            else:
                table.move_to_end(subject)
            if not table:
                return
        if len(table) > self._max_subjects:
            oldest = islice(table.items(), _LOOKED_AT_WHEN_FULL)
            del table[min(oldest, key=lambda pair: pair[1])[0]]


def address_subject(address: str) -> str:
    """What limits of an address go by: an IPv4 address, or the /64 of an IPv6 address.

    An IPv4 address mapped into IPv6 counts as the IPv4 address it is. Raises ValueError.
    """
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.IPv6Network((int(parsed) >> 64 << 64, 64)))
    return str(parsed)
