from __future__ import annotations

import tkinter

from whispr.gui.look import Look
from whispr.gui.widgets.meter import Meter


def fills(meter: Meter) -> list[str]:
    return [
        str(meter.tk.call(meter, "itemcget", item, "-fill"))
        for item in meter.find_all()
        if str(meter.type(item)) == "rectangle"
    ]


def test_bars_fill_up(window: tkinter.Tk, look: Look) -> None:
    meter = Meter(window, look)
    meter.pack()
    window.update()
    assert set(fills(meter)) == {look.color("field_bg")}
    meter.set(2, "warn")
    assert fills(meter).count(look.color("warn")) == fills(meter).count(look.color("field_bg"))
    meter.set(9)
    assert meter.level == 4
    assert set(fills(meter)) == {look.color("ok")}
    meter.set(-1)
    assert meter.level == 0
