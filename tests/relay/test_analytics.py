"""Counts by hour and day: each closed at its end, bounded, right when clocks step."""

from __future__ import annotations

import pytest

from whispr.relay.analytics import DAYS_KEPT, HOURS_KEPT, Analytics

HOUR_MS, MIDNIGHT_MS = 3_600_000, 1_700_006_400_000


@pytest.fixture
def counted(clock):
    clock.set_wall(MIDNIGHT_MS + 30 * 60_000)
    counted = {"messages": 5, "file_bytes": 0}
    users = {"hour": 0, "day": 0}
    return Analytics(clock, lambda: counted, lambda: users), counted, users


def messages(rows):
    return [row["messages"] for row in rows]


def test_the_present_hour_and_day_are_told_from_the_start_on(counted):
    analytics, totals, users = counted
    totals["messages"], users["hour"] = 8, 25
    report = analytics.report()
    assert report["since"] == MIDNIGHT_MS // 1000 + 1800
    (hour,), (day,) = report["hours"], report["days"]
    assert hour == {
        "begins": MIDNIGHT_MS // 1000, "messages": 3, "file_bytes": 0, "users": 25
    }  # fmt: skip
    assert day["messages"] == 3 and day["users"] == 0


def test_an_hour_closes_at_its_end_and_not_before(counted, clock):
    analytics, totals, users = counted
    totals["messages"] += 1
    clock.advance(30 * 60_000 - 1)
    analytics.tick()
    assert messages(analytics.report()["hours"]) == [1]
    users["hour"] = 30
    clock.advance(1)
    analytics.tick()
    totals["messages"] += 2
    users["hour"] = 0
    report = analytics.report()
    assert messages(report["hours"]) == [2, 1]
    assert [row["users"] for row in report["hours"]] == [0, 30]
    assert report["hours"][0]["begins"] - report["hours"][1]["begins"] == 3600
    assert messages(report["days"]) == [3]


def test_a_day_closes_at_midnight_utc(counted, clock):
    analytics, totals, _ = counted
    totals["messages"] += 4
    clock.advance(23 * HOUR_MS + 30 * 60_000)
    totals["messages"] += 1
    analytics.tick()
    assert messages(analytics.report()["days"]) == [0, 5]


def test_what_is_kept_is_bounded(counted, clock):
    analytics, totals, _ = counted
    for _ in range(24 * 40):
        totals["messages"] += 1
        clock.advance(HOUR_MS)
        analytics.tick()
    report = analytics.report()
    assert len(report["hours"]) == HOURS_KEPT == 48
    assert len(report["days"]) == DAYS_KEPT == 35
    assert messages(report["days"])[1:] == [24] * 34


def test_a_clock_that_steps_back_counts_nothing_twice(counted, clock):
    analytics, totals, _ = counted
    totals["messages"] += 3
    clock.set_wall(MIDNIGHT_MS - HOUR_MS)
    totals["messages"] += 1
    report = analytics.report()
    assert sum(messages(report["hours"])) == 4
    assert sum(messages(report["days"])) == 4
