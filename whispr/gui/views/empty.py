"""The right part while no conversation is open."""

from __future__ import annotations

import tkinter
from typing import Protocol

from whispr.gui.look import Look
from whispr.gui.views.parts import middle_column, surface, words
from whispr.gui.widgets.button import Button
from whispr.gui.widgets.logo import Logo


class EmptyActions(Protocol):
    """What it offers."""

    def copy_card(self) -> None:
        """Put the own card on the clipboard."""

    def show_card(self) -> None:
        """Show the own card as a QR code."""

    def add_contact(self) -> None:
        """Add somebody."""


class EmptyView(tkinter.Frame):
    """Says what to do first, or that a conversation can be chosen."""

    def __init__(
        self, parent: tkinter.Misc, look: Look, actions: EmptyActions, *, has_contacts: bool
    ) -> None:
        super().__init__(parent, bd=0, background=look.color("bg"))
        px = look.px
        column = middle_column(self)
        Logo(column, look, size=72).pack(pady=(0, px(26)))
        if has_contacts:
            words(column, look, "Choose a conversation", font="h1").pack()
            text = "Or press Ctrl K and type a name or a word."
            words(column, look, text, tone="Dim").pack(pady=(px(6), 0))
            return
        words(column, look, "Start your first conversation", font="h1").pack()
        words(
            *(column, look),
            "Send your card to a friend, then add theirs.\n"
            "Messages are encrypted on this computer before they leave.",
            tone="Dim",
            center=True,
        ).pack(pady=(px(6), px(18)))
        row = surface(column)
        row.pack()
        self.copy = Button(row, "Copy my card", actions.copy_card, kind="primary")
        self.copy.pack(side="left", padx=(0, px(10)))
        Button(row, "Show QR code", actions.show_card).pack(side="left", padx=(0, px(10)))
        self.add = Button(row, "Add a contact", actions.add_contact)
        self.add.pack(side="left")
        hint = "Ctrl N  add a contact      Ctrl L  lock      F1  all shortcuts"
        words(column, look, hint, font="small", tone="Dim").pack(pady=(px(26), 0))
