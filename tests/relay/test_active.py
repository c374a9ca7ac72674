from __future__ import annotations

import hashlib
import random

import pytest

from tests.relay.fake_clock import FakeClock
from whispr.relay.active import DAY_MS, HOUR_MS, ActiveUsers, Sketch


@pytest.mark.parametrize("people", [20, 300, 5000, 60_000])
def test_the_sketch_is_within_a_few_percent(people):
    chance = random.Random(people)
    sketch = Sketch()
    for _ in range(people):
        sketch.add(chance.getrandbits(64))
    assert sketch.estimate() == pytest.approx(people, rel=0.06, abs=1)


def test_the_extremes_of_a_hash_fit_in_the_sketch():
    sketch = Sketch()
    sketch.add(0)
    sketch.add(2**64 - 1)
    assert sketch.estimate() == 2


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def active(clock):
    secrets = (hashlib.sha256(bytes([number])).digest() for number in range(100))
    return ActiveUsers(clock, lambda count: next(secrets)[:count])


def come(active, people, first=0):
    for number in range(first, first + people):
        active.saw(number.to_bytes(32, "big"))


def test_nineteen_are_not_told_and_twenty_are(active):
    come(active, 19)
    assert active.estimates() == {"hour": 0, "day": 0}
    come(active, 1, first=19)
    assert active.estimates() == {"hour": 20, "day": 20}


def test_coming_again_does_not_count_again(active):
    for _ in range(5):
        come(active, 30)
    assert active.estimates() == {"hour": 30, "day": 30}


def test_an_hour_ends_before_the_day(active, clock):
    come(active, 30)
    clock.advance(HOUR_MS)
    assert active.estimates() == {"hour": 30, "day": 30}
    clock.advance(HOUR_MS)
    assert active.estimates() == {"hour": 0, "day": 30}


def test_the_larger_of_this_window_and_the_last_is_told(active, clock):
    come(active, 30)
    clock.advance(HOUR_MS)
    come(active, 50, first=100)
    assert active.estimates()["hour"] == pytest.approx(50, abs=1)


def test_after_two_days_nothing_is_left(active, clock):
    come(active, 30)
    clock.advance(DAY_MS)
    assert active.estimates()["day"] == 30
    clock.advance(DAY_MS)
    assert active.estimates() == {"hour": 0, "day": 0}


def test_a_long_silence_skips_windows(active, clock):
    come(active, 30)
    clock.advance(10 * DAY_MS)
    assert active.estimates() == {"hour": 0, "day": 0}


def test_the_secret_changes_every_day(clock):
    asked = []

    def random_bytes(count):
        asked.append(count)
        return bytes([len(asked)]) * count

    active = ActiveUsers(clock, random_bytes)
    come(active, 1)
    clock.advance(DAY_MS - 1)
    come(active, 1)
    assert asked == [32]
    clock.advance(1)
    come(active, 1)
    assert asked == [32, 32]
