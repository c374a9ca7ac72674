"""Every screen that is photographed: a name, and how the window gets there."""

from __future__ import annotations

import dataclasses
import gc
import time
from collections.abc import Callable
from typing import TypeVar

from tools.screenshot_data import ONLINE, OWN, VALID
from tools.screenshot_studio import Studio
from whispr.gui.news import ConnectionNews
from whispr.gui.views.addcontact import AddContactView
from whispr.gui.views.settings import SettingsView

View = TypeVar("View", AddContactView, SettingsView)


def unlock(studio: Studio) -> None:
    """The PIN is asked for."""
    studio.app.paths.folder.mkdir(exist_ok=True)
    entrance = studio.app.entrance
    studio.app.show(entrance._make_unlock)
    assert entrance._unlock is not None
    entrance._unlock.field.set("60418")


def unlock_wrong(studio: Studio) -> None:
    """The PIN was wrong."""
    unlock(studio)
    assert studio.app.entrance._unlock is not None
    studio.app.entrance._unlock.wrong(2, 0.0)


def first_name(studio: Studio) -> None:
    """Step 1."""
    studio.app.show(studio.app.entrance._make_first_run)
    first = studio.app.entrance._first
    assert first is not None and first.field is not None
    first.field.set("Daniel Okafor")


def first_pin(studio: Studio) -> None:
    """Step 2."""
    first_name(studio)
    first = studio.app.entrance._first
    assert first is not None
    first._name_done()
    assert first.form is not None
    first.form.first.set("wombat ledger quartz")
    first.form.second.set("wombat ledger")


def first_relay(studio: Studio) -> None:
    """Step 3."""
    first_name(studio)
    first = studio.app.entrance._first
    assert first is not None
    first.show_relay()


def first_share(studio: Studio) -> None:
    """Step 4."""
    first_name(studio)
    first = studio.app.entrance._first
    assert first is not None
    first.show_share(OWN)


def in_use(studio: Studio) -> None:
    """Another process has the profile."""
    studio.app.show(studio.app.entrance._make_in_use)


def main(studio: Studio) -> None:
    """A conversation."""
    studio.main()


def unread(studio: Studio) -> None:
    """Opened at the line of the new messages."""
    studio.main(2)


def files(studio: Studio) -> None:
    """Files in every state, a picture inside."""
    studio.main(3)


def message_menu(studio: Studio) -> None:
    """Details of a message."""
    studio.main()
    studio.desk.dialogs.details(7)


def add_contact(studio: Studio) -> None:
    """A card was pasted."""
    studio.main()
    studio.desk.add_contact()
    view = newest(AddContactView)
    view.field.set(OWN.card)
    view.show_check(VALID)


def newest(kind: type[View]) -> View:
    """The view that was made last."""
    gc.collect()
    return [item for item in gc.get_objects() if isinstance(item, kind)][-1]


def requests(studio: Studio) -> None:
    """Strangers."""
    studio.main(requests=True)
    studio.desk.show_requests()


def verify(studio: Studio) -> None:
    """Twelve groups of digits."""
    studio.main(2)
    studio.desk.dialogs.verify(2)


def key_changed(studio: Studio) -> None:
    """Somebody uses another device."""
    studio.main(people=studio.changed(1, verified=False, key_changed=True))


def staged(studio: Studio) -> None:
    """Files wait for Enter, one is too large."""
    studio.main()
    folder = studio.app.paths.folder
    small, large = folder / "site-plan.pdf", folder / "recording.mkv"
    for path, size in ((small, 1_300_000), (large, 38_000_000)):
        with path.open("wb") as file:
            file.truncate(size)
    studio.desk.chat.stage_files([small, large])


def connection_lost(studio: Studio) -> None:
    """The relay is away, two messages wait."""
    studio.main(7, people=studio.changed(7, waiting=2, last_fate="queued"))
    now = time.monotonic()
    lost = dataclasses.replace(
        ONLINE, phase="waiting", retry_at=now + 12.2, lost_at=now - 30, reason="connection refused"
    )
    studio.desk.heard(ConnectionNews(lost))


def replaced(studio: Studio) -> None:
    """The profile is open elsewhere."""
    studio.main()
    studio.desk.heard(ConnectionNews(dataclasses.replace(ONLINE, phase="replaced")))


def no_contacts(studio: Studio) -> None:
    """The first look."""
    studio.main(None, people=())


def no_chat(studio: Studio) -> None:
    """Nothing is chosen."""
    studio.main(None)


def no_messages(studio: Studio) -> None:
    """A new contact."""
    studio.main(4)


def search(studio: Studio) -> None:
    """Everything is searched."""
    studio.main()
    studio.desk.main.sidebar.focus_search()
    studio.desk.main.sidebar.field.set("relay")
    studio.desk.search("relay")
    studio.wait(250)


def search_nothing(studio: Studio) -> None:
    """Nothing is found."""
    studio.main()
    studio.desk.main.sidebar.focus_search()
    studio.desk.main.sidebar.field.set("zeppelin")
    studio.desk.search("zeppelin")
    studio.wait(250)


def find(studio: Studio) -> None:
    """A word in this conversation."""
    studio.main()
    studio.desk.chat.search_conversation()
    studio.settle()
    assert studio.desk.main.chat is not None
    studio.desk.main.chat.conversation.findbar._typed_text.set("relay")
    studio.wait(350)


def reading(studio: Studio) -> None:
    """The plain view."""
    studio.main()
    studio.desk.keys.turn_reading_view()
    studio.settle()


def settings_page(name: str) -> Callable[[Studio], None]:
    """One page of the settings."""

    def show(studio: Studio) -> None:
        studio.main()
        studio.desk.show_settings()
        studio.settle()
        view = newest(SettingsView)
        view.show(list(view.names).index(name))

    return show


def shortcuts(studio: Studio) -> None:
    """The sheet."""
    studio.main()
    studio.desk.dialogs.shortcuts()


def error(studio: Studio) -> None:
    """Something did not work."""
    studio.main()
    studio.app.toasts.show(
        "Could not be sent: the disk is full.",
        "danger",
        actions=[("Details", bool), ("Copy", bool)],
        duration_ms=0,
    )


SCREENS: dict[str, Callable[[Studio], None]] = {
    "01-main": main,
    "02-unread": unread,
    "03-unlock": unlock,
    "04-unlock-wrong": unlock_wrong,
    "05-first-run-name": first_name,
    "06-first-run-pin": first_pin,
    "07-first-run-relay": first_relay,
    "08-first-run-share": first_share,
    "09-profile-in-use": in_use,
    "10-files": files,
    "11-details": message_menu,
    "12-add-contact": add_contact,
    "13-requests": requests,
    "14-verify": verify,
    "15-key-changed": key_changed,
    "16-staged": staged,
    "17-connection-lost": connection_lost,
    "18-opened-elsewhere": replaced,
    "19-no-contacts": no_contacts,
    "20-no-chat": no_chat,
    "21-no-messages": no_messages,
    "22-search": search,
    "23-search-nothing": search_nothing,
    "24-find": find,
    "25-reading-view": reading,
    "26-settings": settings_page("Profile"),
    "27-settings-relay": settings_page("Relay"),
    "28-settings-appearance": settings_page("Appearance"),
    "29-settings-lock": settings_page("PIN and lock"),
    "30-shortcuts": shortcuts,
    "31-error": error,
}
