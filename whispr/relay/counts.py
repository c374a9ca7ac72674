"""What a relay counts: sessions call it for each thing that happens, in tens of nanoseconds.

`whispr.relay.metrics` turns the counts into series. The words below are all the labels there are.
"""

from __future__ import annotations

import datetime

from whispr.protocol.codes import CODES_BY_CLASS, ErrorCode
from whispr.protocol.frames import CLIENT
from whispr.protocol.schema import FRAMES
from whispr.relay.active import ActiveUsers
from whispr.relay.clock import Clock
from whispr.relay.tallies import Distribution, PairTally, Tally

CLOSE_REASONS = (
    *("client", "idle", "timeout", "slow_reader", "protocol_error", "auth_failed"),
    *("limit", "replaced", "draining", "error"),
)
HANDSHAKE_RESULTS = ("ok", "timeout", "protocol", "alpn", "reset", "crowded")
TURNED_AWAY_LIMITS = ("network", "total", "address", "rate")
MESSAGE_RESULTS = (
    *("accepted", "duplicate", "ephemeral", "mailbox_full", "relay_full", "id_reused"),
    *("bad_signature", "stale_clock", "wrong_relay", "too_large", "rate_limited"),
    *("unavailable", "malformed"),
)
RATE_LIMITS = (
    *("address_handshakes", "address_auths", "address_sends", "connection_sends"),
    *("key_sends", "requests", "blob_bytes"),
)
PREKEY_KINDS = ("one_time", "last_resort")
FRAME_FAULTS = ("malformed", "frame_too_large", "unexpected", "unsupported")
OPERATIONS = tuple(
    declared.__name__.lower() for declared in FRAMES.values() if declared.sender is CLIENT
)
"""Requests by the names of their frames."""
REQUEST_RESULTS = ("ok", "client_error", "limited", "unavailable", "internal")
DIRECTIONS = ("in", "out")
PATHS = ("live", "backlog")
STORE_OPERATIONS = (
    *("repetition", "enqueue", "fetch", "acknowledge", "last_position", "watch", "unwatch"),
    *("publish", "allow", "take_send_budget", "sweep"),
)

LATENCY_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
STORE_SECONDS = (0.0001, 0.00025, 0.0005, *LATENCY_SECONDS)
LAG_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
AGE_SECONDS = (0.01, 0.1, 0.5, 1, 5, 15, 30, 60, 300, 3600, 86_400)
MESSAGE_BYTES = (256, 1024, 4096, 16_384, 65_536)
BLOB_BYTES = (16_384, 65_536, 262_144, 1_048_576, 4_194_304, 10_485_760, 26_214_400)

_LIMITED = {
    *(ErrorCode.RATE_LIMITED, ErrorCode.MAILBOX_FULL, ErrorCode.RELAY_FULL, ErrorCode.TOO_LARGE),
}
REQUEST_RESULT_OF = {
    "ok": "ok",
    **{error_class.__name__: "client_error" for error_class in CODES_BY_CLASS},
    **{kind.__name__: "limited" for kind, code in CODES_BY_CLASS.items() if code in _LIMITED},
    **{
        kind.__name__: name
        for kind, code in CODES_BY_CLASS.items()
        for name in ("unavailable", "internal")
        if code is ErrorCode[name.upper()]
    },
}


