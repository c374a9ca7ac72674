"""A page of a conversation as it crosses the bridge."""

from __future__ import annotations

from dataclasses import dataclass

from whispr.gui.items import MessageItem


@dataclass(frozen=True, slots=True)
class MessagePage:
    """Consecutive messages of one conversation, oldest first."""

    contact_id: int
    items: tuple[MessageItem, ...]
    index: int
    """How many messages of the conversation are older than the first of these."""
    count: int
    """How many messages the whole conversation has."""
