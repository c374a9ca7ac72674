"""How many people use a relay, without knowing who: keyed sketches that forget every day.

A key is hashed under a secret that lives a day and never leaves memory, and only its mark in a
HyperLogLog sketch of 4,096 registers stays (1.6 % standard error). Afterwards nobody, the operator
included, can ask whether a certain person was there.
"""

from __future__ import annotations

import hashlib
import math
import secrets
from collections.abc import Callable

from whispr.relay.clock import Clock

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
FEWEST_TOLD = 20
"""Below this the estimate is 0: a number of two people is about those two."""

_INDEX_BITS = 12
_REGISTERS = 1 << _INDEX_BITS
_REST_BITS = 64 - _INDEX_BITS
_ALPHA = 0.7213 / (1 + 1.079 / _REGISTERS)


class Sketch:
    """Estimates how many different 64-bit hashes it was shown."""

    __slots__ = ("_ranks",)

    def __init__(self) -> None:
        self._ranks = bytearray(_REGISTERS)

    def add(self, hashed: int) -> None:
        """Show it a uniformly distributed 64-bit number."""
        index = hashed >> _REST_BITS
        rank = _REST_BITS - (hashed & ((1 << _REST_BITS) - 1)).bit_length() + 1
        if rank > self._ranks[index]:
            self._ranks[index] = rank

    def estimate(self) -> int:
        """About how many different numbers there were."""
        raw = _ALPHA * _REGISTERS**2 / sum(2.0**-rank for rank in self._ranks)
        empty = self._ranks.count(0)
        if raw <= 2.5 * _REGISTERS and empty:
            return round(_REGISTERS * math.log(_REGISTERS / empty))
        return round(raw)


class _Window:
    """One length of time: the sketch of now, and the figure of the time before."""

    def __init__(self, length_ms: int, now_ms: int) -> None:
        self._length_ms = length_ms
        self._ends_ms = now_ms + length_ms
        self._before = 0
        self.sketch = Sketch()

    def turn(self, now_ms: int) -> bool:
        """Begin a new window if this one is over; returns whether it was."""
        if now_ms < self._ends_ms:
            return False
        missed = now_ms >= self._ends_ms + self._length_ms
        self._before = 0 if missed else self.sketch.estimate()
        self._ends_ms = now_ms + self._length_ms
        self.sketch = Sketch()
        return True

    def estimate(self) -> int:
        """The figure of this window or of the one before, whichever is larger."""
        people = max(self._before, self.sketch.estimate())
        return people if people >= FEWEST_TOLD else 0


class ActiveUsers:
    """Estimates of different keys in an hour and in a day."""

    def __init__(
        self, clock: Clock, random_bytes: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        self._clock = clock
        self._random_bytes = random_bytes
        self._secret = random_bytes(32)
        now_ms = clock.monotonic_ms()
        self._hour = _Window(HOUR_MS, now_ms)
        self._day = _Window(DAY_MS, now_ms)

    def saw(self, key: bytes) -> None:
        """Somebody proved this key."""
        self._turn()
        digest = hashlib.blake2s(key, key=self._secret, digest_size=8).digest()
        hashed = int.from_bytes(digest, "big")
        self._hour.sketch.add(hashed)
        self._day.sketch.add(hashed)

    def estimates(self) -> dict[str, int]:
        """People by window, `hour` and `day`; 0 stands for fewer than 20."""
        self._turn()
        return {"hour": self._hour.estimate(), "day": self._day.estimate()}

    def _turn(self) -> None:
        now_ms = self._clock.monotonic_ms()
        if self._day.turn(now_ms):
            # Marks under another secret would count everybody twice: the hour begins anew as well.
            self._secret = self._random_bytes(32)
            self._hour = _Window(HOUR_MS, now_ms)
        self._hour.turn(now_ms)
