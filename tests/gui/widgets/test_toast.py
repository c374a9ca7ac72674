from __future__ import annotations

import tkinter

import pytest

from whispr.gui.look import Look
from whispr.gui.tokens import DARK
from whispr.gui.widgets.toast import MAX_TOASTS, Toasts


@pytest.fixture
def toasts(window: tkinter.Tk, look: Look) -> Toasts:
    return Toasts(window, look)


def timers(window: tkinter.Tk) -> int:
    return len(window.tk.splitlist(window.tk.call("after", "info")))


def test_messages_stack_at_the_bottom(window: tkinter.Tk, toasts: Toasts) -> None:
    lower = toasts.show("First")
    upper = lower
    lower = toasts.show("Second", "danger")
    window.update()
    assert [toast.text for toast in toasts.shown] == ["First", "Second"]
    assert upper.winfo_y() + upper.winfo_height() < lower.winfo_y()
    assert lower.winfo_y() + lower.winfo_height() < window.winfo_height()
    middle = lower.winfo_x() + lower.winfo_width() / 2
    assert abs(middle - window.winfo_width() / 2) <= 1


def test_they_go_by_themselves_but_not_under_the_pointer(
    window: tkinter.Tk, toasts: Toasts
) -> None:
    before = timers(window)
    toast = toasts.show("Copied")
    window.update()
    assert timers(window) == before + 1
    toast.event_generate("<Enter>")
    assert timers(window) == before
    toast.event_generate("<Leave>")
    assert timers(window) == before + 1
    toasts.dismiss(toast)
    assert timers(window) == before
    toasts.show("Stays", duration_ms=0)
    assert timers(window) == before


def test_the_time_runs_out(window: tkinter.Tk, toasts: Toasts) -> None:
    toasts.show("Copied", duration_ms=1)
    while toasts.shown:
        window.tk.dooneevent(0)
    assert toasts.shown == ()


def test_so_many_and_each_once(toasts: Toasts) -> None:
    for number in range(MAX_TOASTS + 2):
        toasts.show(f"Message {number}")
    assert [toast.text for toast in toasts.shown] == ["Message 2", "Message 3", "Message 4"]
    toasts.show("Message 3")
    assert [toast.text for toast in toasts.shown] == ["Message 2", "Message 4", "Message 3"]
    toasts.clear()
    assert toasts.shown == ()


def test_an_action_is_done_and_the_message_goes(window: tkinter.Tk, toasts: Toasts) -> None:
    pressed: list[str] = []
    toast = toasts.show("Failed", "danger", actions=[("Details", lambda: pressed.append("!"))])
    window.update()
    toast.buttons[0].invoke()
    assert pressed == ["!"]
    assert toasts.shown == ()
    other = toasts.show("Failed again")
    other.close.invoke()
    assert toasts.shown == ()


def test_they_keep_their_colours_in_the_shade_and_follow_the_theme(
    window: tkinter.Tk, look: Look, toasts: Toasts
) -> None:
    toast = toasts.show("Copied")
    window.update()
    look.set_scrim(True)
    window.update()
    assert toast.cget("background") == look.overlay.color("raised")
    look.set_scrim(False)
    look.set_theme(DARK)
    window.update()
    assert toast.cget("background") == DARK["raised"]


def test_long_words_wrap(window: tkinter.Tk, toasts: Toasts) -> None:
    short = toasts.show("Short")
    tall = toasts.show("A very long message that needs several lines to be read " * 4)
    window.update()
    assert tall.winfo_height() > short.winfo_height()
    assert tall.winfo_width() < window.winfo_width()
