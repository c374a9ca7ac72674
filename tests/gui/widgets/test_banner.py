from __future__ import annotations

import tkinter
from collections.abc import Callable

from whispr.gui.look import Look
from whispr.gui.widgets.banner import Banner

LONG = "No connection to relay.example.org. Two messages will be sent when it returns. " * 3


def shown_text(banner: Banner) -> str:
    words = next(item for item in banner.find_all() if str(banner.type(item)) == "text")
    return str(banner.tk.call(banner, "itemcget", words, "-text"))


def test_words_give_way_to_actions(window: tkinter.Tk, look: Look) -> None:
    banner = Banner(window, look, LONG, kind="danger", actions=[("Retry now", bool)])
    banner.pack(fill="x")
    window.update()
    assert shown_text(banner).endswith("…")
    words = next(item for item in banner.find_all() if str(banner.type(item)) == "text")
    assert banner.bbox(words)[2] <= banner.buttons[0].winfo_x()
    assert banner.text == LONG


def test_actions_are_pressed_by_keyboard(
    window: tkinter.Tk, look: Look, focus: Callable[[tkinter.Misc], None]
) -> None:
    pressed: list[str] = []
    banner = Banner(
        *(window, look, "Offline"),
        actions=[("Details", lambda: pressed.append("d")), ("Retry", lambda: pressed.append("r"))],
    )
    banner.pack(fill="x")
    window.update()
    first, second = banner.buttons
    assert first.winfo_x() < second.winfo_x()
    assert first.tk_focusNext() is second
    focus(second)
    second.event_generate("<Return>")
    assert pressed == ["r"]
    banner.set_actions([])
    assert banner.buttons == ()


def test_it_says_something_else(window: tkinter.Tk, look: Look) -> None:
    banner = Banner(window, look, "Retry in 8 s", kind="danger", actions=[("Retry now", bool)])
    banner.pack(fill="x")
    window.update()
    (button,) = banner.buttons
    banner.set("Retry in 7 s")
    assert shown_text(banner) == "Retry in 7 s"
    assert banner.buttons == (button,)
    banner.set("Connected", kind="info", icon="check")
    assert banner.cget("background") == look.color("accent_soft")
    assert button.cget("background") == look.color("accent_soft")
