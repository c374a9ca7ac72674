"""The screen that asks for the PIN."""

from __future__ import annotations

import math
import tkinter
from collections.abc import Callable
from typing import Protocol

from whispr.gui.look import Look
from whispr.gui.shown import one_line
from whispr.gui.views.parts import middle_column, surface, words
from whispr.gui.widgets.button import Button
from whispr.gui.widgets.logo import Logo
from whispr.gui.widgets.note import Note
from whispr.gui.widgets.pinfield import PinField
from whispr.gui.widgets.textbutton import TextButton

WIDTH = 320
TICK_MS = 250


class UnlockActions(Protocol):
    """What the screen asks for."""

    def unlock(self, secret: str) -> None:
        """Try a PIN or passphrase."""

    def forgot(self) -> None:
        """The PIN is lost."""


class UnlockView:
    """Greets, takes the PIN, says what was wrong and how long to wait."""

    def __init__(
        self,
        parent: tkinter.Misc,
        look: Look,
        actions: UnlockActions,
        *,
        name: str,
        now: Callable[[], float],
    ) -> None:
        self._parent = parent
        self._actions = actions
        self._now = now
        self._wait_until = 0.0
        self._problem = ""
        self._is_busy = False
        px = look.px
        column = middle_column(parent)
        Logo(column, look, size=72).pack(pady=(0, px(20)))
        shown_name = one_line(name, emoji_safe=look.emoji_safe, limit=40)
        greeting = f"Welcome back, {shown_name}" if shown_name else "Welcome back"
        words(column, look, greeting, font="h1").pack()
        words(column, look, "Enter your PIN to unlock your keys.", tone="Dim").pack(
            pady=(px(4), px(26))
        )
        form = surface(column)
        form.pack()
        words(form, look, "PIN or passphrase", font="small_bold").pack(anchor="w", pady=(0, px(6)))
        self.field = PinField(
            *(form, look),
            width=WIDTH,
            submitted=self.submit,
            changed=lambda _text: self._typed(),
            caps_lock=self._caps_lock,
        )
        self.field.pack()
        self.note = Note(form, look, width=WIDTH)
        self.note.pack(fill="x", pady=(px(2), 0))
        self.button = Button(form, "Unlock", self.submit, kind="primary")
        self.button.pack(fill="x", pady=(px(8), px(14)))
        TextButton(form, look, "Forgot PIN?", actions.forgot).pack()
        foot = words(
            *(column.master, look, "Keys stay on this computer. Nobody can reset this PIN."),
            font="small",
            tone="Dim",
        )
        foot.place(relx=0.5, rely=1.0, y=-px(26), anchor="s")
        self.field.focus_set()

    def submit(self) -> None:
        """Try what was typed."""
        secret = self.field.get()
        if secret and not self._is_busy and self._now() >= self._wait_until:
            self.busy(True)
            self._actions.unlock(secret)

    def busy(self, busy: bool, text: str = "Unlocking…") -> None:
        """While the key is derived nothing can be changed."""
        self._is_busy = busy
        self.field.set_enabled(not busy)
        self.button.set_enabled(not busy)
        self.button.set_text(text if busy else "Unlock")
        if busy:
            self.note.set("")
            self.field.set_error(False)

    def wrong(self, tries_left: int, wait_seconds: float) -> None:
        """The PIN was wrong: empty the field, say what comes next."""
        self.busy(False)
        self.field.clear()
        self.field.set_error(True)
        self.field.focus_set()
        if wait_seconds > 0:
            self._wait_until = self._now() + wait_seconds
            self._count_down()
        else:
            tries = "1 try" if tries_left == 1 else f"{tries_left} tries"
            self._say(f"Wrong PIN. {tries} left before a wait.")

    def failed(self, text: str) -> None:
        """Something else than the PIN is wrong."""
        self.busy(False)
        self._say(text)

    def _say(self, text: str) -> None:
        self._problem = text
        self.note.set(text, icon="alert", color="danger")

    def _count_down(self) -> None:
        left = math.ceil(self._wait_until - self._now())
        if not self._parent.winfo_exists():
            return
        if left > 0:
            self._say(f"Wrong PIN. Try again in {left} s.")
            self.button.set_enabled(False)
            self._parent.after(TICK_MS, self._count_down)
        else:
            self._say("Try again now.")
            self.button.set_enabled(not self._is_busy)

    def _typed(self) -> None:
        if self.field.get() and self.field.has_error and self._now() >= self._wait_until:
            self.field.set_error(False)
            self._problem = ""
            self.note.set("")

    def _caps_lock(self, is_on: bool) -> None:
        if is_on and not self._problem:
            self.note.set("Caps Lock is on.", icon="info", color="warn")
        elif not is_on and not self._problem:
            self.note.set("")
