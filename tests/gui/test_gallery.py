"""The gallery of `tools.gallery` shows every widget in every theme and at every scale."""

from __future__ import annotations

import tkinter

import pytest

from tools import gallery
from whispr.gui.icons import ICONS
from whispr.gui.look import Look
from whispr.gui.tokens import DARK, LIGHT, Theme


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
def test_everything_is_drawn(root: tkinter.Tk, theme: Theme, scale: float) -> None:
    look = Look(root, theme, scale)
    gallery.build(root, look, icons=False)
    shown = gallery.dialog(root, look)
    root.update()
    shown.open()
    root.update()
    assert shown.winfo_ismapped()
    shown.close()
    look.set_theme(DARK if theme is LIGHT else LIGHT)
    root.update()


def test_every_icon_is_on_the_sheet(root: tkinter.Tk) -> None:
    look = Look(root)
    sheet = gallery.IconSheet(root, look, height=400)
    sheet.pack(fill="both", expand=True)
    root.update()
    assert len(sheet.find_all()) > len(ICONS)
