"""`AppState`: everything the window shows, as one frozen value, and what follows from it.

No tkinter and no client: news go in, a new state comes out, and the words of the header, the foot
and the banner are made here, where they are tested without a window.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Literal

from whispr.gui.items import (
    ConnectionItem,
    ConversationItem,
    OwnItem,
    RequestItem,
    SearchHitItem,
)
from whispr.gui.news import Opened, PeopleNews

BANNER_AFTER_SECONDS = 10.0
Tone = Literal["ok", "warn", "danger"]


@dataclass(frozen=True, slots=True)
class FootLine:
    """The connection at the foot of the sidebar."""

    tone: Tone
    text: str
    action: str = ""
    """`Retry now`, `Use here`, or nothing."""


@dataclass(frozen=True, slots=True)
class BannerLine:
    """A line across the conversation."""

    tone: Tone
    icon: str
    text: str
    actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AppState:
    """One moment of the main window."""

    own: OwnItem
    conversations: tuple[ConversationItem, ...] = ()
    requests: tuple[RequestItem, ...] = ()
    connection: ConnectionItem = field(default_factory=lambda: ConnectionItem("connecting"))
    selected: int | None = None
    """The contact whose conversation is open."""
    query: str = field(default="", repr=False)
    """What is searched for everywhere."""
    hits: tuple[SearchHitItem, ...] = ()

    @classmethod
    def of(cls, opened: Opened) -> AppState:
        """The state at the first look."""
        return cls(opened.own, opened.conversations, opened.requests, opened.connection)

    def with_people(self, news: PeopleNews) -> AppState:
        """The contact list changed; a conversation that is gone is closed."""
        known = {item.contact_id for item in news.conversations}
        return dataclasses.replace(
            self,
            conversations=news.conversations,
            requests=news.requests,
            own=news.own,
            selected=self.selected if self.selected in known else None,
        )

    def with_connection(self, connection: ConnectionItem) -> AppState:
        """The connection changed."""
        return dataclasses.replace(self, connection=connection)

    def opening(self, contact_id: int | None) -> AppState:
        """Another conversation is open."""
        return dataclasses.replace(self, selected=contact_id)

    def searching(self, query: str, hits: tuple[SearchHitItem, ...] = ()) -> AppState:
        """Something is searched for everywhere."""
        return dataclasses.replace(self, query=query, hits=hits)

    def with_draft(self, contact_id: int, draft: str) -> AppState:
        """What is typed to a contact, before the store has heard of it."""
        return dataclasses.replace(
            self,
            conversations=tuple(
                dataclasses.replace(item, draft=draft) if item.contact_id == contact_id else item
                for item in self.conversations
            ),
        )

    def conversation(self, contact_id: int | None) -> ConversationItem | None:
        """The row of a contact."""
        return next((item for item in self.conversations if item.contact_id == contact_id), None)

    @property
    def current(self) -> ConversationItem | None:
        """The row of the open conversation."""
        return self.conversation(self.selected)

    @property
    def unread(self) -> int:
        """Unread messages of all contacts."""
        return sum(item.unread for item in self.conversations)

    @property
    def title(self) -> str:
        """Of the window: a number at most, never a name or a text."""
        count = self.unread + len(self.requests)
        return f"({count if count < 100 else '99+'}) Whispr" if count else "Whispr"

    def shown(self) -> tuple[ConversationItem, ...]:
        """The rows of the list: all, or those whose name matches the search."""
        words = self.query.casefold().split()
        return tuple(
            item
            for item in self.conversations
            if all(word in item.name.casefold() for word in words)
        )

    def neighbour(self, step: int, *, unread_only: bool = False) -> int | None:
        """The next conversation up (-1) or down (1) from the open one, around the end."""
        ids = [item.contact_id for item in self.conversations]
        if not ids:
            return None
        start = ids.index(self.selected) if self.selected in ids else (-1 if step > 0 else 0)
        for distance in range(1, len(ids) + 1):
            item = self.conversations[(start + step * distance) % len(ids)]
            if item.contact_id != self.selected and (item.unread or not unread_only):
                return item.contact_id
        return None

    def nth(self, number: int) -> int | None:
        """The conversation at a place of the list, from 1."""
        within = 1 <= number <= len(self.conversations)
        return self.conversations[number - 1].contact_id if within else None


def foot_line(connection: ConnectionItem, now: float) -> FootLine:
    """The connection in a few words."""
    host = connection.location.rpartition(":")[0] or connection.location
    seconds = connection.seconds_left(now)
    match connection.phase:
        case "online":
            return FootLine("ok", f"Connected · {host}")
        case "connecting":
            return FootLine("warn", f"Connecting · {host}")
        case "waiting" if seconds:
            return FootLine("danger", f"Offline · retry in {seconds} s", "Retry now")
        case "waiting":
            return FootLine("warn", "Offline · connecting", "Retry now")
        case "replaced":
            return FootLine("warn", "Open elsewhere", "Use here")
        case "refused":
            return FootLine("danger", "Refused by the relay", "Retry now")
        case _:
            return FootLine("danger", "Offline", "Retry now")


def header_line(item: ConversationItem, connection: ConnectionItem) -> tuple[Tone | None, str]:
    """Tone and words under the name of a contact, the most important thing first."""
    if item.key_changed:
        return "danger", "Uses another device · compare safety numbers"
    if connection.phase in ("waiting", "refused", "replaced", "closed"):
        return None, "Offline · messages wait on this computer"
    if not item.verified:
        return None, "Not verified yet"
    life = life_text(connection.message_life_ms)
    return None, f"Verified contact · relay keeps messages {life}" if life else "Verified contact"


def life_text(milliseconds: int | None) -> str:
    """A length of time with its unit: `60 s`, `15 min`, `24 h`, `7 days`."""
    if not milliseconds:
        return ""
    seconds = milliseconds // 1000
    for size, unit in ((86_400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size and seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def banner_line(
    item: ConversationItem | None, connection: ConnectionItem, now: float
) -> BannerLine | None:
    """The line across the open conversation, when there is something to say."""
    if connection.phase == "replaced":
        return BannerLine(
            "warn", "monitor", "This profile is in use on another device.", ("Use here",)
        )
    if item is not None and item.key_changed:
        text = f"{item.name} uses another device. Compare safety numbers before you go on."
        return BannerLine("danger", "shieldx", text, ("What is this?", "Compare", "Go on"))
    if connection.phase in ("waiting", "refused", "closed", "connecting"):
        return _lost_line(item, connection, now)
    return None


def _lost_line(
    item: ConversationItem | None, connection: ConnectionItem, now: float
) -> BannerLine | None:
    waiting = item.waiting if item is not None else 0
    long_ago = connection.lost_at is not None and (now - connection.lost_at >= BANNER_AFTER_SECONDS)
    if not (waiting and connection.phase != "connecting") and not long_ago:
        return None
    host = connection.location.rpartition(":")[0] or connection.location
    text = f"No connection to {host}."
    if waiting:
        text += (
            " 1 message will be sent when it returns."
            if waiting == 1
            else f" {waiting} messages will be sent when it returns."
        )
    return BannerLine("danger", "wifioff", text, ("Details", "Retry now"))
