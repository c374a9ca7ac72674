"""How long to wait before the next attempt: full jitter, and what the relay asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator

FIRST_DELAY_SECONDS = 0.5
MAX_DELAY_SECONDS = 60.0
REFUSED_DELAY_SECONDS = 60.0
"""Before another attempt at a relay that refuses us: at least this."""
MAX_RETRY_AFTER_SECONDS = 3600.0
"""A relay may ask for a pause, not for a farewell."""


def backoff(random: Callable[[], float]) -> Iterator[float]:
    """Seconds before each attempt: anything from 0 to a bound that doubles from 0.5 to 60.

    `random` gives numbers from 0 to 1. Full jitter spreads the clients of a relay that came back
    (M. Brooker, "Exponential Backoff and Jitter", 2015).
    """
    bound = FIRST_DELAY_SECONDS
    while True:
        yield random() * bound
        bound = min(bound * 2, MAX_DELAY_SECONDS)


def retry_after_seconds(retry_after_ms: int) -> float:
    """What a GOAWAY or ERROR asks for, bounded, in seconds."""
    return min(retry_after_ms / 1000, MAX_RETRY_AFTER_SECONDS)
