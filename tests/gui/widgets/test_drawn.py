from __future__ import annotations

import tkinter
from collections.abc import Callable

import pytest

from whispr.gui.look import Look
from whispr.gui.tokens import DARK
from whispr.gui.widgets.drawn import Drawn, Pressable

Focus = Callable[[tkinter.Misc], None]


class Spot(Drawn):
    """Counts how often it was painted."""

    painted = 0

    def paint(self) -> None:
        self.painted += 1
        self.create_text(0, 0, text="x")


@pytest.fixture
def pressed() -> list[str]:
    return []


@pytest.fixture
def button(window: tkinter.Tk, look: Look, pressed: list[str]) -> Pressable:
    made = Pressable(window, look, lambda: pressed.append("!"), width=40, height=30)
    made.pack()
    window.update()
    return made


def test_it_paints_again_when_the_look_changes(window: tkinter.Tk, look: Look) -> None:
    spot = Spot(window, look, width=40, height=20, on="sidebar")
    spot.pack()
    window.update()
    before = spot.painted
    look.set_theme(DARK)
    assert spot.painted == before + 1
    assert spot.cget("background") == DARK["sidebar"]
    assert len(spot.find_all()) == 1
    look.set_scale(2)
    window.update()
    assert spot.size_px == (80, 40)
    spot.set_size(height=30)
    window.update()
    assert spot.size_px == (80, 60)


def test_it_knows_the_size_it_asks_for(window: tkinter.Tk, look: Look) -> None:
    assert Spot(window, look, width=40, height=20).size_px == (40, 20)


def test_a_widget_that_is_gone_is_not_painted(window: tkinter.Tk, look: Look) -> None:
    spot = Spot(window, look, width=40, height=20)
    spot.destroy()
    before = spot.painted
    look.set_theme(DARK)
    assert spot.painted == before


@pytest.mark.parametrize("key", ["<Return>", "<space>", "<KP_Enter>"])
def test_keys_press_it(button: Pressable, focus: Focus, pressed: list[str], key: str) -> None:
    focus(button)
    assert button.has_focus
    button.event_generate(key)
    assert pressed == ["!"]


def test_the_tab_key_reaches_it_and_not_while_disabled(
    window: tkinter.Tk, look: Look, button: Pressable, focus: Focus
) -> None:
    other = Pressable(window, look, None, width=40, height=30)
    last = Pressable(window, look, None, width=40, height=30)
    other.pack()
    last.pack()
    window.update()
    assert button.tk_focusNext() is other
    other.set_enabled(False)
    assert button.tk_focusNext() is last


def test_the_mouse_presses_it_when_let_go_inside(button: Pressable, pressed: list[str]) -> None:
    button.event_generate("<Button-1>", x=5, y=5)
    assert pressed == []
    button.event_generate("<ButtonRelease-1>", x=9, y=9)
    assert pressed == ["!"]
    button.event_generate("<Button-1>", x=5, y=5)
    button.event_generate("<ButtonRelease-1>", x=500, y=5)
    button.event_generate("<ButtonRelease-1>", x=5, y=5)
    assert pressed == ["!"]


def test_nothing_presses_what_is_disabled(
    button: Pressable, focus: Focus, pressed: list[str]
) -> None:
    focus(button)
    button.set_enabled(False)
    button.set_enabled(False)
    button.event_generate("<Return>")
    button.event_generate("<Button-1>", x=5, y=5)
    button.event_generate("<ButtonRelease-1>", x=5, y=5)
    button.invoke()
    assert pressed == []
    assert button.cget("cursor") == "arrow"
    button.set_enabled(True)
    button.invoke()
    assert pressed == ["!"]


def test_the_pointer_lights_it(button: Pressable) -> None:
    button.event_generate("<Enter>")
    assert button.is_lit
    button.set_enabled(False)
    assert not button.is_lit
    button.event_generate("<Leave>")
    assert not button.is_hovered
