from __future__ import annotations

import time

from whispr.relay.clock import SystemClock


def test_wall_clock_counts_milliseconds_since_1970():
    before_ms = time.time_ns() // 1_000_000
    told_ms = SystemClock().wall_ms()
    assert before_ms <= told_ms <= time.time_ns() // 1_000_000


def test_monotonic_clock_counts_milliseconds_of_the_machine():
    before_ms = time.monotonic_ns() // 1_000_000
    told_ms = SystemClock().monotonic_ms()
    assert before_ms <= told_ms <= time.monotonic_ns() // 1_000_000


def test_both_clocks_give_whole_milliseconds():
    clock = SystemClock()
    assert isinstance(clock.wall_ms(), int)
    assert isinstance(clock.monotonic_ms(), int)
