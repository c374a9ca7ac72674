"""Counts by hour and by day, where there is no Prometheus: sums, never a record of one message.

They live in memory and begin anew with the process. Hours and days are those of UTC.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

from whispr.relay.clock import Clock

HOUR_SECONDS, DAY_SECONDS = 3600, 86_400
HOURS_KEPT, DAYS_KEPT = 48, 35

Row = dict[str, int]
"""Counts of one hour or day; `begins` in seconds since 1970."""


class Analytics:
    """Turns sums that only rise into counts of hours and days.

    Args:
        read_totals: what was counted since the start.
        read_users: estimates by window, `hour` and `day`; below 20 they are 0.
    """

    def __init__(
        self,
        clock: Clock,
        read_totals: Callable[[], Mapping[str, int]],
        read_users: Callable[[], Mapping[str, int]],
    ) -> None:
        self._clock = clock
        self._read_totals = read_totals
        self._read_users = read_users
        self._since = clock.wall_ms() // 1000
        self._hours = _Periods(HOUR_SECONDS, HOURS_KEPT, self._since, read_totals())
        self._days = _Periods(DAY_SECONDS, DAYS_KEPT, self._since, read_totals())

    def tick(self) -> None:
        """Close an hour or a day that is over; to be called every few seconds."""
        now = self._clock.wall_ms() // 1000
        if self._hours.is_over(now) or self._days.is_over(now):
            totals, users = self._read_totals(), self._read_users()
            self._hours.turn(now, totals, users["hour"])
            self._days.turn(now, totals, users["day"])

    def report(self) -> dict[str, object]:
        """`since` (seconds since 1970), `hours` and `days`, newest first; those of now included."""
        self.tick()
        totals, users = self._read_totals(), self._read_users()
        return {
            "since": self._since,
            "hours": self._hours.rows(totals, users["hour"]),
            "days": self._days.rows(totals, users["day"]),
        }


class _Periods:
    """The finished periods of one length, and where the present one began."""

    def __init__(self, length_seconds: int, kept: int, now: int, totals: Mapping[str, int]) -> None:
        self._length_seconds = length_seconds
        self._rows: deque[Row] = deque(maxlen=kept - 1)
        self._begins = self._begin_of(now)
        self._before = dict(totals)

    def is_over(self, now: int) -> bool:
        return self._begin_of(now) != self._begins

    def turn(self, now: int, totals: Mapping[str, int], users: int) -> None:
        """Begin the period of `now` if another one is meant, also when the clock stepped back."""
        if self.is_over(now):
            self._rows.appendleft(self._row(totals, users))
            self._begins = self._begin_of(now)
            self._before = dict(totals)

    def rows(self, totals: Mapping[str, int], users: int) -> list[Row]:
        return [self._row(totals, users), *self._rows]

    def _row(self, totals: Mapping[str, int], users: int) -> Row:
        counts = {name: total - self._before.get(name, 0) for name, total in totals.items()}
        return {"begins": self._begins, **counts, "users": users}

    def _begin_of(self, now: int) -> int:
        return now - now % self._length_seconds
