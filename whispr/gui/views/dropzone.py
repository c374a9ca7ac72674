"""What lies over the conversation while files are dragged over the window."""

from __future__ import annotations

import tkinter

from whispr.gui.drawing import elided
from whispr.gui.look import Look
from whispr.gui.widgets.drawn import Drawn


class DropZone(Drawn):
    """Says what happens when the files are let go."""

    def __init__(self, parent: tkinter.Misc, look: Look) -> None:
        self._who = ""
        self._limit = ""
        super().__init__(parent, look, on="accent_soft")

    def show(self, name: str, limit: str) -> None:
        """Cover the parent; `limit` is the largest file in words, such as `10 MB`."""
        self._who, self._limit = name, limit
        self.place(x=0, y=0, relwidth=1, relheight=1)
        self.tk.call("raise", str(self))
        self.redraw()

    def hide(self) -> None:
        """The files went elsewhere, or were let go."""
        self.place_forget()

    def paint(self) -> None:
        """A dashed frame, the paper clip, two lines."""
        look, px = self.look, self.look.px
        width, height = self.size_px
        middle, edge, line = height // 2 - px(35), px(18), max(2, px(2))
        self.create_rectangle(
            *(edge, edge, width - edge, height - edge),
            outline=look.color("accent_text"),
            width=line,
            dash=(px(6), px(4)),
        )
        disc = look.images.disc(64, "accent", "accent_soft")
        clip = look.images.icon("clip", 28, "on_accent", "accent")
        for picture in (disc, clip):
            self.create_image(width // 2, middle, image=picture)
        limit = f"Up to {self._limit}. " if self._limit else ""
        for words, role, token, down in (
            (f"Drop to send to {self._who}", "h2", "text", 57),
            (f"{limit}Encrypted before upload.", "small", "text2", 82),
        ):
            font = look.font(role)
            self.create_text(
                *(width // 2, middle + px(down)),
                text=elided(words, width - px(60), font.measure),
                font=font,
                fill=look.color(token),
            )
