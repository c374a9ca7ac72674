from __future__ import annotations

import tkinter

from whispr.gui.widgets.under import color_at, corner_colors


def test_colours_of_what_lies_below(window: tkinter.Tk) -> None:
    side = tkinter.Frame(window, width=100, height=640, background="#112233")
    side.place(x=0, y=0)
    canvas = tkinter.Canvas(
        window, width=400, height=300, bd=0, highlightthickness=0, background="#ffffff"
    )
    canvas.place(x=100, y=0)
    canvas.create_rectangle(0, 0, 50, 50, fill="#445566", width=0)
    canvas.create_text(25, 25, text="over it")
    above = tkinter.Frame(window, background="#ff0000")
    above.place(x=50, y=25, width=100, height=100)
    window.update()
    assert color_at(above, 60, 30, "none") == "#112233"
    assert color_at(above, 125, 25, "none") == "#445566"
    assert color_at(above, 300, 200, "none") == "#ffffff"
    assert (
        corner_colors(above, 50, 25, 100, 100, "none")
        == (
            *("#112233", "#ffffff"),
            *("#ffffff", "#112233"),
        )
        or corner_colors(above, 50, 25, 99, 100, "none")[1] == "#445566"
    )


def test_later_widgets_lie_above_and_hidden_ones_do_not(window: tkinter.Tk) -> None:
    lower = tkinter.Frame(window, background="#111111")
    upper = tkinter.Frame(window, background="#222222")
    hidden = tkinter.Frame(window, background="#333333")
    above = tkinter.Frame(window)
    for frame in (lower, upper):
        frame.place(x=0, y=0, width=50, height=50)
    window.update()
    assert color_at(above, 10, 10, "none") == "#222222"
    hidden.destroy()
