"""The relay's log: one JSON object a line, with fields from a fixed list and a limit on each event.

No key, mailbox, address, file name or byte that a client sent is ever a field: values are numbers
and words of ours, or (`why`) what is wrong with the operator's own configuration.
"""

from __future__ import annotations

import contextlib
import enum
import json
import sys
from collections.abc import Callable
from typing import Final

from whispr.relay.clock import Clock

Value = int | float | str | bool

FIELDS: Final = frozenset(
    {
        "bytes",
        "code",
        "conn",
        "connections",
        "error",
        "limit",
        "ms",
        "n",
        "reason",
        "request",
        "result",
        "setting",
        "version",
        "where",
        "why",
    }
)
"""Every field that an event may carry, beside `ts`, `level`, `event` and `suppressed`."""

EVENTS_PER_SECOND = 10
MAX_TEXT_CHARACTERS = 120


class Level(enum.IntEnum):
    """How bad it is."""

    DEBUG = 10
    INFO = 20
    WARNING = 30
    ERROR = 40


class _Bucket:
    __slots__ = ("filled_ms", "suppressed", "tokens")

    def __init__(self, now_ms: int) -> None:
        self.tokens = float(EVENTS_PER_SECOND)
        self.filled_ms = now_ms
        self.suppressed = 0


class Log:
    """Writes events; each kind of event at most ten times a second, the rest is counted."""

    def __init__(
        self,
        clock: Clock,
        *,
        level: str = "info",
        write: Callable[[str], object] | None = None,
    ) -> None:
        self._clock = clock
        self._level = Level[level.upper()]
        self._write = write or _write_to_stderr
        self._buckets: dict[str, _Bucket] = {}

    def set_level(self, level: str) -> None:
        """Log this level and everything worse from now on."""
        self._level = Level[level.upper()]

    def debug(self, event: str, **fields: Value) -> None:
        """For whoever looks for a fault."""
        self._event(Level.DEBUG, event, fields)

    def info(self, event: str, **fields: Value) -> None:
        """What an operator wants to have seen."""
        self._event(Level.INFO, event, fields)

    def warning(self, event: str, **fields: Value) -> None:
        """Something is refused or goes wrong, and the relay copes."""
        self._event(Level.WARNING, event, fields)

    def error(self, event: str, **fields: Value) -> None:
        """Something needs an operator or is a bug."""
        self._event(Level.ERROR, event, fields)

    def _event(self, level: Level, event: str, fields: dict[str, Value]) -> None:
        if level < self._level:
            return
        if not fields.keys() <= FIELDS:
            raise ValueError(f"no such log field: {sorted(fields.keys() - FIELDS)}")
        suppressed = self._take(event)
        if suppressed is None:
            return
        line: dict[str, Value] = {
            "ts": round(self._clock.wall_ms() / 1000, 3),
            "level": level.name.lower(),
            "event": event,
        }
        for name, value in fields.items():
            line[name] = value[:MAX_TEXT_CHARACTERS] if isinstance(value, str) else value
        if suppressed:
            line["suppressed"] = suppressed
        self._write(json.dumps(line) + "\n")

    def _take(self, event: str) -> int | None:
        """How many of this event were left out before this one; None to leave this one out too."""
        now_ms = self._clock.monotonic_ms()
        bucket = self._buckets.get(event)
        if bucket is None:
            bucket = self._buckets[event] = _Bucket(now_ms)
        earned = (now_ms - bucket.filled_ms) * EVENTS_PER_SECOND / 1000
        bucket.tokens = min(float(EVENTS_PER_SECOND), bucket.tokens + earned)
        bucket.filled_ms = now_ms
        if bucket.tokens < 1:
            bucket.suppressed += 1
            return None
        bucket.tokens -= 1
        suppressed, bucket.suppressed = bucket.suppressed, 0
        return suppressed


def where(error: BaseException) -> str:
    """The innermost place of our code that an exception came from: `session:120`; no content."""
    traceback = error.__traceback__
    place = ""
    while traceback is not None:
        module = str(traceback.tb_frame.f_globals.get("__name__", "?"))
        if module.startswith("whispr."):
            place = f"{module.removeprefix('whispr.')}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return place


def _write_to_stderr(line: str) -> None:
    # A log that nobody reads any more must not end connections.
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(line)
        sys.stderr.flush()
