"""Times as the contact list shows them."""

from __future__ import annotations

import datetime


def short_time(time_ms: int, now_ms: int, zone: datetime.tzinfo | None = None) -> str:
    """`09:20` today, `Yesterday`, a weekday within a week, else `3 Mar` or `3 Mar 2024`."""
    then = datetime.datetime.fromtimestamp(time_ms / 1000, zone)
    now = datetime.datetime.fromtimestamp(now_ms / 1000, zone)
    days = (now.date() - then.date()).days
    if days <= 0:
        return then.strftime("%H:%M")
    if days == 1:
        return "Yesterday"
    if days < 7:
        return then.strftime("%a")
    text = f"{then.day} {then.strftime('%b')}"
    return text if then.year == now.year else f"{text} {then.year}"
