from __future__ import annotations

import tkinter
from tkinter import ttk

import pytest

from whispr.gui.look import Look
from whispr.gui.style import SURFACES
from whispr.gui.tokens import DARK, LIGHT

KINDS = ("Primary", "Secondary", "Danger", "Link")


@pytest.mark.parametrize("prefix", SURFACES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_button_has_a_style_on_every_surface(
    root: tkinter.Tk, prefix: str, kind: str
) -> None:
    look = Look(root)
    button = ttk.Button(root, text="Press", style=f"{prefix}{kind}.TButton")
    style = ttk.Style(root)
    assert style.lookup(f"{prefix}{kind}.TButton", "background") == look.color(SURFACES[prefix])
    assert 30 <= button.winfo_reqheight() <= 40


@pytest.mark.parametrize("prefix", SURFACES)
def test_labels_stand_on_their_surface(root: tkinter.Tk, prefix: str) -> None:
    look = Look(root)
    style = ttk.Style(root)
    for kind, token in (("", "text"), ("Dim.", "text2"), ("Danger.", "danger"), ("Ok.", "ok")):
        assert style.lookup(f"{prefix}{kind}TLabel", "foreground") == look.color(token)
        assert style.lookup(f"{prefix}{kind}TLabel", "background") == look.color(SURFACES[prefix])


def pixel(root: tkinter.Tk, name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in root.tk.splitlist(root.tk.call(name, "get", 11, 11)))


def test_a_theme_changes_the_same_pictures(root: tkinter.Tk) -> None:
    look = Look(root)
    before = len(root.image_names())
    assert pixel(root, f"{ttk.Style(root).theme_use()}-primary") == (0x4F, 0x4B, 0xC8)
    look.set_theme(DARK)
    assert pixel(root, f"{ttk.Style(root).theme_use()}-primary") == (0x5F, 0x5A, 0xD6)
    assert len(root.image_names()) == before


def test_a_scale_has_its_own_sizes_and_comes_back(root: tkinter.Tk) -> None:
    look = Look(root)
    button = ttk.Button(root, text="Press", style="Primary.TButton")
    small = button.winfo_reqheight()
    look.set_scale(2)
    root.update_idletasks()
    assert button.winfo_reqheight() >= 1.8 * small
    look.set_scale(1)
    root.update_idletasks()
    assert button.winfo_reqheight() == small


def test_dialogs_stay_bright_while_the_window_is_in_the_shade(root: tkinter.Tk) -> None:
    look = Look(root)
    look.set_scrim(True)
    style = ttk.Style(root)
    assert style.lookup("TLabel", "background") == LIGHT.dimmed()["bg"]
    assert style.lookup("Side.TLabel", "background") == LIGHT.dimmed()["sidebar"]
    assert style.lookup("Raised.TLabel", "background") == LIGHT["raised"]


def test_a_disabled_button_is_fainter(root: tkinter.Tk) -> None:
    Look(root)
    style = ttk.Style(root)
    plain = style.lookup("Secondary.TButton", "foreground")
    assert style.lookup("Secondary.TButton", "foreground", ["disabled"]) != plain
