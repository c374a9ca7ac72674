"""What the network thread tells the window: frozen values, several changes in one."""

from __future__ import annotations

from dataclasses import dataclass

from whispr.gui.items import ConnectionItem, ConversationItem, MessageItem, OwnItem, RequestItem


@dataclass(frozen=True, slots=True)
class Opened:
    """A profile is unlocked: everything the first look needs."""

    own: OwnItem
    conversations: tuple[ConversationItem, ...]
    requests: tuple[RequestItem, ...]
    connection: ConnectionItem


@dataclass(frozen=True, slots=True)
class PeopleNews:
    """Rows of the contact list changed: all of them, in their order."""

    conversations: tuple[ConversationItem, ...]
    requests: tuple[RequestItem, ...]
    own: OwnItem


@dataclass(frozen=True, slots=True)
class MessageNews:
    """Messages came or changed; both in the order of their ids."""

    added: tuple[MessageItem, ...] = ()
    changed: tuple[MessageItem, ...] = ()
    removed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ConnectionNews:
    """The connection to our relay changed."""

    connection: ConnectionItem


@dataclass(frozen=True, slots=True)
class HistoryNews:
    """A conversation was wiped or reordered: what is shown of it is to be read again."""

    contact_id: int


@dataclass(frozen=True, slots=True)
class NotificationClicked:
    """Somebody clicked on the notification about a contact."""

    contact_id: int


News = PeopleNews | MessageNews | ConnectionNews | HistoryNews | NotificationClicked
