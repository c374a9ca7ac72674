"""Messages for the tests of the conversation."""

from __future__ import annotations

from dataclasses import replace

from whispr.gui.items import FileItem, FileState, MessageItem

NOON_MS = 1_780_315_200_000
"""Monday, 1 June 2026, 12:00 UTC."""
MINUTE_MS = 60_000


def text_item(message_id: int, text: str = "", **changes: object) -> MessageItem:
    """A message of ours or theirs, one minute after the one with the id before."""
    at = NOON_MS + message_id * MINUTE_MS
    item = MessageItem(
        message_id=message_id,
        contact_id=1,
        outgoing=False,
        kind="text",
        text=text or f"message {message_id}",
        sent_at_ms=at,
        stored_at_ms=at,
    )
    return replace(item, **changes)  # type: ignore[arg-type]


def file_item(message_id: int, state: FileState, **changes: object) -> MessageItem:
    """A message that carries a file."""
    file = FileItem("report.pdf", 842_000, state)
    for name in ("name", "size_bytes", "done_bytes", "preview", "reason"):
        if name in changes:
            file = replace(file, **{name: changes.pop(name)})  # type: ignore[arg-type]
    item = text_item(message_id, kind="file", file=file, **changes)
    return replace(item, text="")
