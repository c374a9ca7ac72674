"""Menus that open at a place: of a message, of a contact."""

from __future__ import annotations

import tkinter
from collections.abc import Sequence
from dataclasses import dataclass

from whispr.gui.look import Look
from whispr.gui.widgets.drawn import Command


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One line of a menu; one without words is a separator."""

    label: str = ""
    command: Command | None = None
    shortcut: str = ""
    is_enabled: bool = True
    is_dangerous: bool = False


SEPARATOR = MenuEntry()


def build_menu(parent: tkinter.Misc, look: Look, entries: Sequence[MenuEntry]) -> tkinter.Menu:
    """The menu in the colours of the look."""
    theme = look.overlay
    menu = tkinter.Menu(
        parent,
        tearoff=False,
        bd=0,
        relief="flat",
        activeborderwidth=look.px(4),
        font=look.font("ui"),
        background=theme.color("raised"),
        foreground=theme.color("text"),
        activebackground=theme.color("selected"),
        activeforeground=theme.color("text"),
        disabledforeground=theme.color("text3"),
    )
    for entry in entries:
        if not entry.label:
            menu.add_separator(background=theme.color("border"))
            continue
        ink = theme.color("danger" if entry.is_dangerous else "text")
        menu.add_command(
            label=entry.label,
            command=entry.command or (lambda: None),
            accelerator=entry.shortcut,
            state="normal" if entry.is_enabled else "disabled",
            foreground=ink,
            activeforeground=ink,
        )
    return menu


def popup_menu(
    parent: tkinter.Misc,
    look: Look,
    entries: Sequence[MenuEntry],
    root_x: int,
    root_y: int,
) -> tkinter.Menu:
    """Open a menu at a place of the screen; it frees itself after it was closed."""
    menu = build_menu(parent, look, entries)
    # Its command runs after the menu is unmapped, so it is destroyed when all that is done.
    menu.bind("<Unmap>", lambda _event: menu.after(100, menu.destroy))
    menu.tk_popup(root_x, root_y)
    return menu
