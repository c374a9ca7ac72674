"""Every screen of the desktop client as a picture: light and dark, 1x and 2x, and 660 pixels wide.

    python -m tools.screenshots [--out docs/screenshots] [--only 01]

The real views with made-up people at a fixed time, on an Xvfb of its own; ImageMagick takes the
pictures and makes them small.
"""

from __future__ import annotations

import argparse
import dataclasses
import gc
import os
import subprocess
import sys
import tempfile
import time
import tkinter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from tools.screenshot_data import (
    CONVERSATIONS,
    NOW_MS,
    NUMBER,
    ONLINE,
    OWN,
    PEOPLE,
    REQUESTS,
    VALID,
)
from whispr.gui.app import App
from whispr.gui.backend.account import TellOthers
from whispr.gui.desk import Desk
from whispr.gui.items import ConversationItem, MessageItem, SearchHitItem
from whispr.gui.news import ConnectionNews, Opened
from whispr.gui.pages import MessagePage
from whispr.gui.settings_file import SettingsFile
from whispr.gui.views.addcontact import AddContactView
from whispr.gui.views.settings import SettingsView

ROOT = Path(__file__).resolve().parent.parent
WIDTH, HEIGHT, NARROW = 1120, 740, 660
COLORS = 128
View = TypeVar("View", AddContactView, SettingsView)


class FixedActions:
    """Answers as the client would, from what is prepared."""

    def __getattr__(self, _name: str) -> Callable[..., Coroutine[Any, Any, None]]:
        async def nothing(*_arguments: object) -> None:
            return None

        return nothing

    async def page(
        self,
        contact_id: int,
        limit: int,
        *,
        before_id: int | None = None,
        after_id: int | None = None,
        index: int | None = None,
    ) -> MessagePage:
        """Messages of a conversation; all of them fit on a page."""
        items = CONVERSATIONS.get(contact_id, list)()
        chosen = tuple(
            item
            for item in items[index or 0 :]
            if (before_id is None or item.message_id < before_id)
            and (after_id is None or item.message_id > after_id)
        )
        return MessagePage(contact_id, chosen, items.index(chosen[0]) if chosen else 0, len(items))

    async def message(self, message_id: int) -> MessageItem:
        """One of Marta's."""
        return CONVERSATIONS[1]()[message_id - 1]

    async def search(
        self, query: str, contact_id: int | None = None, limit: int = 50
    ) -> tuple[SearchHitItem, ...]:
        """What holds the words."""
        return tuple(
            SearchHitItem(item.message_id, item.contact_id, name, item.text, item.stored_at_ms)
            for name, number in (("Marta Kowalczyk", 1), ("Jonas", 2))
            for item in CONVERSATIONS[number]()
            if query.casefold() in item.text.casefold() and contact_id in (None, number)
        )[:limit]

    async def safety_number(self, contact_id: int) -> str:
        """Twelve groups."""
        return NUMBER

    async def check_card(self, text: str) -> object:
        """Every card is Jonas'."""
        return VALID

    async def blocked(self) -> tuple[object, ...]:
        """Nobody is."""
        return ()


class FixedAccount:
    """The settings of the profile."""

    async def tell_others(self) -> TellOthers:
        """As they are at first."""
        return TellOthers(read_receipts=False, send_here=True, auto_download=True)

    async def relay(self) -> str:
        """An address."""
        return "whispr://relay.example.org:7443"


class Studio:
    """One window in one theme and size."""

    def __init__(self, root: tkinter.Tk, folder: Path, *, theme: str, percent: int) -> None:
        SettingsFile(folder).change(
            name=OWN.name, theme=theme, follow_system=False, text_percent=percent
        )
        self.root = root
        self.app = App(root, folder, environment={}, which=lambda _program: None)
        self.app.actions = FixedActions()  # type: ignore[assignment]
        self.app.account = FixedAccount()  # type: ignore[assignment]

    @property
    def desk(self) -> Desk:
        """The main window."""
        assert self.app.desk is not None
        return self.app.desk

    def settle(self) -> None:
        """Let everything be answered and drawn."""
        for _ in range(12):
            self.root.update()
            self.root.after(15, bool)
            self.root.tk.dooneevent(0)
            self.root.update_idletasks()
        self.root.update()

    def main(
        self,
        selected: int | None = 1,
        *,
        people: tuple[ConversationItem, ...] = PEOPLE,
        requests: bool = False,
    ) -> None:
        """The main window with a conversation."""
        self.leave()
        self.app.entered(Opened(OWN, people, REQUESTS if requests else (), ONLINE))
        self.settle()
        if selected is not None:
            self.desk.open_contact(selected)
        self.settle()
        self.root.focus_force()
        self.settle()

    def leave(self) -> None:
        """Take away what was shown before."""
        self.app.close_dialogs()
        self.app.toasts.clear()
        if self.app.desk is not None:
            self.app.desk.leaving()
            self.app.desk = None
        self.app.settings.change(reading_view=False)

    def changed(self, contact_id: int, **changes: object) -> tuple[ConversationItem, ...]:
        """The people, one of them otherwise."""
        return tuple(
            dataclasses.replace(item, **changes) if item.contact_id == contact_id else item  # type: ignore[arg-type]
            for item in PEOPLE
        )


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
    time.sleep(0.2)


