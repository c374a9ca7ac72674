from __future__ import annotations

import tkinter

from whispr.gui.look import Look
from whispr.gui.widgets.note import Note


def test_long_words_wrap_and_no_words_take_no_room(window: tkinter.Tk, look: Look) -> None:
    note = Note(window, look, width=200)
    note.pack()
    window.update()
    assert note.size_px[1] <= 1 or note.winfo_reqheight() == 1
    note.set("Short.")
    window.update()
    one_line = note.winfo_height()
    note.set("A sentence that is far too long for two hundred pixels on one line.")
    window.update()
    assert note.winfo_height() > 1.8 * one_line
    assert note.text.startswith("A sentence")
    note.set("")
    window.update()
    assert note.winfo_reqheight() == 1
    assert note.find_all() == ()


def test_icon_and_colours_change(window: tkinter.Tk, look: Look) -> None:
    note = Note(window, look, "Both fields match", icon="clock", color="text3")
    note.pack()
    window.update()
    picture = note.tk.call(note, "itemcget", note.find_all()[0], "-image")
    note.set("Both fields match", icon="check", color="ok", text_color="text2")
    assert note.tk.call(note, "itemcget", note.find_all()[0], "-image") != picture
    assert note.tk.call(note, "itemcget", note.find_all()[1], "-fill") == look.color("text2")
