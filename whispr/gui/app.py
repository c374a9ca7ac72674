"""`App`: one window on one profile; which screen it shows, what a lock and the end do."""

from __future__ import annotations

import logging
import tkinter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

from whispr.client.profile import KeyFileAccess, ProfilePaths
from whispr.errors import WhisprError
from whispr.gui.appearance import Appearance
from whispr.gui.backend.account import Account
from whispr.gui.backend.actions import Actions
from whispr.gui.backend.hosting import Hosting
from whispr.gui.backend.loading import LOAD_AFTER_MS, load_client
from whispr.gui.backend.notifications import load_notifications
from whispr.gui.backend.programs import run_program
from whispr.gui.backend.session import Session
from whispr.gui.bridge import Bridge
from whispr.gui.closing import Closing
from whispr.gui.copies import Copies
from whispr.gui.desk import Desk
from whispr.gui.entrance import Entrance
from whispr.gui.garbage import Garbage
from whispr.gui.idle import Idle
from whispr.gui.news import News, NotificationClicked, Opened
from whispr.gui.places import places
from whispr.gui.services.clipboard import Clipboard
from whispr.gui.services.dnd import load_dnd
from whispr.gui.services.filedialog import FileDialog
from whispr.gui.services.notify import best_notifier
from whispr.gui.services.openlink import Opener
from whispr.gui.services.urgency import Urgency
from whispr.gui.settings_file import SettingsFile
from whispr.gui.widgets.dialog import Dialog
from whispr.gui.widgets.toast import Toasts

LOG = logging.getLogger("whispr.gui")
MIN_WIDTH, MIN_HEIGHT = 480, 420
Work = Callable[[], Coroutine[Any, Any, Any]]


