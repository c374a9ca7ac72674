"""What one line of a conversation is: direction, kind, fate."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

MESSAGE_COLUMNS = ", ".join(
    f"message.{column}"
    for column in (
        *("message_id", "contact_id", "direction", "content_id", "kind", "text", "file_name"),
        *("sent_at_ms", "stored_at_ms", "order_number", "fate", "reason", "verified", "is_read"),
        "protection",
    )
)


class Direction(enum.IntEnum):
    """Who wrote it."""

    IN = 1
    OUT = 2


class MessageKind(enum.IntEnum):
    """What a message shows."""

    TEXT = 1
    ATTACHMENT = 2
    UNSUPPORTED = 3
    """A content type of a later version: kept, shown as "needs a newer Whispr"."""
    UNDECRYPTABLE = 4
    """From the contact's key, but it cannot be opened; asked for again."""
    NOTICE = 5
    """Written by this client, such as "has a new device"."""


class Protection(enum.IntEnum):
    """What protected a message on its way."""

    UNKNOWN = 0
    """Not sent yet, or from the time before this was noted."""
    OLDER = 1
    """Suite 1: sealed to a key that stays the same."""
    FORWARD_SECRET = 2
    """Suite 2: a key of its own for each message."""
    OLDER_BY_CHOICE = 3
    """Suite 1, because the person did not want to wait for the keys of suite 2."""


class Fate(enum.IntEnum):
    """What became of an outgoing message; it only moves forward, see `may_follow`."""

    QUEUED = 1
    ACCEPTED = 2
    EXPIRED = 3
    FAILED = 4
    DELIVERED = 5
    READ = 6

    def may_follow(self, earlier: Fate) -> bool:
        """Whether a message of fate `earlier` may take this one.

        queued < accepted < expired or failed < delivered < read: expired and failed do not
        replace each other, and a late receipt overrides both.
        """
        return _RANKS[self] > _RANKS[earlier]


_RANKS = {
    Fate.QUEUED: 0,
    Fate.ACCEPTED: 1,
    Fate.EXPIRED: 2,
    Fate.FAILED: 2,
    Fate.DELIVERED: 3,
    Fate.READ: 4,
}


@dataclass(frozen=True, slots=True)
class Message:
    """One line of a conversation; the state of one moment."""

    message_id: int
    """Of this database; rises with every message and is never used again."""
    contact_id: int
    direction: Direction
    content_id: bytes
    """16 bytes, the same for every attempt to deliver it."""
    kind: MessageKind
    text: str = field(repr=False)
    file_name: str = field(repr=False)
    """Of an attachment, else empty."""
    sent_at_ms: int
    """By the sender's account."""
    stored_at_ms: int
    order_number: int
    """The sender's counter in this conversation."""
    fate: Fate | None
    """Of an outgoing message."""
    reason: str
    verified: bool
    """Its signatures were checked against the contact's keys."""
    read: bool
    protection: Protection = Protection.UNKNOWN


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """A line of the contact list."""

    contact_id: int
    last_message: Message | None
    unread: int


def message_of(row: Sequence[Any]) -> Message:
    """The message in a row of `MESSAGE_COLUMNS`."""
    message_id, contact_id, direction, content_id, kind, text, file_name, *more = row
    sent_at_ms, stored_at_ms, order_number, fate, reason, verified, read, protection = more
    return Message(
        message_id=message_id,
        contact_id=contact_id,
        direction=Direction(direction),
        content_id=content_id,
        kind=MessageKind(kind),
        text=text,
        file_name=file_name,
        sent_at_ms=sent_at_ms,
        stored_at_ms=stored_at_ms,
        order_number=order_number,
        fate=None if fate is None else Fate(fate),
        reason=reason,
        verified=bool(verified),
        read=bool(read),
        protection=Protection(protection),
    )
