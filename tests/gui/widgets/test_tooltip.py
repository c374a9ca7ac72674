from __future__ import annotations

import tkinter

import pytest

from whispr.gui.look import Look
from whispr.gui.widgets.tooltip import Tooltip


@pytest.fixture
def anchor(window: tkinter.Tk) -> tkinter.Frame:
    frame = tkinter.Frame(window, width=40, height=40)
    frame.place(x=850, y=590)
    window.update()
    return frame


def labels(window: tkinter.Tk) -> list[tkinter.Label]:
    return [child for child in window.winfo_children() if isinstance(child, tkinter.Label)]


def test_it_stays_inside_the_window_and_off_its_widget(
    window: tkinter.Tk, look: Look, anchor: tkinter.Frame
) -> None:
    tip = Tooltip(anchor, look, "A tip that is longer than its widget is wide")
    tip.show()
    window.update()
    (label,) = labels(window)
    right = label.winfo_rootx() + label.winfo_width()
    assert right <= window.winfo_rootx() + window.winfo_width()
    assert label.winfo_rooty() + label.winfo_height() <= anchor.winfo_rooty()
    tip.hide()
    assert not labels(window)


@pytest.mark.parametrize("event", ["<Leave>", "<Button-1>", "<FocusOut>", "<Key-a>"])
def test_it_goes_when_something_happens(
    window: tkinter.Tk, look: Look, anchor: tkinter.Frame, event: str
) -> None:
    tip = Tooltip(anchor, look, "Tip")
    tip.show()
    anchor.focus_force()
    window.update()
    tip.show()
    anchor.event_generate(event)
    window.update()
    assert not tip.is_shown


def test_it_comes_after_a_moment_and_not_after_leaving(
    window: tkinter.Tk, look: Look, anchor: tkinter.Frame
) -> None:
    tip = Tooltip(anchor, look, "Tip")
    before = len(window.tk.splitlist(window.tk.call("after", "info")))
    anchor.event_generate("<Enter>")
    assert len(window.tk.splitlist(window.tk.call("after", "info"))) == before + 1
    anchor.event_generate("<Leave>")
    assert len(window.tk.splitlist(window.tk.call("after", "info"))) == before
    assert not tip.is_shown


def test_it_goes_with_its_widget(window: tkinter.Tk, look: Look, anchor: tkinter.Frame) -> None:
    Tooltip(anchor, look, "Tip").show()
    anchor.destroy()
    window.update()
    assert not labels(window)


def test_nothing_to_say_and_nowhere_to_be(
    window: tkinter.Tk, look: Look, anchor: tkinter.Frame
) -> None:
    Tooltip(anchor, look, "").show()
    Tooltip(tkinter.Frame(window), look, "Tip").show()
    assert not labels(window)
