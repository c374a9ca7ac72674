"""Times and days as a conversation shows them, in the zone of this computer."""

from __future__ import annotations

import time
from datetime import date, timedelta


def now_ms() -> int:
    """The time of this computer, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def clock_time(time_ms: int) -> str:
    """`09:20`."""
    return time.strftime("%H:%M", time.localtime(time_ms / 1000))


def day_of(time_ms: int) -> date:
    """The day of a moment, where this computer is."""
    local = time.localtime(time_ms / 1000)
    return date(local.tm_year, local.tm_mon, local.tm_mday)


def day_name(day: date, today: date) -> str:
    """`Today`, `Yesterday`, `Friday, 5 June`; with the year when it is another one."""
    if day == today:
        return "Today"
    if day == today - timedelta(days=1):
        return "Yesterday"
    name = f"{day:%A}, {day.day} {day:%B}"
    return name if day.year == today.year else f"{name} {day.year}"


def full_time(time_ms: int) -> str:
    """`Friday, 5 June 2026 at 09:20:31`, for a tooltip and the details."""
    day = day_of(time_ms)
    seconds = time.strftime("%H:%M:%S", time.localtime(time_ms / 1000))
    return f"{day:%A}, {day.day} {day:%B} {day.year} at {seconds}"


def ms_until_midnight(time_ms: int) -> int:
    """How long the labels of days are right, and at least a second."""
    local = time.localtime(time_ms / 1000)
    passed = (local.tm_hour * 60 + local.tm_min) * 60 + local.tm_sec
    return max(1000, (86_400 - passed) * 1000)
