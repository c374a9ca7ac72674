"""The menu of a contact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whispr.gui.items import ConversationItem
from whispr.gui.widgets.menu import SEPARATOR, MenuEntry

if TYPE_CHECKING:
    from whispr.gui.desk import Desk


def contact_entries(desk: Desk, item: ConversationItem) -> list[MenuEntry]:
    """What can be done with a contact, from his row or his header."""
    dialogs, app, contact_id = desk.dialogs, desk.app, item.contact_id
    entries = [
        MenuEntry("Open", lambda: desk.open_contact(contact_id)),
        MenuEntry("Rename…", lambda: dialogs.rename(item)),
        MenuEntry("Compare safety numbers…", lambda: dialogs.verify(contact_id), "Ctrl+Shift+V"),
        MenuEntry("Copy address", lambda: app.clipboard.copy(item.address)),
    ]
    if item.verified:
        entries.append(
            MenuEntry(
                "Take back verification",
                lambda: app.ask(lambda: app.actions.set_verified(contact_id, False)),
            )
        )
    entries += [
        SEPARATOR,
        MenuEntry("Clear conversation…", lambda: dialogs.wipe(item), is_dangerous=True),
        MenuEntry("Block…", lambda: dialogs.block(item), is_dangerous=True),
        MenuEntry("Remove contact…", lambda: dialogs.remove(item), is_dangerous=True),
    ]
    return entries
