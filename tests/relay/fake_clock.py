"""A clock that stands still until a test moves it."""

from __future__ import annotations


class FakeClock:
    """Fits `whispr.relay.clock.Clock`; monotonic and wall time move together or apart."""

    def __init__(self, monotonic_ms: int = 1_000_000, wall_ms: int = 1_700_000_000_000) -> None:
        self._monotonic_ms = monotonic_ms
        self._wall_ms = wall_ms

    def monotonic_ms(self) -> int:
        return self._monotonic_ms

    def wall_ms(self) -> int:
        return self._wall_ms

    def advance(self, milliseconds: int) -> None:
        """Let time pass on both clocks."""
        self._monotonic_ms += milliseconds
        self._wall_ms += milliseconds

    def set_wall(self, wall_ms: int) -> None:
        """Step the wall clock, as an operator or NTP does; monotonic time does not notice."""
        self._wall_ms = wall_ms
