from __future__ import annotations

import tkinter
from collections.abc import Callable

from whispr.gui.look import Look
from whispr.gui.widgets.toggle import Toggle


def pictures(toggle: Toggle) -> list[str]:
    return [str(toggle.tk.call(toggle, "itemcget", item, "-image")) for item in toggle.find_all()]


def test_a_person_switches_it(
    window: tkinter.Tk, look: Look, focus: Callable[[tkinter.Misc], None]
) -> None:
    told: list[bool] = []
    toggle = Toggle(window, look, False, told.append, name="Sound")
    toggle.pack()
    focus(toggle)
    toggle.event_generate("<space>")
    toggle.event_generate("<Return>")
    toggle.event_generate("<Button-1>", x=5, y=5)
    toggle.event_generate("<ButtonRelease-1>", x=5, y=5)
    assert told == [True, False, True]
    assert toggle.value
    toggle.set_enabled(False)
    toggle.event_generate("<space>")
    assert told == [True, False, True]


def test_the_program_sets_it_silently(window: tkinter.Tk, look: Look) -> None:
    told: list[bool] = []
    toggle = Toggle(window, look, False, told.append)
    toggle.pack()
    window.update()
    off = pictures(toggle)
    knob = toggle.coords(toggle.find_all()[-1])
    toggle.set(True)
    assert pictures(toggle) != off
    assert toggle.coords(toggle.find_all()[-1])[0] > knob[0]
    assert told == []


def test_the_focus_is_seen(
    window: tkinter.Tk, look: Look, focus: Callable[[tkinter.Misc], None]
) -> None:
    toggle = Toggle(window, look, True)
    toggle.pack()
    window.update()
    plain = pictures(toggle)
    focus(toggle)
    assert len(pictures(toggle)) == len(plain) + 1
