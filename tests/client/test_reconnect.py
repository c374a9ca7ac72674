from __future__ import annotations

from itertools import islice

from whispr.client.reconnect import MAX_RETRY_AFTER_SECONDS, backoff, retry_after_seconds


def test_bound_doubles_from_half_a_second_to_a_minute() -> None:
    bounds = list(islice(backoff(lambda: 1.0), 10))
    assert bounds == [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_every_delay_is_anything_up_to_its_bound() -> None:
    numbers = iter([0.0, 0.5, 0.25])
    assert list(islice(backoff(lambda: next(numbers)), 3)) == [0.0, 0.5, 0.5]


def test_relay_may_ask_for_a_pause_but_not_for_ever() -> None:
    assert retry_after_seconds(0) == 0
    assert retry_after_seconds(1500) == 1.5
    assert retry_after_seconds(3_600_000) == MAX_RETRY_AFTER_SECONDS
    assert retry_after_seconds(0xFFFF_FFFF) == MAX_RETRY_AFTER_SECONDS
