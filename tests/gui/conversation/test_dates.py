from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date

import pytest

from tests.gui.conversation.kit import NOON_MS
from whispr.gui.conversation.dates import (
    clock_time,
    day_name,
    day_of,
    full_time,
    ms_until_midnight,
)


@pytest.fixture(autouse=True)
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two hours ahead of UTC in June."""
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_times_are_those_of_this_computer():
    assert clock_time(NOON_MS) == "14:00"
    assert full_time(NOON_MS + 31_000) == "Monday, 1 June 2026 at 14:00:31"


def test_a_day_ends_at_local_midnight():
    assert day_of(NOON_MS + 10 * 3_600_000 - 1) == date(2026, 6, 1)
    assert day_of(NOON_MS + 10 * 3_600_000) == date(2026, 6, 2)


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 6, 5), "Today"),
        (date(2026, 6, 4), "Yesterday"),
        (date(2026, 6, 3), "Wednesday, 3 June"),
        (date(2025, 12, 31), "Wednesday, 31 December 2025"),
        (date(2026, 6, 6), "Saturday, 6 June"),
    ],
)
def test_days_have_the_name_that_a_person_uses(day, name):
    assert day_name(day, date(2026, 6, 5)) == name


def test_yesterday_reaches_over_the_new_year():
    assert day_name(date(2025, 12, 31), date(2026, 1, 1)) == "Yesterday"


def test_the_labels_are_right_until_midnight():
    assert ms_until_midnight(NOON_MS) == 10 * 3_600_000
    assert ms_until_midnight(NOON_MS + 10 * 3_600_000 - 1) == 1000
