from __future__ import annotations

import tkinter
from collections.abc import Callable

from whispr.gui.look import Look
from whispr.gui.widgets.textbutton import TextButton


def test_it_is_as_wide_as_its_words(window: tkinter.Tk, look: Look) -> None:
    button = TextButton(window, look, "Retry")
    narrow = button.size_px[0]
    assert narrow == look.font("small_bold").measure("Retry") + 12
    button.set_text("Retry now")
    assert button.size_px[0] > narrow
    assert button.text == "Retry now"
    look.set_scale(2)
    assert button.size_px[0] > 2 * narrow


def test_pointer_and_focus_are_seen(
    window: tkinter.Tk, look: Look, focus: Callable[[tkinter.Misc], None]
) -> None:
    pressed: list[str] = []
    button = TextButton(window, look, "Retry now", lambda: pressed.append("!"))
    button.pack()
    window.update()
    plain = len(button.find_all())
    button.event_generate("<Enter>")
    assert [str(button.type(item)) for item in button.find_all()][-1] == "line"
    button.event_generate("<Leave>")
    focus(button)
    assert len(button.find_all()) > plain
    button.event_generate("<Return>")
    assert pressed == ["!"]


def test_another_ground(window: tkinter.Tk, look: Look) -> None:
    button = TextButton(window, look, "Retry now", color="danger", on="danger_bg")
    button.recolor("warn", "warn_bg")
    assert button.cget("background") == look.color("warn_bg")
