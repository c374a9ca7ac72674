"""The pause before another attempt, and what a row shows of itself."""

from __future__ import annotations

import pytest

from whispr.client.store.outbox_row import (
    MAX_PAUSE_MS,
    MIN_PAUSE_MS,
    OutboxKind,
    OutboxState,
    outbox_row,
    pause_ms,
)


@pytest.mark.parametrize(
    ("rounds", "expires_in_ms", "jitter", "pause"),
    [
        (0, 60_000, 1.0, 60_000),
        (0, 60_000, 0.0, 30_000),
        (1, 60_000, 1.0, 120_000),
        (3, 60_000, 0.5, 360_000),
        (4, 60_000, 1.0, MAX_PAUSE_MS),
        (10**9, 60_000, 1.0, MAX_PAUSE_MS),
        (0, 24 * 3600 * 1000, 1.0, MAX_PAUSE_MS),
        (0, 0, 1.0, MIN_PAUSE_MS),
        (0, -5, 1.0, MIN_PAUSE_MS),
    ],
)
def test_pause_doubles_within_its_bounds(
    rounds: int, expires_in_ms: int, jitter: float, pause: int
) -> None:
    assert pause_ms(rounds, expires_in_ms, jitter) == pause


def test_row_keeps_its_content_out_of_its_repr() -> None:
    row = outbox_row(
        (1, 2, b"i" * 16, 1, b"secret words", 3, 4, 5, 6, 7, 8, b"sealed", None, None, 1)
    )
    assert (row.kind, row.state) == (OutboxKind.TEXT, OutboxState.ACCEPTED)
    assert row.older_protection is True
    assert (row.attempts, row.next_attempt_ms, row.on_relay_until_ms) == (6, 7, 8)
    assert "secret" not in repr(row)
    assert "sealed" not in repr(row)
