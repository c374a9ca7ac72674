"""Changes the PIN: the old one, then the new one twice."""

from __future__ import annotations

import tkinter
from collections.abc import Callable
from typing import Any, Protocol

from whispr.gui.look import Look
from whispr.gui.views.parts import words
from whispr.gui.views.secretform import SecretForm
from whispr.gui.widgets.button import Button
from whispr.gui.widgets.note import Note
from whispr.gui.widgets.pinfield import PinField


class SecretActions(Protocol):
    """What it asks for."""

    def check_secret(self, secret: str) -> Any:
        """How good a new PIN is."""

    def change_secret(self, old: str, new: str, reply: Callable[[str, bool], object]) -> None:
        """Seal the keys under another PIN."""


class SecretPage:
    """Three fields and a button."""

    def __init__(
        self, parent: tkinter.Misc, look: Look, actions: SecretActions, *, width: float
    ) -> None:
        self._actions = actions
        px = look.px
        words(parent, look, "The one you use now", font="small_bold", on="raised").pack(
            anchor="w", pady=(0, px(6))
        )
        self.old = PinField(
            *(parent, look),
            name="The one you use now",
            width=width,
            on="raised",
            changed=lambda _text: self._typed(),
        )
        self.old.pack(anchor="w", pady=(0, px(10)))
        self.button = Button(parent, "Change", self.submit, kind="primary", on="raised")
        self.note = Note(parent, look, width=width, on="raised")
        self.form = SecretForm(
            *(parent, look),
            check=actions.check_secret,
            width=width,
            changed=self._typed,
            submitted=self.submit,
            on="raised",
        )
        self.note.pack(fill="x")
        self.button.pack(anchor="w", pady=px(8))
        self._typed()

    def _typed(self) -> None:
        form = getattr(self, "form", None)
        self.button.set_enabled(form is not None and form.is_good and bool(self.old.get()))

    def submit(self) -> None:
        """Change it."""
        if self.form.is_good and self.old.get():
            self.button.set_enabled(False)
            self.note.set("Sealing your keys again…", icon="clock", color="text2")
            self._actions.change_secret(self.old.get(), self.form.secret, self._done)

    def _done(self, text: str, good: bool) -> None:
        if not self.note.winfo_exists():
            return
        self.note.set(text, icon="check" if good else "alert", color="ok" if good else "danger")
        self.old.clear()
        if good:
            self.form.clear()
        self._typed()