class Counts:
    """Everything that a relay counts; sessions call it for each thing that happens."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._active = ActiveUsers(clock)
        self._opened = 0
        self._closed = Tally(CLOSE_REASONS)
        self._connections = 0
        self._handshakes = Tally(HANDSHAKE_RESULTS)
        self._handshake_seconds = Distribution(LATENCY_SECONDS)
        self._turned_away = Tally(TURNED_AWAY_LIMITS)
        self._accept_errors = 0
        self._messages = Tally(MESSAGE_RESULTS)
        self._message_bytes = dict.fromkeys(DIRECTIONS, 0)
        self._message_sizes = Distribution(MESSAGE_BYTES)
        self._delivered = dict.fromkeys(PATHS, 0)
        self._delivery = Distribution(LATENCY_SECONDS)
        self._ages = Distribution(AGE_SECONDS)
        self._acknowledged = 0
        self._requests = PairTally(OPERATIONS, REQUEST_RESULTS)
        self._request_seconds = {name: Distribution(LATENCY_SECONDS) for name in OPERATIONS}
        self._store_seconds = {name: Distribution(STORE_SECONDS) for name in STORE_OPERATIONS}
        self._store_errors = 0
        self._rate_limited = Tally(RATE_LIMITS)
        self._frames_rejected = Tally(FRAME_FAULTS)
        self._internal_errors = 0
        self._blobs_done = dict.fromkeys(DIRECTIONS, 0)
        self._blob_bytes = dict.fromkeys(DIRECTIONS, 0)
        self._blob_sizes = Distribution(BLOB_BYTES)
        self._prekeys_claimed = Tally(PREKEY_KINDS)
        self._write_buffer_bytes = 0
        self._loop_lag = Distribution(LAG_SECONDS)
        self._draining = False
        self._certificate_expires = 0.0
        self._reloads = {"ok": 0, "error": 0}
        self._reloaded_at = self._clock.wall_ms() / 1000

    # Connections

    def connection_opened(self) -> None:
        """A TLS handshake made a connection."""
        self._opened += 1
        self._connections += 1

    def connection_closed(self, reason: str) -> None:
        """A connection ended: one of `CLOSE_REASONS`."""
        self._connections -= 1
        self._closed.add(reason)

    def handshake(self, result: str) -> None:
        """A TLS handshake ended: one of `HANDSHAKE_RESULTS`."""
        self._handshakes.add(result)

    def handshake_took(self, seconds: float) -> None:
        """How long a good TLS handshake took."""
        self._handshake_seconds.observe(seconds)

    def turned_away(self, limit: str) -> None:
        """Somebody was refused before TLS: one of `TURNED_AWAY_LIMITS`."""
        self._turned_away.add(limit)

    def accept_error(self) -> None:
        """The operating system gave no connection."""
        self._accept_errors += 1

    def saw(self, key: bytes) -> None:
        """Somebody proved this key; only a mark in a sketch is kept."""
        self._active.saw(key)

    # Messages

    def message(self, result: str, size_bytes: int = 0) -> None:
        """A SEND was answered: one of `MESSAGE_RESULTS`; the size counts where it was accepted."""
        self._messages.add(result)
        if size_bytes:
            self._message_bytes["in"] += size_bytes
            self._message_sizes.observe(size_bytes)

    def delivered(self, size_bytes: int, age_ms: int, *, live: bool = False) -> None:
        """An envelope was pushed; `live` if its recipient was there when it came."""
        self._message_bytes["out"] += size_bytes
        self._delivered["live" if live else "backlog"] += 1
        if live:
            self._delivery.observe(age_ms / 1000)

    def acknowledged(self, count: int = 1, age_ms: int | None = None) -> None:
        """Envelopes were acknowledged; `age_ms` of the newest of them."""
        self._acknowledged += count
        if age_ms is not None:
            self._ages.observe(age_ms / 1000)

    # Requests

    def request(self, operation: str, result: str, seconds: float | None = None) -> None:
        """A request was answered: the frame's lower case name, `ok` or the error class's name.

        `seconds` since it was taken up; those of an unknown operation are not kept.
        """
        self._requests.add(operation, REQUEST_RESULT_OF.get(result, result))
        if seconds is not None and operation in self._request_seconds:
            self._request_seconds[operation].observe(seconds)

    def store_call(self, operation: str, seconds: float, *, failed: bool = False) -> None:
        """A shared store answered or did not: one of `STORE_OPERATIONS`."""
        self._store_seconds[operation].observe(seconds)
        self._store_errors += failed

    def rate_limited(self, limit: str) -> None:
        """A limiter refused: one of `RATE_LIMITS`."""
        self._rate_limited.add(limit)

    def frame_rejected(self, fault: str) -> None:
        """Bytes that are no acceptable frame: one of `FRAME_FAULTS`."""
        self._frames_rejected.add(fault)

    def internal_error(self) -> None:
        """A bug of ours ended a connection or a chore."""
        self._internal_errors += 1

    # Files

    def blob(self, direction: str, size_bytes: int = 0) -> None:
        """A file was completed (`in`) or opened (`out`)."""
        self._blobs_done[direction] += 1
        if size_bytes and direction == "in":
            self._blob_sizes.observe(size_bytes)

    def blob_bytes(self, direction: str, size_bytes: int) -> None:
        """A part came `in` or went `out`."""
        self._blob_bytes[direction] += size_bytes

    # Prekeys

    def prekeys_claimed(self, kind: str) -> None:
        """A bundle was handed out, with a one-time ML-KEM prekey or the last resort."""
        self._prekeys_claimed.add(kind)

    # The process

    def write_buffer(self, size_bytes: int) -> None:
        """What all connections together have not read yet."""
        self._write_buffer_bytes = size_bytes

    def loop_lag(self, seconds: float) -> None:
        """How late a timer of the event loop was."""
        self._loop_lag.observe(seconds)

    def draining(self) -> None:
        """The relay is about to stop."""
        self._draining = True

    def certificate_expires(self, not_after: datetime.datetime) -> None:
        """A certificate was loaded."""
        self._certificate_expires = not_after.timestamp()

    def reloaded(self, *, ok: bool) -> None:
        """Configuration and certificate were read again."""
        self._reloads["ok" if ok else "error"] += 1
        if ok:
            self._reloaded_at = self._clock.wall_ms() / 1000

    # Sums

    def totals(self) -> dict[str, int]:
        """What `whispr.relay.analytics` counts by hour and day: everything since the start."""
        messages = dict(self._messages.items())
        taken = ("accepted", "duplicate", "ephemeral")
        return {
            "messages": messages["accepted"],
            "message_bytes": self._message_bytes["in"],
            "delivered": sum(self._delivered.values()),
            "acknowledged": self._acknowledged,
            "refused": sum(count for word, count in messages.items() if word not in taken),
            "files": self._blobs_done["in"],
            "file_bytes": int(self._blob_sizes.total),
        }

    def users(self) -> dict[str, int]:
        """Estimates of different keys by window, `hour` and `day`; 0 stands for fewer than 20."""
        return self._active.estimates()
