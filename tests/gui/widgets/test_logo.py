from __future__ import annotations

import tkinter

from whispr.gui.look import Look
from whispr.gui.widgets.logo import Logo


def test_it_is_one_picture_of_its_size(window: tkinter.Tk, look: Look) -> None:
    logo = Logo(window, look, size=48)
    logo.pack()
    window.update()
    assert logo.bbox("all") == (0, 0, 48, 48)
    look.set_scale(2)
    window.update()
    assert logo.bbox("all") == (0, 0, 96, 96)
