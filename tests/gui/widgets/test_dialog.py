from __future__ import annotations

import gc
import tkinter
import weakref
from collections.abc import Callable

import pytest

from whispr.gui.look import Look
from whispr.gui.widgets.dialog import Dialog

Focus = Callable[[tkinter.Misc], None]


@pytest.fixture
def behind(window: tkinter.Tk) -> tkinter.Entry:
    entry = tkinter.Entry(window)
    entry.pack()
    window.update()
    return entry


def make(window: tkinter.Tk, look: Look, rows: int = 2) -> tuple[Dialog, list[tkinter.Entry]]:
    dialog = Dialog(window, look, "Title", width=400)
    entries = [tkinter.Entry(dialog.body) for _row in range(rows)]
    for entry in entries:
        entry.pack()
    return dialog, entries


def test_it_takes_focus_and_input_and_gives_them_back(
    window: tkinter.Tk, look: Look, behind: tkinter.Entry, focus: Focus
) -> None:
    focus(behind)
    dialog, entries = make(window, look)
    dialog.open(entries[0])
    window.update()
    assert window.focus_get() is entries[0]
    assert window.grab_current() is dialog
    assert look.is_shaded
    dialog.close()
    window.update()
    assert window.focus_get() is behind
    assert window.grab_current() is None
    assert not look.is_shaded
    dialog.close()


def test_escape_closes_it_and_the_window_does_not_hear_it(
    window: tkinter.Tk, look: Look, focus: Focus
) -> None:
    heard: list[str] = []
    window.bind("<Escape>", lambda _event: heard.append("window"))
    told: list[str] = []
    dialog = Dialog(window, look, "Title", width=400, closed=lambda: told.append("closed"))
    entry = tkinter.Entry(dialog.body)
    entry.pack()
    dialog.open(entry)
    focus(entry)
    entry.event_generate("<Escape>")
    window.update()
    assert told == ["closed"]
    assert not dialog.winfo_exists()
    assert heard == []
    window.focus_force()
    window.event_generate("<Escape>")
    assert heard == ["window"]
    window.unbind("<Escape>")


def test_tab_stays_inside_in_both_directions(
    window: tkinter.Tk, look: Look, behind: tkinter.Entry, focus: Focus
) -> None:
    dialog, entries = make(window, look)
    dialog.open(entries[0])
    focus(entries[0])
    seen = []
    for _press in range(7):
        widget = window.focus_get()
        assert widget is not None
        widget.event_generate("<Tab>")
        window.update()
        seen.append(window.focus_get())
    assert behind not in seen
    assert set(entries) < set(seen)
    for _press in range(4):
        widget = window.focus_get()
        assert widget is not None
        widget.event_generate("<<PrevWindow>>")
        window.update()
        assert str(window.focus_get()).startswith(f"{dialog}.")
    dialog.close()


def test_dialogs_above_each_other_close_one_by_one(
    window: tkinter.Tk, look: Look, behind: tkinter.Entry, focus: Focus
) -> None:
    focus(behind)
    lower, lower_entries = make(window, look)
    lower.open(lower_entries[0])
    focus(lower_entries[0])
    upper, upper_entries = make(window, lower.inner)
    upper.open(upper_entries[0])
    focus(upper_entries[0])
    assert look.is_shaded
    assert lower.inner.is_shaded
    upper_entries[0].event_generate("<Escape>")
    window.update()
    assert lower.is_open
    assert not lower.inner.is_shaded
    assert window.grab_current() is lower
    assert window.focus_get() is lower_entries[0]
    lower_entries[0].event_generate("<Escape>")
    window.update()
    assert not lower.is_open
    assert window.focus_get() is behind


def test_it_is_as_tall_as_its_content_and_never_taller_than_the_window(
    window: tkinter.Tk, look: Look
) -> None:
    small, _entries = make(window, look, rows=2)
    small.open()
    window.update()
    height = small.winfo_height()
    assert height < 200
    assert abs(small.winfo_x() + 200 - window.winfo_width() / 2) <= 1
    tkinter.Entry(small.body).pack()
    window.update()
    assert small.winfo_height() > height
    small.close()
    tall, _entries = make(window, look, rows=80)
    tall.open()
    window.update()
    assert tall.winfo_height() == 640 - 24
    window.geometry("640x440")
    while window.winfo_height() != 440:
        window.tk.dooneevent(0)
    window.update()
    assert tall.winfo_height() == 440 - 24
    tall.close()


def test_a_window_that_is_taken_down_takes_it_along(window: tkinter.Tk, look: Look) -> None:
    frame = tkinter.Frame(window)
    frame.pack(fill="both", expand=True)
    window.update()
    dialog = Dialog(frame, look, "Title", width=300)
    dialog.open()
    window.update()
    frame.destroy()
    window.update()
    assert not look.is_shaded
    assert window.grab_current() is None
    assert window.tk.call("bind", ".", "<Escape>") == ""


def test_a_closed_dialog_is_forgotten(window: tkinter.Tk, look: Look) -> None:
    def open_and_close() -> weakref.ref[Dialog]:
        dialog, _entries = make(window, look)
        dialog.open()
        window.update()
        dialog.close()
        window.update()
        return weakref.ref(dialog)

    kept = open_and_close()
    gc.collect()
    assert kept() is None


def test_opening_and_closing_leaves_nothing_in_tk(window: tkinter.Tk, look: Look) -> None:
    def counts() -> tuple[int, ...]:
        tcl = window.tk
        return (
            len(tcl.splitlist(tcl.call("info", "commands"))),
            len(tcl.splitlist(tcl.call("after", "info"))),
            len(look.overlay._subscribers),
        )

    seen = []
    for _time in range(4):
        dialog, _entries = make(window, look, rows=3)
        dialog.open()
        window.update()
        dialog.close()
        window.update()
        gc.collect()
        seen.append(counts())
    assert seen[1] == seen[3]
