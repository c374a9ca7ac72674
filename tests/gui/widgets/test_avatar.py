from __future__ import annotations

import tkinter

import pytest

from whispr.gui.faces import identicon_cells
from whispr.gui.look import Look
from whispr.gui.widgets.avatar import Avatar, draw_avatar, draw_identicon


def test_a_disc_with_initials_in_its_middle(window: tkinter.Tk, look: Look) -> None:
    canvas = tkinter.Canvas(window)
    draw_avatar(canvas, look, 10, 20, 46, bytes(32), "Alice Archer", "bg", "row")
    disc, letters = canvas.find_withtag("row")
    assert canvas.coords(disc) == [10, 20]
    assert canvas.coords(letters) == [33, 43]
    assert canvas.tk.call(canvas, "itemcget", letters, "-text") == "AA"


@pytest.mark.parametrize("size", [24, 36, 46])
def test_initials_fit_into_their_disc(window: tkinter.Tk, look: Look, size: int) -> None:
    canvas = tkinter.Canvas(window)
    draw_avatar(canvas, look, 0, 0, size, bytes(32), "Walter Wagner", "bg")
    left, top, right, bottom = canvas.bbox(canvas.find_all()[1])
    assert max(right - left, bottom - top) < size


def test_an_identicon_draws_its_cells(window: tkinter.Tk, look: Look) -> None:
    canvas = tkinter.Canvas(window)
    draw_identicon(canvas, look, 0, 0, 0.1, bytes(32), "bg", "ground")
    canvas.delete("all")
    draw_identicon(canvas, look, 0, 0, 48, bytes(32), "bg")
    rectangles = [item for item in canvas.find_all() if str(canvas.type(item)) == "rectangle"]
    cells = [item for item in rectangles if canvas.coords(item)[2] - canvas.coords(item)[0] == 6]
    assert len(cells) == len(identicon_cells(bytes(32)))


def test_faces_stand_in_the_shade_with_the_window(window: tkinter.Tk, look: Look) -> None:
    avatar = Avatar(window, look, bytes(32), "Alice")
    avatar.pack()
    window.update()
    bright = avatar.tk.call(avatar, "itemcget", avatar.find_all()[1], "-fill")
    look.set_scrim(True)
    shaded = avatar.tk.call(avatar, "itemcget", avatar.find_all()[1], "-fill")
    assert (bright, shaded) == ("#ffffff", "#949494")
    look.set_scrim(False)
