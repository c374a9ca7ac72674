"""Adds a contact by a pasted card, checked while it is typed; beside it the own card to give."""

from __future__ import annotations

import tkinter
from typing import Protocol

from whispr.gui.checks import CardCheck
from whispr.gui.items import OwnItem
from whispr.gui.look import Look
from whispr.gui.views.parts import surface, words
from whispr.gui.widgets.button import Button
from whispr.gui.widgets.field import Field
from whispr.gui.widgets.identicon import Identicon
from whispr.gui.widgets.note import Note
from whispr.gui.widgets.qr import QrCode

WIDTH, LEFT, RIGHT = 700, 370, 232
CHECK_MS = 120


class AddContactActions(Protocol):
    """What the dialog asks for."""

    def check_card(self, text: str) -> None:
        """Judge a pasted text; `show_check` hears the answer."""

    def add(self, card: str, name: str) -> None:
        """Add the contact."""

    def copy_card(self) -> None:
        """Put the own card on the clipboard."""

    def cancel(self) -> None:
        """Close the dialog."""

    def open_known(self, contact_id: int) -> None:
        """He is in the list already: show him."""


class AddContactView:
    """Two columns: theirs and mine."""

    def __init__(
        self, parent: tkinter.Misc, look: Look, actions: AddContactActions, own: OwnItem
    ) -> None:
        self._look = look
        self._actions = actions
        self._timer = ""
        self._check = CardCheck("empty")
        self._name_touched = False
        self._own_name = ""
        self._parent = parent
        px = look.px
        left = surface(parent, "raised")
        left.grid(row=0, column=0, sticky="nw", padx=(0, px(22)))
        right = surface(parent, "raised")
        right.grid(row=0, column=1, sticky="ne")
        parent.columnconfigure(0, weight=1)
        self._make_left(left)
        self._make_right(right, own)

    def _make_left(self, left: tkinter.Misc) -> None:
        look, px = self._look, self._look.px
        words(left, look, "Paste their card", font="small_bold", on="raised").pack(
            anchor="w", pady=(0, px(6))
        )
        self.field = Field(
            *(left, look),
            name="Paste their card",
            placeholder="whispr://…",
            width=LEFT,
            height=38,
            on="raised",
            font="mono_small",
            changed=self._typed,
            submitted=lambda: self.name.focus_set(),
        )
        self.field.pack(anchor="w")
        found = surface(left, "raised")
        found.pack(fill="x", pady=(px(10), px(8)))
        self._identicon = Identicon(found, look, b"", size=44, on="raised")
        self.note = Note(found, look, width=LEFT - 60, on="raised")
        self.note.pack(anchor="w", fill="x")
        self._found = found
        self._address = words(found, look, "", font="mono_small", tone="Dim", on="raised")
        words(left, look, "Name (only you see it)", font="small_bold", on="raised").pack(
            anchor="w", pady=(px(4), px(6))
        )
        self.name = Field(
            *(left, look),
            name="Name",
            width=LEFT,
            height=38,
            on="raised",
            max_characters=64,
            changed=self._name_typed,
            submitted=self.submit,
        )
        self.name.pack(anchor="w")
        words(
            *(left, look),
            "Compare safety numbers afterwards, in person or on a call, before you share "
            "anything sensitive.",
            font="small",
            tone="Dim",
            on="raised",
            wrap=LEFT,
        ).pack(anchor="w", pady=(px(14), px(14)))
        row = surface(left, "raised")
        row.pack(fill="x")
        self.button = Button(row, "Add contact", self.submit, kind="primary", on="raised")
        self.button.pack(side="left")
        self.button.set_enabled(False)
        Button(row, "Cancel", self._actions.cancel, on="raised").pack(side="left", padx=px(10))

    def _make_right(self, right: tkinter.Misc, own: OwnItem) -> None:
        look, px = self._look, self._look.px
        words(right, look, "Your card", font="small_bold", on="raised").pack(
            anchor="w", pady=(0, px(8))
        )
        if own.card:
            QrCode(right, look, own.card, size=RIGHT, on="raised").pack()
        copy = Button(right, "Copy my card", self._copy, on="raised")
        copy.pack(fill="x", pady=(px(12), 0))
        copy.set_enabled(bool(own.card))
        self.copied = Note(right, look, width=RIGHT, icon="", color="ok", on="raised")
        self.copied.pack(fill="x", pady=(px(4), 0))

    def _copy(self) -> None:
        self._actions.copy_card()
        self.copied.set("Copied. Send it to your friend.", icon="check")

    def _typed(self, _text: str) -> None:
        self.button.set_enabled(False)
        if self._timer:
            self._parent.after_cancel(self._timer)
        self._timer = self._parent.after(CHECK_MS, self._ask)

    def _ask(self) -> None:
        self._timer = ""
        self._actions.check_card(self.field.get())

    def show_check(self, check: CardCheck) -> None:
        """What the pasted text is."""
        self._check = check
        is_good = check.verdict == "valid"
        self.field.set_error(check.verdict in ("invalid", "own", "blocked"))
        self._identicon.pack_forget()
        self._address.pack_forget()
        self.note.pack_forget()
        if check.identity:
            self._identicon.set_key(check.identity)
            self._identicon.pack(side="left", padx=(0, self._look.px(12)))
            short = f"{check.address[:14]}…{check.address[-6:]}"
            self._address.configure(text=short)
        color = "ok" if is_good else "text2" if check.verdict == "known" else "danger"
        icon = "check" if is_good else "info" if check.verdict == "known" else "alert"
        self.note.set(check.sentence, icon=icon, color=color)
        self.note.pack(anchor="w", fill="x")
        if check.identity:
            self._address.pack(anchor="w")
        if is_good and not self._name_touched:
            self._own_name = check.name
            self.name.set(check.name)
        self.button.set_text("Open" if check.verdict == "known" else "Add contact")
        self.button.set_enabled(check.verdict in ("valid", "known"))

    def _name_typed(self, text: str) -> None:
        self._name_touched = bool(text) and text != self._own_name

    def submit(self) -> None:
        """Add, or open who is known already."""
        if self._check.verdict == "known" and self._check.contact_id is not None:
            self._actions.open_known(self._check.contact_id)
        elif self._check.verdict == "valid":
            self.button.set_enabled(False)
            self._actions.add(self.field.get(), self.name.get().strip())

    def failed(self, text: str) -> None:
        """It could not be added."""
        self.button.set_enabled(True)
        self.name.set_error(True)
        self.note.set(text, icon="alert", color="danger")