def search_nothing(studio: Studio) -> None:
    """Nothing is found."""
    studio.main()
    studio.desk.main.sidebar.focus_search()
    studio.desk.main.sidebar.field.set("zeppelin")
    studio.desk.search("zeppelin")
    time.sleep(0.2)


def find(studio: Studio) -> None:
    """A word in this conversation."""
    studio.main()
    studio.desk.chat.search_conversation()
    studio.settle()
    assert studio.desk.main.chat is not None
    studio.desk.main.chat.conversation.findbar._typed_text.set("relay")
    time.sleep(0.3)


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


@contextmanager
def display(width: int, height: int) -> Iterator[None]:
    """An X server of our own."""
    readable, writable = os.pipe()
    server = subprocess.Popen(
        [
            *("Xvfb", "-displayfd", str(writable), "-screen", "0", f"{width}x{height}x24"),
            *("-dpi", "96", "-nolisten", "tcp", "-noreset"),
        ],
        pass_fds=(writable,),
        stderr=subprocess.DEVNULL,
    )
    os.close(writable)
    with os.fdopen(readable) as numbers:
        os.environ["DISPLAY"] = f":{numbers.readline().strip()}"
    try:
        yield
    finally:
        server.terminate()
        server.wait(10)


def capture(window: tkinter.Tk, target: Path) -> None:
    """The window as a small PNG."""
    area = f"{window.winfo_width()}x{window.winfo_height()}+{window.winfo_rootx()}"
    area += f"+{window.winfo_rooty()}"
    raw = target.with_suffix(".ppm")
    subprocess.run(
        ["import", "-silent", "-window", "root", "-crop", area, "+repage", str(raw)], check=True
    )
    subprocess.run(
        [
            *("convert", str(raw), "-strip", "-dither", "None", "-colors", str(COLORS)),
            *("-define", "png:compression-level=9", "-define", "png:exclude-chunks=date,time"),
            f"png8:{target}",
        ],
        check=True,
    )
    raw.unlink()


def shoot(out: Path, only: str, theme: str, percent: int, width: int, suffix: str) -> None:
    """Every screen in one theme and size."""
    with tempfile.TemporaryDirectory() as folder:
        root = tkinter.Tk(className="Whispr")
        root.option_add("*insertOffTime", 0)
        studio = Studio(root, Path(folder) / "daniel", theme=theme, percent=percent)
        root.geometry(f"{width * percent // 100}x{HEIGHT * percent // 100}+0+0")
        root.update()
        for name, show in SCREENS.items():
            if only and not name.startswith(only):
                continue
            show(studio)
            studio.settle()
            capture(root, out / f"{name}-{theme}{suffix}.png")
            studio.leave()
        studio.app.quit()


def parse(arguments: list[str]) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "screenshots")
    parser.add_argument("--only", default="", help="screens whose name begins so")
    parser.add_argument("--size", choices=["", "2x", "narrow"], help="one size only; '' is 1x")
    return parser.parse_args(arguments)


def run(arguments: list[str]) -> None:
    """Take all pictures."""
    chosen = parse(arguments)
    chosen.out.mkdir(parents=True, exist_ok=True)
    os.environ["TZ"] = "UTC"
    time.tzset()
    time.time_ns = lambda: NOW_MS * 1_000_000  # the clock of the views stands still
    with display(2 * WIDTH, 2 * HEIGHT):
        for size, percent, width in (("", 100, WIDTH), ("2x", 200, WIDTH), ("narrow", 100, NARROW)):
            if chosen.size not in (None, size):
                continue
            for theme in ("light", "dark"):
                suffix = f"-{size}" if size else ""
                shoot(chosen.out, chosen.only, theme, percent, width, suffix)


if __name__ == "__main__":
    run(sys.argv[1:])
