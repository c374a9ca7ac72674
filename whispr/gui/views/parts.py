"""Small parts of forms: words on a surface, rows of buttons, columns in the middle."""

from __future__ import annotations

import tkinter
from tkinter import ttk

from whispr.gui.look import Look
from whispr.gui.widgets.button import PREFIXES


def words(
    parent: tkinter.Misc,
    look: Look,
    text: str,
    *,
    font: str = "ui",
    tone: str = "",
    on: str = "bg",
    wrap: float = 0,
    center: bool = False,
) -> ttk.Label:
    """A text in the colour of a tone: "" is the main one, else Dim, Faint, Danger, Ok, Accent."""
    style = f"{PREFIXES[on]}{tone + '.' if tone else ''}TLabel"
    return ttk.Label(
        parent,
        text=text,
        font=look.font(font),
        style=style,
        wraplength=look.px(wrap),
        justify="center" if center else "left",
    )


def surface(parent: tkinter.Misc, on: str = "bg") -> ttk.Frame:
    """An empty part of a surface; its colour follows the theme."""
    return ttk.Frame(parent, style=f"{PREFIXES[on]}TFrame")


def line(parent: tkinter.Misc, on: str = "bg") -> ttk.Frame:
    """A separator one pixel thick; pack or grid decides which way it runs."""
    return ttk.Frame(parent, style=f"{PREFIXES[on]}Line.TFrame", width=1, height=1)


def middle_column(parent: tkinter.Misc) -> ttk.Frame:
    """A frame in the middle of its parent, as large as what is in it."""
    ground = surface(parent)
    ground.pack(fill="both", expand=True)
    column = surface(ground)
    column.place(relx=0.5, rely=0.46, anchor="center")
    return column
