"""`Notices`: what is said outside of the window about new messages, and when that is over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from whispr.gui.items import ConversationItem, MessageItem
from whispr.gui.services.notify import Notification, notification
from whispr.gui.shown import without_emoji

if TYPE_CHECKING:
    from whispr.gui.desk import Desk


class Notices:
    """Of one desk. While the window has the focus its list says it all."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._app = desk.app
        self._shown: set[int] = set()

    def tell(self, added: Sequence[MessageItem]) -> None:
        """Messages came."""
        if self._app.root.focus_displayof() is not None:
            return
        incoming = [item for item in added if not item.outgoing and item.kind != "notice"]
        for contact_id in dict.fromkeys(item.contact_id for item in incoming):
            texts = [item.text for item in incoming if item.contact_id == contact_id]
            known = self._desk.state.conversation(contact_id)
            shown = notification(
                self._app.settings.current.notifications,
                contact_id,
                without_emoji(known.name) if known else "Whispr",
                without_emoji(texts[-1]),
                len(texts),
            )
            if shown is not None:
                self._show(shown)

    def _show(self, shown: Notification) -> None:
        self._shown.add(shown.contact_id)
        if not self._app.notifier.show(shown):
            self._app.toasts.show(
                f"{shown.title}: {shown.body}",
                actions=[("Open", lambda: self._desk.open_contact(shown.contact_id))],
            )

    def look(self, conversations: Sequence[ConversationItem]) -> None:
        """Take back what is said about conversations that have been read, or are gone."""
        unread = {item.contact_id for item in conversations if item.unread}
        for contact_id in self._shown - unread:
            self._app.notifier.clear(contact_id)
        self._shown &= unread

    def clear(self) -> None:
        """The window locks: take everything back."""
        self.look(())

    def clicked(self, contact_id: int) -> None:
        """Bring the window to the front with that conversation."""
        root = self._app.root
        root.deiconify()
        root.lift()
        root.focus_force()
        self._desk.open_contact(contact_id)
