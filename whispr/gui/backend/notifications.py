"""Notifications with `desktop-notifier`, where that optional library is installed."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from whispr.gui.services.notify import Notification

LIBRARY = "desktop_notifier"
MAX_CHARACTERS = 160


class DesktopNotifications:
    """One notification for each contact; its methods run in the network thread.

    Args:
        notifier: a `DesktopNotifier` of the library.
        clicked: hears the id of the contact whose notification was clicked.
    """

    def __init__(self, notifier: Any, clicked: Callable[[int], object]) -> None:
        self._notifier = notifier
        self._clicked = clicked
        self._shown: dict[int, Any] = {}

    async def show(self, shown: Notification) -> None:
        """Show one, in place of an earlier one of the same contact."""
        await self.clear(shown.contact_id)
        self._shown[shown.contact_id] = await self._notifier.send(
            title=shown.title[:MAX_CHARACTERS],
            message=shown.body[:MAX_CHARACTERS],
            on_clicked=lambda: self._clicked(shown.contact_id),
        )

    async def clear(self, contact_id: int) -> None:
        """Take it back; nothing happens when there is none."""
        known = self._shown.pop(contact_id, None)
        if known is not None:
            await self._notifier.clear(known)


def load_notifications(clicked: Callable[[int], object]) -> DesktopNotifications | None:
    """None where the library is not installed."""
    try:
        library = importlib.import_module(LIBRARY)
    except ImportError:
        return None
    return DesktopNotifications(library.DesktopNotifier(app_name="Whispr"), clicked)
