"""What the views show: frozen values without tkinter, without the client, without a database."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

MessageItemKind = Literal["text", "file", "image", "notice", "unsupported", "undecryptable"]
FateName = Literal["queued", "accepted", "delivered", "read", "expired", "failed"]
FileState = Literal[
    "staged",
    "encrypting",
    "uploading",
    "sent",
    "offered",
    "downloading",
    "saved",
    "gone",
    "broken",
    "failed",
    "refused",
]
"""Ours: staged, encrypting, uploading, sent. Theirs: offered, downloading, saved. Either: gone (no
longer on the relay), broken (may have been changed), failed (with a reason), refused (too large or
not wanted)."""
ContactStanding = Literal["accepted", "request", "blocked"]
ConnectionPhase = Literal[
    "connecting", "online", "waiting", "replaced", "refused", "closed", "locked"
]


@dataclass(frozen=True, slots=True)
class FileItem:
    """The file of a message."""

    name: str = field(repr=False)
    """Safe to show and to write."""
    size_bytes: int
    state: FileState
    done_bytes: int = 0
    """Of a transfer that is under way."""
    preview: bytes | None = field(default=None, repr=False)
    """A PNG or GIF within the limits of decoding, for a picture; else None."""
    reason: str = ""
    """Why it is not to be had, in plain words."""


@dataclass(frozen=True, slots=True)
class MessageItem:
    """One row of a conversation."""

    message_id: int
    """The key of the row; rises with every message."""
    contact_id: int
    outgoing: bool
    kind: MessageItemKind
    text: str = field(repr=False)
    """As it was written: making it safe to draw is the view's matter."""
    sent_at_ms: int
    """By the sender's account, for the details only."""
    stored_at_ms: int
    """When it came here, which orders and dates the row."""
    fate: FateName | None = None
    """Of an outgoing message."""
    reason: str = ""
    """Why it waits, failed or cannot be shown, in plain words."""
    file: FileItem | None = None
    read: bool = True
    """False: incoming, and not seen yet."""


@dataclass(frozen=True, slots=True)
class ConversationItem:
    """One row of the contact list."""

    contact_id: int
    name: str
    identity: bytes
    """The root key, 32 bytes: avatar and identicon are made from it."""
    last_line: str = field(default="", repr=False)
    """The newest message on one line, or what its file is called."""
    last_outgoing: bool = False
    last_fate: FateName | None = None
    last_kind: MessageItemKind | None = None
    """None: no message yet."""
    time_ms: int | None = None
    """When the newest message came."""
    unread: int = 0
    draft: str = field(default="", repr=False)
    verified: bool = False
    key_changed: bool = False
    """He uses another device, and the person has not been told yet."""
    state: ContactStanding = "accepted"
    address: str = ""
    """The `wsp1…` text of the identity."""
    waiting: int = 0
    """Messages to him that the relay does not have yet."""


@dataclass(frozen=True, slots=True)
class ConnectionItem:
    """The connection to our own relay, as the foot of the sidebar and the banner show it."""

    phase: ConnectionPhase
    location: str = ""
    """`host:port` of the relay."""
    reason: str = ""
    retry_at: float | None = None
    """When WAITING: monotonic seconds of the next attempt."""
    lost_at: float | None = None
    """Monotonic seconds since when it is not online."""
    message_life_ms: int | None = None
    """How long the relay keeps a message, when it has said so."""

    def seconds_left(self, now: float) -> int | None:
        """Whole seconds until the next attempt, from 0; None when none is planned."""
        return None if self.retry_at is None else max(0, round(self.retry_at - now))


@dataclass(frozen=True, slots=True)
class RequestItem:
    """A stranger who wrote."""

    contact_id: int
    name: str
    identity: bytes
    address: str
    texts: tuple[str, ...] = field(default=(), repr=False)
    """At most three, oldest first."""
    time_ms: int | None = None


@dataclass(frozen=True, slots=True)
class SearchHitItem:
    """A message that holds what was searched for."""

    message_id: int
    contact_id: int
    name: str
    snippet: str = field(repr=False)
    time_ms: int = 0


@dataclass(frozen=True, slots=True)
class OwnItem:
    """The person of this profile."""

    name: str
    identity: bytes
    address: str
    """The `wsp1…` text of the identity."""
    card: str
    """The link that others paste; empty while the relay has never been reached."""
