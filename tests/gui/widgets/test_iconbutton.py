from __future__ import annotations

import tkinter
from collections.abc import Callable

import pytest

from whispr.gui.look import Look
from whispr.gui.widgets.iconbutton import IconButton


def pictures(button: IconButton) -> list[str]:
    return [str(button.tk.call(button, "itemcget", item, "-image")) for item in button.find_all()]


@pytest.mark.parametrize("solid", [False, True])
def test_every_state_looks_different(
    window: tkinter.Tk, look: Look, focus: Callable[[tkinter.Misc], None], solid: bool
) -> None:
    button = IconButton(window, look, "send", tip="Send", solid=solid)
    button.pack()
    window.update()
    states = [pictures(button)]
    button.event_generate("<Enter>")
    states.append(pictures(button))
    button.event_generate("<Leave>")
    assert pictures(button) == states[0]
    focus(button)
    states.append(pictures(button))
    button.set_enabled(False)
    states.append(pictures(button))
    assert len({tuple(state) for state in states}) == 4


def test_another_icon_has_another_tip(window: tkinter.Tk, look: Look) -> None:
    button = IconButton(window, look, "shieldx", tip="Not verified")
    button.pack()
    window.update()
    before = pictures(button)
    button.set_icon("shield", tip="Verified", color="ok")
    assert pictures(button) != before
    assert button.tooltip.text == "Verified"


def test_it_is_as_large_as_asked(window: tkinter.Tk, look: Look) -> None:
    button = IconButton(window, look, "send", tip="Send", size=40)
    assert button.size_px == (40, 40)
    look.set_scale(2)
    assert button.size_px == (80, 80)
