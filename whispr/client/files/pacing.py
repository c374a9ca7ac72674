"""How many bytes of parts may be under way at once; pure, fed with the time.

Enough to keep the link busy, and no more than a message behind them can wait for: the window is
what the link carries in its own delay plus `AIM_SECONDS`, 64 KiB at least, 1 MiB at most.

    rate   = the best of the last samples; a sample is what was answered while one part was under
             way, divided by that time
    delay  = the least time that a part took beyond its own share of the rate
    window = rate × (delay + AIM_SECONDS)

On a link that is not full a larger window raises the rate and so the window; on a full one the
rate stands still, and what waits in queues stays at `AIM_SECONDS` of link time. The delay counts
in because over a long distance `rate × AIM_SECONDS` alone would never fill the link.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

LEAST_BYTES = 64 * 1024
MOST_BYTES = 1024 * 1024
AIM_SECONDS = 0.035
"""The middle of 20 to 50 ms of link time."""

_SAMPLES = 10


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
        self._answered_bytes = 0
        self._rates: deque[float] = deque(maxlen=_SAMPLES)
        self._delay_seconds: float | None = None

    def allows(self, size_bytes: int) -> bool:
        """Whether a part of that size may start; one alone always may."""
        return not self.in_flight_bytes or (self.in_flight_bytes + size_bytes <= self.window_bytes)

    def start(self, size_bytes: int, now_seconds: float) -> Flight:
        """Count a part as under way."""
        self.in_flight_bytes += size_bytes
        return Flight(size_bytes, now_seconds, self._answered_bytes)

    def finish(self, flight: Flight, now_seconds: float) -> None:
        """Count a part as answered, and follow the rate that this shows."""
        self.in_flight_bytes -= flight.size_bytes
        self._answered_bytes += flight.size_bytes
        took_seconds = now_seconds - flight.started_seconds
        if took_seconds <= 0:  # below the resolution of the clock: nothing to learn
            return
        self._rates.append((self._answered_bytes - flight.answered_before_bytes) / took_seconds)
        self._resize(took_seconds, flight.size_bytes)

    def abandon(self, flight: Flight) -> None:
        """Forget a part whose answer nobody waits for any more; it says nothing about the rate."""
        self.in_flight_bytes -= flight.size_bytes

    def _resize(self, took_seconds: float, size_bytes: int) -> None:
        rate = max(self._rates)
        delay = max(0.0, took_seconds - size_bytes / rate)
        if self._delay_seconds is None or delay < self._delay_seconds:
            self._delay_seconds = delay
        wanted = int(rate * (self._delay_seconds + AIM_SECONDS))
        # One sample may lie: at most twice as much at once.
        self.window_bytes = max(LEAST_BYTES, min(wanted, 2 * self.window_bytes, MOST_BYTES))
