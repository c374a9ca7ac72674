"""How a row stands to its neighbours: first or last of a group, begins a day, begins the unread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whispr.gui.conversation.dates import day_of

if TYPE_CHECKING:
    from whispr.gui.items import MessageItem

GROUP_MS = 5 * 60 * 1000
"""Messages of one person belong together while less time than this lies between them."""
ALONE = ("notice", "undecryptable", "unsupported")
"""Kinds that are never part of a group of bubbles; only `notice` has no bubble at all."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a row shows because of the rows around it."""

    begins_group: bool
    ends_group: bool
    begins_day: bool
    begins_unread: bool


def standing_of(
    item: MessageItem,
    before: MessageItem | None,
    after: MessageItem | None,
    unread_id: int | None,
) -> Standing:
    """Compare a message with its neighbours; `unread_id` is the first that was new on opening."""
    begins_day = before is None or day_of(before.stored_at_ms) != day_of(item.stored_at_ms)
    return Standing(
        begins_group=before is None or not together(before, item, unread_id),
        ends_group=after is None or not together(item, after, unread_id),
        begins_day=begins_day,
        begins_unread=item.message_id == unread_id,
    )


def together(older: MessageItem, newer: MessageItem, unread_id: int | None) -> bool:
    """Whether two neighbours belong to one group."""
    if older.kind in ALONE or newer.kind in ALONE or newer.message_id == unread_id:
        return False
    if older.outgoing != newer.outgoing:
        return False
    close = abs(newer.stored_at_ms - older.stored_at_ms) < GROUP_MS
    return close and day_of(older.stored_at_ms) == day_of(newer.stored_at_ms)


def needs_line(item: MessageItem) -> bool:
    """Whether a line below the bubble says what became of it."""
    return item.outgoing and item.fate in ("expired", "failed")
