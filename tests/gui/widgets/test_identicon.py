from __future__ import annotations

import tkinter

from whispr.gui.look import Look
from whispr.gui.widgets.identicon import Identicon


def test_another_key_is_another_picture(window: tkinter.Tk, look: Look) -> None:
    picture = Identicon(window, look, bytes(32))
    picture.pack()
    window.update()

    def drawn() -> list[object]:
        return [(picture.coords(item), str(picture.type(item))) for item in picture.find_all()]

    first = drawn()
    picture.set_key(bytes([1]) * 32)
    assert drawn() != first
    picture.set_key(bytes(32))
    assert drawn() == first
    assert picture.size_px == (48, 48)
