"""What is known about a message."""

from __future__ import annotations

import tkinter
from collections.abc import Sequence

from whispr.gui.look import Look
from whispr.gui.views.parts import words


class DetailsView:
    """Two columns."""

    def __init__(self, parent: tkinter.Misc, look: Look, lines: Sequence[tuple[str, str]]) -> None:
        px = look.px
        for row, (label, text) in enumerate(lines):
            words(parent, look, label, font="small_bold", tone="Dim", on="raised").grid(
                row=row, column=0, sticky="nw", padx=(0, px(18)), pady=px(4)
            )
            words(parent, look, text, on="raised", wrap=300).grid(
                row=row, column=1, sticky="w", pady=px(4)
            )
