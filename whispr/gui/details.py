"""The details of a message as lines of two columns."""

from __future__ import annotations

import datetime

from whispr.gui.items import MessageItem

_FATES = {
    "queued": "Waits on this computer",
    "accepted": "The relay has it, as ciphertext",
    "delivered": "Decrypted on their device",
    "read": "Read",
    "expired": "Expired before it was fetched",
    "failed": "Not delivered",
}


def message_details(
    item: MessageItem, zone: datetime.tzinfo | None = None
) -> tuple[tuple[str, str], ...]:
    """What is known about a message."""
    lines = [
        ("Direction", "From you" if item.outgoing else "To you"),
        ("Written", _time(item.sent_at_ms, zone)),
    ]
    if not item.outgoing:
        lines.append(("Arrived", _time(item.stored_at_ms, zone)))
    if item.fate is not None:
        lines.append(("State", _FATES[item.fate]))
    if item.reason:
        lines.append(("Reason", item.reason))
    if item.file is not None:
        lines.append(("Size", f"{item.file.size_bytes:,} bytes"))
    if item.kind in ("text", "notice"):
        lines.append(("Length", f"{len(item.text):,} characters"))
    return tuple(lines)


def _time(time_ms: int, zone: datetime.tzinfo | None) -> str:
    then = datetime.datetime.fromtimestamp(time_ms / 1000, zone)
    return f"{then.strftime('%A')}, {then.day} {then.strftime('%B %Y, %H:%M:%S')}"
