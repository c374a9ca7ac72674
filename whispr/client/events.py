"""What the client tells its application: frozen values, in the order in which things happened."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from whispr.client.store.message import Fate


class LinkState(enum.Enum):
    """The state of a connection to a relay, for a person to see."""

    CONNECTING = "connecting"
    ONLINE = "online"
    WAITING = "waiting"
    """Not connected; tries again by itself."""
    REPLACED = "replaced"
    """The profile was opened elsewhere; does not reconnect by itself."""
    REFUSED = "refused"
    """The relay does not let us in; trying again does not help without a change."""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Event:
    """Base of every event."""


@dataclass(frozen=True, slots=True)
class ConnectionChanged(Event):
    """A connection to a relay came, went, or will be tried again."""

    location: str
    """`host:port` of the relay."""
    own: bool
    """Whether it is the relay of our own mailbox."""
    state: LinkState
    reason: str = ""
    """Why it is not online, in plain words."""
    retry_seconds: float = 0.0
    """When WAITING: seconds until the next attempt."""


@dataclass(frozen=True, slots=True)
class Synced(Event):
    """Everything that waited on our relay has been received."""


@dataclass(frozen=True, slots=True)
class MessageReceived(Event):
    """A new row of history that somebody sent: a text, an attachment, or what cannot be shown."""

    message_id: int
    contact_id: int


@dataclass(frozen=True, slots=True)
class FateChanged(Event):
    """A message of ours moved on; fates only move forward."""

    message_id: int
    contact_id: int
    content_id: bytes
    fate: Fate
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RequestReceived(Event):
    """Somebody who is no contact yet wrote; see message requests."""

    contact_id: int
    message_id: int


@dataclass(frozen=True, slots=True)
class ContactChanged(Event):
    """A contact was added, renamed, verified, blocked, or showed a new card."""

    contact_id: int


@dataclass(frozen=True, slots=True)
class ContactHere(Event):
    """A sign that a contact is connected now."""

    contact_id: int


@dataclass(frozen=True, slots=True)
class TransferProgress(Event):
    """Bytes of a file that are over, in either direction."""

    message_id: int
    contact_id: int
    done_bytes: int
    total_bytes: int
    incoming: bool


@dataclass(frozen=True, slots=True)
class AttachmentStored(Event):
    """A file arrived whole and verified, and lies encrypted in the profile."""

    message_id: int
    contact_id: int
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AttachmentFailed(Event):
    """A file cannot be had for now; says why in plain words."""

    message_id: int
    contact_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class CopySaved(Event):
    """A readable copy of an attachment was written where the person asked for it."""

    message_id: int
    path: Path = field(repr=False)


@dataclass(frozen=True, slots=True)
class PartFailed(Event):
    """A part of the client met an error that it did not expect; it goes on. The log says more."""

    part: str
    reason: str
