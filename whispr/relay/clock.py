"""The relay's clock: monotonic milliseconds for durations, wall milliseconds for comparisons.

Everything else takes a `Clock`; nothing else of the relay reads the time.
"""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Where the relay's time comes from."""

    def monotonic_ms(self) -> int:
        """Milliseconds that never step back; only differences mean something."""

    def wall_ms(self) -> int:
        """Relay time, milliseconds since 1970: what HELLO tells and envelopes are compared with."""


class SystemClock:
    """The clock of the machine."""

    def monotonic_ms(self) -> int:
        """Milliseconds of `CLOCK_MONOTONIC`."""
        return time.monotonic_ns() // 1_000_000

    def wall_ms(self) -> int:
        """Milliseconds since 1970 as the machine has them."""
        return time.time_ns() // 1_000_000
