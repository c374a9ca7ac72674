from __future__ import annotations

import tkinter

import segno

from whispr.gui.look import Look
from whispr.gui.tokens import DARK
from whispr.gui.widgets import qr


def test_the_modules_are_those_of_the_code() -> None:
    modules = qr.modules_of("whispr1:abc")
    assert modules is not None
    code = segno.make("whispr1:abc", error="m", micro=False)
    assert [list(row) for row in modules] == [list(row) for row in code.matrix]
    assert len(modules) == 21


def test_the_picture_is_dark_on_white() -> None:
    data = qr.picture((bytes([1, 0]), bytes([0, 1])), 2)
    dark, white = b"\x11\x11\x18", b"\xff\xff\xff"
    row, other = dark * 2 + white * 2, white * 2 + dark * 2
    assert data == b"P6 4 4 255 " + row * 2 + other * 2


def test_it_keeps_its_quiet_zone_in_every_theme(window: tkinter.Tk, look: Look) -> None:
    look.set_theme(DARK)
    code = qr.QrCode(window, look, "whispr1:" + "x" * 120, size=220)
    code.pack()
    window.update()
    assert code.is_drawn
    left, top, right, bottom = code.bbox(code.find_all()[-1])
    modules = qr.modules_of("whispr1:" + "x" * 120)
    assert modules is not None
    pixels = (right - left) // len(modules)
    assert pixels >= 2
    assert min(left, top, 220 - right, 220 - bottom) >= qr.QUIET_MODULES * pixels - 1
    fills = {
        str(code.tk.call(code, "itemcget", item, "-fill"))
        for item in code.find_all()
        if str(code.type(item)) == "rectangle"
    }
    assert fills == {"#ffffff", look.color("border")}


def test_too_long_a_text_says_so(window: tkinter.Tk, look: Look) -> None:
    assert qr.modules_of("x" * 5000) is None
    code = qr.QrCode(window, look, "x" * 5000)
    code.pack()
    window.update()
    assert not code.is_drawn
    assert "Too long" in str(code.tk.call(code, "itemcget", code.find_all()[-1], "-text"))
    code.set_text("short")
    assert code.is_drawn
