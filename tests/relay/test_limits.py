from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.relay.fake_clock import FakeClock
from whispr.relay.limits import RateLimit, RateLimits, address_subject


@pytest.fixture
def clock():
    return FakeClock()


def test_burst_passes_and_the_next_waits_one_period(clock):
    limits = RateLimits(RateLimit(10, 10), clock)
    assert [limits.take("key") for _ in range(10)] == [0] * 10
    assert limits.take("key") == 100


def test_waiting_as_told_is_enough_and_a_millisecond_less_is_not(clock):
    limits = RateLimits(RateLimit(3, 2), clock)
    limits.take("key"), limits.take("key")
    wait_ms = limits.take("key")
    clock.advance(wait_ms - 1)
    assert limits.take("key") == 1
    clock.advance(1)
    assert limits.take("key") == 0


def test_a_refusal_charges_nothing(clock):
    limits = RateLimits(RateLimit(10, 1), clock)
    limits.take("key")
    assert [limits.take("key") for _ in range(50)] == [100] * 50


def test_peek_tells_without_charging(clock):
    limits = RateLimits(RateLimit(10, 1), clock)
    assert [limits.peek("key") for _ in range(5)] == [0] * 5
    assert len(limits) == 0
    limits.take("key")
    assert limits.peek("key") == 100


def test_subjects_do_not_share(clock):
    limits = RateLimits(RateLimit(10, 1), clock)
    assert limits.take("one") == 0
    assert limits.take("two") == 0
    assert limits.take("one") == 100


def test_cost_is_charged_in_units(clock):
    limits = RateLimits(RateLimit(1000, 500), clock)
    assert limits.take("key", cost=500) == 0
    assert limits.take("key", cost=100) == 100


@pytest.mark.parametrize("cost", [0, -1, 11])
def test_a_cost_that_can_never_pass_is_a_bug(clock, cost):
    limits = RateLimits(RateLimit(10, 10), clock)
    with pytest.raises(ValueError, match="cost"):
        limits.take("key", cost=cost)
    assert limits.take("key", cost=10) == 0


def test_rates_of_megabytes_a_second_stay_exact(clock):
    rate = 2 * 1024 * 1024
    limits = RateLimits(RateLimit(rate, rate), clock)
    limits.take("key", cost=rate)
    assert limits.take("key", cost=rate) == pytest.approx(1000, abs=2)


def test_three_seconds_of_pressure_let_rate_and_burst_through(clock):
    limits = RateLimits(RateLimit(10, 20), clock)
    passed = 0
    for _ in range(3000):
        passed += limits.take("key") == 0
        clock.advance(1)
    assert passed == 20 + 29


def test_recovered_subjects_are_dropped(clock):
    limits = RateLimits(RateLimit(10, 10), clock)
    for number in range(1000):
        limits.take(number)
    assert len(limits) == 1000
    clock.advance(1000)
    for number in range(1100):
        limits.take(("later", number))
        clock.advance(100)
    assert len(limits) <= 2


def test_table_of_live_subjects_stays_bounded(clock):
    limits = RateLimits(RateLimit(1, 5), clock, max_subjects=10)
    for number in range(500):
        assert limits.take(number) == 0
    assert len(limits) == 10


def test_a_full_table_forgets_the_one_nearest_to_recovery(clock):
    limits = RateLimits(RateLimit(1, 5), clock, max_subjects=4)
    for _ in range(5):
        limits.take("deep in debt")
    for name in ("a", "b", "c"):
        limits.take(name)
    limits.take("newcomer")
    assert len(limits) == 4
    assert limits.peek("deep in debt") == 1000


def test_another_limit_holds_at_once_and_keeps_debts(clock):
    limits = RateLimits(RateLimit(10, 1), clock)
    limits.take("key")
    limits.change(RateLimit(10, 2))
    assert limits.limit == RateLimit(10, 2)
    assert limits.take("key") == 0
    assert limits.take("key") == 100


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (-1, 1), (10, 0), (2e9, 1), (float("nan"), 1)])
def test_impossible_limits_are_refused(rate, burst):
    with pytest.raises(ValueError, match="rate limit"):
        RateLimit(rate, burst)


def test_room_for_no_subject_is_refused(clock):
    with pytest.raises(ValueError, match="subject"):
        RateLimits(RateLimit(1, 1), clock, max_subjects=0)


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(1, 5)), max_size=60))
def test_never_more_than_burst_and_rate_allow(steps):
    clock = FakeClock()
    limits = RateLimits(RateLimit(7, 5), clock)
    passed = elapsed_ms = 0
    for pause_ms, cost in steps:
        clock.advance(pause_ms)
        elapsed_ms += pause_ms
        passed += cost if limits.take("key", cost) == 0 else 0
        assert passed <= 5 + 7 * elapsed_ms / 1000 + 1e-6


@pytest.mark.parametrize(
    ("address", "subject"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
    ],
)
def test_limits_of_an_address_go_by_host_or_network(address, subject):
    assert address_subject(address) == subject


def test_what_is_no_address_is_refused():
    with pytest.raises(ValueError, match="does not appear"):
        address_subject("relay.example")
