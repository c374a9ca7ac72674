from __future__ import annotations

import tkinter
from collections.abc import Callable

import pytest

from whispr.gui.look import Look
from whispr.gui.widgets.slider import Slider

VALUES = (75, 100, 150, 200)


@pytest.fixture
def told() -> list[int]:
    return []


@pytest.fixture
def slider(window: tkinter.Tk, look: Look, told: list[int]) -> Slider:
    made = Slider(window, look, VALUES, 100, told.append, name="Text size")
    made.pack()
    window.update()
    return made


def test_keys_move_it_and_stop_at_the_ends(
    slider: Slider, focus: Callable[[tkinter.Misc], None], told: list[int]
) -> None:
    focus(slider)
    for key in ("Right", "Up", "Right", "Left", "Home", "Down", "End"):
        slider.event_generate(f"<{key}>")
    assert told == [150, 200, 150, 75, 200]


def test_the_mouse_moves_it(slider: Slider, told: list[int]) -> None:
    slider.event_generate("<Button-1>", x=185, y=10)
    slider.event_generate("<B1-Motion>", x=-50, y=10)
    slider.event_generate("<B1-Motion>", x=-60, y=10)
    assert told == [200, 75]


def test_the_program_sets_the_nearest_value_silently(slider: Slider, told: list[int]) -> None:
    slider.set(140)
    assert slider.value == 150
    slider.set(9999)
    assert slider.value == 200
    assert told == []


def test_the_focus_is_seen(slider: Slider, focus: Callable[[tkinter.Misc], None]) -> None:
    plain = len(slider.find_all())
    focus(slider)
    assert len(slider.find_all()) == plain + 1
