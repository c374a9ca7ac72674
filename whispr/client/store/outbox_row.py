"""What one waiting content is: kind, state, the attempt under way, the pause before the next."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from whispr.client.store.database import Row

MAX_PAUSE_MS = 15 * 60 * 1000
MIN_PAUSE_MS = 1000
_MAX_DOUBLINGS = 20

OUTBOX_COLUMNS = (
    "outbox_id, contact_id, content_id, kind, content, state, created_ms, expires_at_ms, attempts,"
    " next_attempt_ms, on_relay_until_ms, envelope, envelope_id, envelope_time_ms,"
    " older_protection"
)


class OutboxKind(enum.IntEnum):
    """What sort of content waits."""

    TEXT = 1
    ATTACHMENT = 2
    RECEIPT = 3
    CARD = 4
    REQUEST_AGAIN = 5

    @property
    def ends_when_accepted(self) -> bool:
        """No receipt is awaited: it is sent anew for every duplicate that asks for it."""
        return self in (OutboxKind.RECEIPT, OutboxKind.REQUEST_AGAIN)


class OutboxState(enum.IntEnum):
    """How far a content has come."""

    QUEUED = 1
    REFUSED = 2
    """The relay would not have it for now; later contents to this contact wait behind it."""
    ACCEPTED = 3
    """It lies on the relay, or lay there and is tried again."""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A content that waits; the state of one moment."""

    outbox_id: int
    contact_id: int
    content_id: bytes
    kind: OutboxKind
    content: bytes = field(repr=False)
    """The encoded content, not yet sealed."""
    state: OutboxState
    created_ms: int
    expires_at_ms: int
    attempts: int
    """Envelopes made for it."""
    next_attempt_ms: int
    on_relay_until_ms: int
    """0 when it does not lie on the relay."""
    envelope: bytes | None = field(repr=False)
    """Of the attempt that has no answer yet: within the clock window it is repeated as it is."""
    envelope_id: bytes | None
    """Of the last attempt, answered or not."""
    envelope_time_ms: int | None
    older_protection: bool = False
    """The person would rather send it with suite 1 than wait for the keys of suite 2."""


def pause_ms(rounds: int, expires_in_ms: int, jitter: float) -> int:
    """The pause after a content has left the relay for the `rounds`-th time without a sign.

    Doubles from the relay's life of a message, at least 1 second and at most 15 minutes; `jitter`
    0 gives half of it and 1 the whole.
    """
    first = max(expires_in_ms, MIN_PAUSE_MS)
    whole = min(first << min(rounds, _MAX_DOUBLINGS), MAX_PAUSE_MS)
    return int(whole * (0.5 + jitter / 2))


def outbox_row(row: Row) -> OutboxRow:
    """The content in a row of `OUTBOX_COLUMNS`."""
    outbox_id, contact_id, content_id, kind, content, state, *more = row
    more[-1] = bool(more[-1])
    return OutboxRow(
        *(outbox_id, contact_id, content_id, OutboxKind(kind), content, OutboxState(state)), *more
    )