class App:
    """Everything of one window; `run` returns when it is closed.

    Args:
        environment: what the process was started with.
        which: finds a program, as `shutil.which`.
    """

    def __init__(
        self,
        root: tkinter.Tk,
        folder: Path,
        *,
        environment: Mapping[str, str],
        which: Callable[[str], str | None],
        access: KeyFileAccess | None = None,
        system_is_dark: Callable[[], bool | None] = lambda: None,
    ) -> None:
        self.root = root
        self.paths = ProfilePaths(folder)
        self.which = which
        self.environment = environment
        self.settings = SettingsFile(folder)
        self._said: list[str] = []
        self.appearance = Appearance(
            root,
            self.settings,
            environment=environment,
            say=self.say,
            system_is_dark=system_is_dark,
        )
        self.look = self.appearance.look
        self.garbage = Garbage(root)
        self.bridge = Bridge(root, handle=self._heard, defect=self.defect)
        self.session = Session(self.bridge.emit, access=access)
        self.actions = Actions(self.session)
        self.account = Account(self.session)
        self.hosting = Hosting()
        self.clipboard = Clipboard(root, which=which)
        self.urgency = Urgency(root, self.look)
        self.files = FileDialog(root, self._run_then, which=which, environment=environment)
        self.notifier = best_notifier(
            *(which, self.start_program, self.bridge.ask),
            load_notifications(lambda number: self.bridge.emit(NotificationClicked(number))),
        )
        self.opener = Opener(self.start_program)
        self.dnd = load_dnd(root)
        self.toasts = Toasts(root, self.look)
        self.idle = Idle(
            root,
            minutes=lambda: self.settings.current.idle_minutes,
            expired=self.lock,
            touched=self.garbage.touch,
        )
        self._asked: set[int] = set()
        self._screen: tkinter.Misc | None = None
        self._dialogs: list[Dialog] = []
        self.copies = Copies()
        self.closing = Closing(self)
        self.desk: Desk | None = None
        self.entrance = Entrance(self)
        self._prepare_root()

    def _prepare_root(self) -> None:
        px = self.look.px
        # Emoji and names never reach the title; a view may be anything but smaller than this.
        self.root.minsize(px(MIN_WIDTH), px(MIN_HEIGHT))
        width = min(px(1120), self.root.winfo_screenwidth() - 80)
        height = min(px(740), self.root.winfo_screenheight() - 100)
        self.root.geometry(f"{width}x{height}")
        self.root.protocol("WM_DELETE_WINDOW", self.quit)
        self.root.report_callback_exception = self._callback_failed
        self.root.bind("<Unmap>", self._unmapped)
        self.root.bind("<FocusIn>", self._focused)
        self.look.subscribe(self._recolor)
        self.appearance.on_rescale(self._rescale)
        self._recolor()
        self.urgency.show("Whispr", unread=False)

    def run(self) -> None:
        """Show the first screen and stay until the window is closed."""
        self.begin()
        # While the PIN is typed; what opens the profile would wait for it otherwise.
        self.root.after(LOAD_AFTER_MS, lambda: self.bridge.ask(load_client))
        self.root.mainloop()

    def begin(self) -> None:
        """Show the first screen: who has a profile unlocks it."""
        self.entrance.show()

    def begin_anew(self) -> None:
        """The profile was set aside: the first run follows."""
        self.settings.change(name="", hosted_relay="")
        self.entrance.show()

    # Screens.

    def show(self, make: Callable[[tkinter.Misc], tkinter.Misc]) -> None:
        """Destroy what is shown and show another screen in its place."""
        self._forget()
        self.close_dialogs()
        if self._screen is not None:
            self._screen.destroy()
        holder = tkinter.Frame(self.root, background=self.look.color("bg"))
        holder.pack(fill="both", expand=True)
        self._screen = holder
        make(holder)

    def _forget(self) -> None:
        for request_id in self._asked:
            self.bridge.forget(request_id)
        self._asked.clear()

    def entered(self, opened: Opened) -> None:
        """A profile is unlocked: to the main window."""
        if self.settings.current.name != opened.own.name:
            self.settings.change(name=opened.own.name)
        self.desk = Desk(self, opened)
        self.desk.show()

    def lock(self) -> None:
        """Destroy every view, drop the keys, and ask for the PIN."""
        if self.desk is None:
            return
        desk, self.desk = self.desk, None
        work = desk.leaving()
        self.clipboard.clear_secret()
        self.toasts.clear()
        self.entrance.show()
        self.urgency.show("Whispr", unread=False)
        self.garbage.collect()
        self.bridge.ask(work)

    def close(self) -> None:
        """End everything but the window; what is queued is on the disk, so nobody is asked."""
        work = self.desk.leaving() if self.desk is not None else self.session.close
        self.desk = None

        async def farewell() -> None:
            await work()
            await self.hosting.stop()

        self.clipboard.close()
        self._forget()
        self.close_dialogs()
        self.idle.close()
        self.appearance.close()
        self.bridge.close(farewell)
        self.garbage.close()
        self.copies.close()

    def quit(self) -> None:
        """Close the window; asks first while a file is being sent."""
        self.closing.begin()

    def end(self) -> None:
        """Close the window now."""
        self.close()
        self.root.destroy()

    def dialog(self, title: str, width: float) -> Dialog:
        """A dialog over what is shown; it goes when the screen does."""
        assert self._screen is not None, "a screen is shown first"
        opened = Dialog(self._screen, self.look, title, width=width)
        self._dialogs = [dialog for dialog in self._dialogs if dialog.winfo_exists()]
        self._dialogs.append(opened)
        return opened

    def close_dialogs(self) -> bool:
        """Close every dialog; False when there was none."""
        still = [dialog for dialog in self._dialogs if dialog.winfo_exists()]
        for dialog in reversed(still):
            dialog.close()
        self._dialogs = []
        return bool(still)

    # Between the threads.

    def ask(
        self,
        work: Work,
        then: Callable[[Any], object] | None = None,
        failed: Callable[[WhisprError], object] | None = None,
    ) -> None:
        """Ask the network thread for the screen that is shown; forgotten when it goes."""
        numbers: list[int] = []

        def done(value: Any) -> None:
            self._asked.difference_update(numbers)
            if then is not None:
                then(value)

        def refused(error: WhisprError) -> None:
            self._asked.difference_update(numbers)
            (failed or self.say_error)(error)

        numbers.append(self.bridge.ask(work, done, refused))
        self._asked.update(numbers)

    def start_program(self, command: Sequence[str]) -> None:
        """Run a program beside the window; whether it succeeds is its own matter."""
        self.bridge.ask(lambda: run_program(command), None, self.say_error)

    def _run_then(self, command: Sequence[str], ended: Callable[[tuple[int, str]], object]) -> None:
        self.ask(lambda: run_program(command), ended)

    def _heard(self, news: News) -> None:
        if self.desk is not None:
            self.desk.heard(news)

    # What a person is told.

    def say(self, text: str) -> None:
        """A short sentence at the edge of the window."""
        if hasattr(self, "toasts"):
            self.toasts.show(text)
        else:
            self._said.append(text)

    def say_error(self, error: WhisprError) -> None:
        """What went wrong, in a sentence."""
        text = str(error) or "That did not work"
        self.toasts.show(text[:1].upper() + text[1:] + ("" if text.endswith(".") else "."))

    def defect(self, error: BaseException) -> None:
        """Something nobody expected: the log says where, the person that it happened."""
        LOG.error("unexpected %s %s", type(error).__name__, places(error))
        self.toasts.show("Something went wrong inside Whispr. It goes on; the log says where.")

    def _callback_failed(
        self, _type: type[BaseException], error: BaseException, _traceback: object
    ) -> None:
        self.defect(error)

    # What happens to the window.

    def _unmapped(self, event: tkinter.Event[tkinter.Misc]) -> None:
        if event.widget is self.root and self.settings.current.lock_on_minimise:
            self.lock()

    def _focused(self, event: tkinter.Event[tkinter.Misc]) -> None:
        if event.widget is self.root:
            self.appearance.refresh()
            if self.desk is not None:
                self.desk.window_focused()

    def _recolor(self) -> None:
        self.root.configure(background=self.look.color("bg"))
        if isinstance(self._screen, tkinter.Frame):
            self._screen.configure(background=self.look.color("bg"))

    def _rescale(self) -> None:
        if self.desk is not None:
            self.desk.show()
        else:
            self.entrance.show()
