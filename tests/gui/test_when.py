from __future__ import annotations

import datetime

import pytest

from whispr.gui.when import short_time

UTC = datetime.UTC
NOW = datetime.datetime(2026, 3, 18, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("then", "text"),
    [
        (datetime.datetime(2026, 3, 18, 9, 5, tzinfo=UTC), "09:05"),
        (datetime.datetime(2026, 3, 19, 1, 0, tzinfo=UTC), "01:00"),
        (datetime.datetime(2026, 3, 17, 23, 59, tzinfo=UTC), "Yesterday"),
        (datetime.datetime(2026, 3, 12, 1, 0, tzinfo=UTC), "Thu"),
        (datetime.datetime(2026, 3, 11, 1, 0, tzinfo=UTC), "11 Mar"),
        (datetime.datetime(2024, 3, 3, 1, 0, tzinfo=UTC), "3 Mar 2024"),
    ],
)
def test_short_time(then: datetime.datetime, text: str) -> None:
    now_ms, then_ms = (round(time.timestamp() * 1000) for time in (NOW, then))
    assert short_time(then_ms, now_ms, UTC) == text
