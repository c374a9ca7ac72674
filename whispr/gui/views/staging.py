"""The files that go with the next message: a chip for each, with what is wrong with it."""

from __future__ import annotations

import tkinter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from whispr.gui.conversation.sizes import size_words
from whispr.gui.drawing import draw_box, elided
from whispr.gui.look import Look
from whispr.gui.shown import one_line
from whispr.gui.widgets.drawn import Drawn
from whispr.gui.widgets.iconbutton import IconButton

CHIP_WIDTH, CHIP_HEIGHT, GAP = 236, 52, 10
MAX_ROWS = 3


@dataclass(frozen=True, slots=True)
class StagedItem:
    """A file that was picked or dropped."""

    name: str = field(repr=False)
    size_bytes: int
    problem: str = ""
    """Why it will not be sent, such as `over the 10 MB limit`; empty when it will."""

    @property
    def line(self) -> str:
        """What stands below the name."""
        size = size_words(self.size_bytes)
        return f"{size}: {self.problem}" if self.problem else size


class Staging(Drawn):
    """The strip above the composer; it takes no room while nothing is staged."""

    def __init__(self, parent: tkinter.Misc, look: Look, unstage: Callable[[int], None]) -> None:
        self._unstage = unstage
        self._items: tuple[StagedItem, ...] = ()
        self._buttons: list[IconButton] = []
        super().__init__(parent, look, height=0)

    @property
    def items(self) -> tuple[StagedItem, ...]:
        """What is staged."""
        return self._items

    @property
    def buttons(self) -> Sequence[IconButton]:
        """The x of each chip that is shown."""
        return self._buttons

    @property
    def sendable(self) -> int:
        """How many of them will be sent."""
        return sum(not item.problem for item in self._items)

    def show(self, items: Sequence[StagedItem]) -> None:
        """Show these files."""
        if tuple(items) == self._items:
            return
        self._items = tuple(items)
        for button in self._buttons:
            button.destroy()
        self._buttons = [
            IconButton(
                *(self, self.look, "x", lambda place=place: self._unstage(place)),
                tip=f"Do not send {one_line(item.name, emoji_safe=self.look.emoji_safe)}",
                size=28,
                icon_size=16,
                on="danger_bg" if item.problem else "chip",
            )
            for place, item in enumerate(self._items)
        ]
        self.redraw()

    def paint(self) -> None:
        """The chips in rows; what does not fit is counted."""
        width, px = self.size_px[0], self.look.px
        columns = max(1, (width - px(32) + px(GAP)) // px(CHIP_WIDTH + GAP))
        rows = min(MAX_ROWS, -(-len(self._items) // columns))
        room = columns * MAX_ROWS
        shown = len(self._items) if len(self._items) <= room else room - 1
        for place in range(shown):
            self._chip(place, *self._corner(place, columns))
        if shown < len(self._items):
            left, top = self._corner(shown, columns)
            self.create_text(
                *(left + px(14), top + px(CHIP_HEIGHT // 2)),
                anchor="w",
                text=f"and {len(self._items) - shown} more files",
                font=self.look.font("small"),
                fill=self.look.color("text2"),
            )
        height = rows * (CHIP_HEIGHT + GAP) + 8 if rows else 0
        if round(float(self.cget("height"))) != px(height):
            self.set_size(height=height)

    def _corner(self, place: int, columns: int) -> tuple[int, int]:
        px = self.look.px
        across, down = place % columns, place // columns
        return px(16) + across * px(CHIP_WIDTH + GAP), px(12) + down * px(CHIP_HEIGHT + GAP)

    def _chip(self, place: int, left: int, top: int) -> None:
        look, px, item = self.look, self.look.px, self._items[place]
        ground, ink = ("danger_bg", "danger") if item.problem else ("chip", "text")
        faint = "danger" if item.problem else "text2"
        right, middle = left + px(CHIP_WIDTH), top + px(CHIP_HEIGHT // 2)
        draw_box(self, look, (left, top, right, top + px(CHIP_HEIGHT)), px(12), ground, "bg")
        icon = look.images.icon("alert" if item.problem else "file", 22, faint, ground)
        self.create_image(left + px(14), middle, anchor="w", image=icon)
        name = one_line(item.name, emoji_safe=look.emoji_safe)
        room = px(CHIP_WIDTH - 46 - 32)
        for words, role, color, down, ends in (
            (name, "small_bold", ink, -9, True),
            (item.line, "small", faint, 9, False),
        ):
            font = look.font(role)
            self.create_text(
                *(left + px(46), middle + px(down)),
                anchor="w",
                text=elided(words, room, font.measure, middle=ends),
                font=font,
                fill=look.color(color),
            )
        self.create_window(right - px(8), middle, anchor="e", window=self._buttons[place])
