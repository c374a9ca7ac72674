from __future__ import annotations

import tkinter
from collections.abc import Callable
from typing import get_args

import pytest

from whispr.gui.look import Look
from whispr.gui.widgets.button import PREFIXES, Button, ButtonKind


@pytest.mark.parametrize("on", PREFIXES)
@pytest.mark.parametrize("kind", get_args(ButtonKind))
def test_every_kind_on_every_surface(
    window: tkinter.Tk, look: Look, kind: ButtonKind, on: str
) -> None:
    button = Button(window, "Press", kind=kind, on=on)
    button.pack()
    window.update()
    assert button.winfo_height() >= look.px(30)
    assert str(button.cget("style")).startswith(PREFIXES[on])


@pytest.mark.parametrize("key", ["<Return>", "<space>", "<KP_Enter>"])
def test_keys_press_it(
    window: tkinter.Tk, look: Look, focus: Callable[[tkinter.Misc], None], key: str
) -> None:
    pressed: list[str] = []
    button = Button(window, "Press", lambda: pressed.append("!"))
    button.pack()
    focus(button)
    button.event_generate(key)
    if key == "<space>":
        button.event_generate("<KeyRelease-space>")
        window.update()
    assert pressed == ["!"]
    button.set_enabled(False)
    assert not button.is_enabled
    button.event_generate(key)
    button.invoke()
    assert pressed == ["!"]
    button.set_enabled(True)
    assert button.is_enabled


def test_other_words(window: tkinter.Tk, look: Look) -> None:
    button = Button(window, "Unlock")
    button.set_text("Unlocking…")
    assert button.cget("text") == "Unlocking…"
