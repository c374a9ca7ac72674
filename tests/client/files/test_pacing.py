"""Pacing, fed with the time of simulated links: fills them and queues no more than it aims at."""

from __future__ import annotations

import statistics

import pytest

from whispr.client.files.pacing import AIM_SECONDS, LEAST_BYTES, MOST_BYTES, MOST_PARTS, Pacing
from whispr.protocol.limits import PART_BYTES


class Link:
    """Carries parts one behind the other at a fixed rate, answers a delay later."""

    def __init__(self, bytes_per_second: float, delay_seconds: float) -> None:
        self.bytes_per_second = bytes_per_second
        self.delay_seconds = delay_seconds
        self.now_seconds = 0.0
        self.free_at_seconds = 0.0

    def arrival(self, size_bytes: int) -> float:
        begin = max(self.now_seconds, self.free_at_seconds)
        self.free_at_seconds = begin + size_bytes / self.bytes_per_second
        return self.free_at_seconds + self.delay_seconds


def run(pacing: Pacing, link: Link, parts: int) -> tuple[float, list[int]]:
    """Move parts; returns the achieved rate of the second half and the bytes under way seen."""
    under_way = []
    flights = []
    begun = done = 0
    half_at = 0.0
    while done < parts:
        while begun < parts and pacing.allows(PART_BYTES):
            flight = pacing.start(PART_BYTES, link.now_seconds)
            flights.append((link.arrival(PART_BYTES), flight))
            begun += 1
        under_way.append(pacing.in_flight_bytes)
        link.now_seconds, flight = flights.pop(0)
        pacing.finish(flight, link.now_seconds)
        done += 1
        if done == parts // 2:
            half_at = link.now_seconds
    return (parts - parts // 2) * PART_BYTES / (link.now_seconds - half_at), under_way


def test_one_part_is_always_allowed_and_a_second_not_at_first() -> None:
    pacing = Pacing()
    assert pacing.allows(10 * MOST_BYTES)
    flight = pacing.start(PART_BYTES, 0.0)
    assert not pacing.allows(PART_BYTES)
    pacing.abandon(flight)
    assert pacing.in_flight_bytes == 0
    assert pacing.allows(PART_BYTES)


@pytest.mark.parametrize(
    ("bytes_per_second", "delay_seconds"),
    [
        (12_500_000, 0.001),  # 100 Mbit/s near by
        (12_500_000, 0.030),
        (2_500_000, 0.020),  # 20 Mbit/s
        (6_250_000, 0.100),  # 50 Mbit/s over an ocean
    ],
)
def test_fills_a_link_and_queues_little(bytes_per_second: float, delay_seconds: float) -> None:
    pacing = Pacing()
    link = Link(bytes_per_second, delay_seconds)
    rate, under_way = run(pacing, link, 400)
    assert rate > 0.9 * bytes_per_second
    usual_bytes = statistics.median(under_way[len(under_way) // 2 :])
    waiting_seconds = usual_bytes / bytes_per_second - delay_seconds
    part_seconds = PART_BYTES / bytes_per_second
    # One part is on the link, half of one is the rounding of the window.
    assert waiting_seconds < AIM_SECONDS + 1.5 * part_seconds
    assert max(under_way) <= MOST_BYTES


def test_a_slow_link_carries_one_part_at_a_time_but_for_the_search() -> None:
    pacing = Pacing()
    link = Link(125_000, 0.010)  # 1 Mbit/s: half a second for a part
    _, under_way = run(pacing, link, 60)
    assert max(under_way) <= 3 * PART_BYTES
    assert under_way.count(PART_BYTES) > 50
    assert LEAST_BYTES <= pacing.window_bytes < 1.5 * PART_BYTES


def test_a_fast_link_ends_at_the_most() -> None:
    pacing = Pacing()
    _, under_way = run(pacing, Link(1_000_000_000, 0.001), 300)
    assert pacing.window_bytes == MOST_BYTES
    assert max(under_way) == MOST_BYTES // PART_BYTES * PART_BYTES


def test_follows_a_link_that_becomes_slow() -> None:
    pacing = Pacing()
    link = Link(12_500_000, 0.010)
    run(pacing, link, 200)
    before = pacing.window_bytes
    link.bytes_per_second = 1_000_000
    _, under_way = run(pacing, link, 100)
    assert pacing.window_bytes < before / 3
    assert under_way[-20] <= 2 * PART_BYTES


def test_finds_a_link_that_became_faster() -> None:
    pacing = Pacing()
    link = Link(500_000, 0.010)
    run(pacing, link, 100)
    link.bytes_per_second = 12_500_000
    rate, _ = run(pacing, link, 400)
    assert rate > 0.9 * link.bytes_per_second


def test_one_late_answer_does_not_stop_the_search_for_good() -> None:
    pacing = Pacing()
    link = Link(12_500_000, 0.030)
    run(pacing, link, 3)
    link.now_seconds += 0.2
    late = pacing.start(PART_BYTES, link.now_seconds - 0.2)
    pacing.finish(late, link.now_seconds)
    rate, _ = run(pacing, link, 400)
    assert rate > 0.9 * link.bytes_per_second


def test_small_parts_are_counted_too() -> None:
    pacing = Pacing()
    for _ in range(MOST_PARTS):
        assert pacing.allows(272)
        pacing.start(272, 0.0)
    assert not pacing.allows(272)


def test_the_window_does_not_grow_for_who_does_not_use_it() -> None:
    pacing = Pacing()
    for number in range(50):
        flight = pacing.start(1000, float(number))
        pacing.finish(flight, number + 0.01)
    assert pacing.window_bytes == LEAST_BYTES


def test_a_clock_that_stands_still_teaches_nothing() -> None:
    pacing = Pacing()
    flight = pacing.start(PART_BYTES, 5.0)
    pacing.finish(flight, 5.0)
    assert pacing.window_bytes == LEAST_BYTES
    assert pacing.in_flight_bytes == 0
