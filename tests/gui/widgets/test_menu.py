from __future__ import annotations

import tkinter

from whispr.gui.look import Look
from whispr.gui.tokens import DARK
from whispr.gui.widgets.menu import SEPARATOR, MenuEntry, build_menu, popup_menu


def test_lines_of_a_menu(window: tkinter.Tk, look: Look) -> None:
    pressed: list[str] = []
    entries = [
        MenuEntry("Copy", lambda: pressed.append("copy"), "Ctrl+C"),
        SEPARATOR,
        MenuEntry("Reply", is_enabled=False),
        MenuEntry("Delete here", lambda: pressed.append("delete"), is_dangerous=True),
    ]
    menu = build_menu(window, look, entries)
    assert [menu.type(index) for index in range(4)] == [
        *("command", "separator"),
        *("command", "command"),
    ]
    assert menu.entrycget(0, "accelerator") == "Ctrl+C"
    assert str(menu.entrycget(3, "foreground")) == look.color("danger")
    menu.invoke(0)
    menu.invoke(2)
    menu.invoke(3)
    assert pressed == ["copy", "delete"]


def test_a_menu_has_the_colours_of_the_theme(window: tkinter.Tk, look: Look) -> None:
    look.set_theme(DARK)
    menu = build_menu(window, look, [MenuEntry("Copy")])
    assert str(menu.cget("background")) == DARK["raised"]


def test_a_menu_opens_takes_keys_and_frees_itself(window: tkinter.Tk, look: Look) -> None:
    pressed: list[str] = []
    menu = popup_menu(window, look, [MenuEntry("Copy", lambda: pressed.append("!"))], 100, 100)
    window.update()
    assert menu.winfo_ismapped()
    menu.focus_force()
    window.update()
    menu.event_generate("<Down>")
    menu.event_generate("<Return>")
    while menu.winfo_exists():
        window.tk.dooneevent(0)
    assert pressed == ["!"]
