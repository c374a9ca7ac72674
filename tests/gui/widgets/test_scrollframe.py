from __future__ import annotations

import tkinter
from collections.abc import Callable

import pytest

from whispr.gui.look import Look
from whispr.gui.tokens import DARK
from whispr.gui.widgets.scrollframe import ScrollFrame


@pytest.fixture
def frame(window: tkinter.Tk, look: Look) -> ScrollFrame:
    made = ScrollFrame(window, look)
    made.place(x=0, y=0, width=300, height=200)
    window.update()
    return made


def fill(window: tkinter.Tk, frame: ScrollFrame, rows: int) -> list[tkinter.Entry]:
    entries = [tkinter.Entry(frame.body) for _row in range(rows)]
    for entry in entries:
        entry.pack()
    window.update()
    return entries


def top(frame: ScrollFrame) -> int:
    return frame.body.winfo_y()


def test_a_bar_comes_with_the_need_for_it(window: tkinter.Tk, frame: ScrollFrame) -> None:
    entries = fill(window, frame, 3)
    assert not frame.bar.winfo_ismapped()
    entries += fill(window, frame, 30)
    assert frame.bar.winfo_ismapped()
    for entry in entries[3:]:
        entry.destroy()
    window.update()
    assert not frame.bar.winfo_ismapped()


@pytest.mark.parametrize("event", ["<Button-5>", "<MouseWheel>"])
def test_the_wheel_over_anything_inside_moves_it(
    window: tkinter.Tk, frame: ScrollFrame, event: str
) -> None:
    entry = fill(window, frame, 30)[1]
    options = {"delta": -120} if event == "<MouseWheel>" else {}
    entry.event_generate(event, **options)
    window.update()
    assert top(frame) == -60
    frame.to_top()
    window.update()
    assert top(frame) == 0


def test_the_wheel_does_nothing_where_everything_is_seen(
    window: tkinter.Tk, frame: ScrollFrame
) -> None:
    fill(window, frame, 3)[0].event_generate("<Button-5>")
    window.update()
    assert top(frame) == 0


def test_the_focus_is_brought_into_view(
    window: tkinter.Tk, frame: ScrollFrame, focus: Callable[[tkinter.Misc], None]
) -> None:
    entries = fill(window, frame, 40)
    for entry in (entries[-1], entries[0], entries[20]):
        focus(entry)
        window.update()
        shown = entry.winfo_rooty() - frame.winfo_rooty()
        assert 0 <= shown <= 200 - entry.winfo_height()


def test_its_content_is_as_wide_as_it_is(window: tkinter.Tk, frame: ScrollFrame) -> None:
    fill(window, frame, 3)
    assert frame.body.winfo_width() == 300
    fill(window, frame, 30)
    assert frame.body.winfo_width() < 300


def test_it_follows_the_theme(look: Look, frame: ScrollFrame) -> None:
    look.set_theme(DARK)
    assert frame.body.cget("background") == DARK["bg"]
