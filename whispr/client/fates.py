"""Moves outgoing messages forward and says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whispr.client.events import FateChanged
from whispr.client.store.message import Direction, Fate

if TYPE_CHECKING:
    from whispr.client.store.profile_store import ProfileStore


def wait(store: ProfileStore, contact_id: int, content_id: bytes, why: str) -> FateChanged | None:
    """Note why a message to `contact_id` still waits here; None if that is known."""
    if not store.notes.note_waiting(content_id, contact_id, why):
        return None
    message = store.history.find(contact_id, Direction.OUT, content_id)
    assert message is not None, "it was changed just now"
    return FateChanged(message.message_id, contact_id, content_id, Fate.QUEUED, why)


def advance(
    store: ProfileStore, contact_id: int, content_id: bytes, fate: Fate, reason: str = ""
) -> FateChanged | None:
    """Move a message to `contact_id` forward; None if it would be no step forward."""
    if not store.history.advance_fate(content_id, contact_id, fate, reason):
        return None
    message = store.history.find(contact_id, Direction.OUT, content_id)
    if message is None:
        return None
    return FateChanged(message.message_id, contact_id, content_id, fate, reason)
