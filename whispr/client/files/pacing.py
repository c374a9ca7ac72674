"""How many bytes of parts may be under way at once; pure, fed with the time.

Enough to keep the link busy, and no more than a message behind them can wait for. First the window
searches: it grows by every part that comes back without having queued. When parts queue for longer
than `AIM_SECONDS`, it follows what was measured:

    rate   = the best of the last samples; a sample is what was answered while one part was under
             way, divided by that time
    trip   = the least time that any part took
    window = rate × (trip + AIM_SECONDS), 64 KiB at least, 1 MiB at most

So what waits behind the part on the link is `AIM_SECONDS` of it. The trip counts in because over a
long distance `rate × AIM_SECONDS` alone would never fill the link. Now and then it searches again:
a link may have become faster.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

LEAST_BYTES = 64 * 1024
MOST_BYTES = 1024 * 1024
MOST_PARTS = 16
"""What a relay lets wait on one connection; more are refused with RATE_LIMITED."""
AIM_SECONDS = 0.035
"""The middle of 20 to 50 ms of link time."""

_SAMPLES = 10
_SEARCH_EVERY_PARTS = 64


@dataclass(frozen=True, slots=True)
class Flight:
    """One part under way."""

    size_bytes: int
    started_seconds: float
    answered_before_bytes: int


class Pacing:
    """The window of one direction of one connection; times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self.window_bytes = LEAST_BYTES
        self.in_flight_bytes = 0
        self._in_flight_parts = 0
        self._answered_bytes = 0
        self._rates: deque[float] = deque(maxlen=_SAMPLES)
        self._trip_seconds = math.inf
        self._searching = True
        self._calm_parts = 0

    def allows(self, size_bytes: int) -> bool:
        """Whether a part of that size may start: the window is rounded to whole parts."""
        if not self._in_flight_parts:
            return True
        has_room = self.in_flight_bytes + size_bytes // 2 <= self.window_bytes
        return has_room and self._in_flight_parts < MOST_PARTS

    def start(self, size_bytes: int, now_seconds: float) -> Flight:
        """Count a part as under way."""
        self.in_flight_bytes += size_bytes
        self._in_flight_parts += 1
        return Flight(size_bytes, now_seconds, self._answered_bytes)

    def finish(self, flight: Flight, now_seconds: float) -> None:
        """Count a part as answered, and learn from the time it took."""
        was_full = not self.allows(flight.size_bytes)
        self.abandon(flight)
        self._answered_bytes += flight.size_bytes
        took_seconds = now_seconds - flight.started_seconds
        if took_seconds <= 0:  # below the resolution of the clock: nothing to learn
            return
        self._rates.append((self._answered_bytes - flight.answered_before_bytes) / took_seconds)
        self._trip_seconds = min(self._trip_seconds, took_seconds)
        self._note_queue(took_seconds - self._trip_seconds)
        if not self._searching:
            wanted_bytes = int(max(self._rates) * (self._trip_seconds + AIM_SECONDS))
            self.window_bytes = max(LEAST_BYTES, min(wanted_bytes, MOST_BYTES))
        elif was_full:
            self.window_bytes = min(self.window_bytes + flight.size_bytes, MOST_BYTES)

    def abandon(self, flight: Flight) -> None:
        """Forget a part whose answer nobody waits for any more; it says nothing about the rate."""
        self.in_flight_bytes -= flight.size_bytes
        self._in_flight_parts -= 1

    def _note_queue(self, queued_seconds: float) -> None:
        if queued_seconds > AIM_SECONDS:
            self._searching = False
            self._calm_parts = 0
        elif not self._searching:
            self._calm_parts += 1
            self._searching = self._calm_parts >= _SEARCH_EVERY_PARTS
