"""Keeps the items on the canvas equal to the rows in view, with as few changes as possible."""

from __future__ import annotations

import tkinter
from collections.abc import Callable
from typing import Literal

from whispr.gui.conversation.dates import day_of
from whispr.gui.conversation.overlay import Overlay, Thumb, thumb_of
from whispr.gui.conversation.painter import RowPainter, row_tag
from whispr.gui.conversation.rows import Rows
from whispr.gui.conversation.text import TALL_VIEWS
from whispr.gui.conversation.thumbnails import Thumbnails
from whispr.gui.conversation.viewport import Viewport
from whispr.gui.look import Look

_HELLO_TAG = "hello"
_HELLO: tuple[tuple[str, str, str, Literal["n", "s"]], ...] = (
    ("Say hello.", "h2", "text", "s"),
    ("Compare safety numbers first.", "ui", "text2", "n"),
)


class Stage:
    """What is drawn: rows that left go, rows that came are drawn, the others are moved."""

    def __init__(
        self,
        canvas: tkinter.Canvas,
        look: Look,
        rows: Rows,
        viewport: Viewport,
        *,
        clock_ms: Callable[[], int],
        redraw: Callable[[int], None],
    ) -> None:
        self._canvas = canvas
        self._look = look
        self._rows = rows
        self._viewport = viewport
        self._thumbnails = Thumbnails(canvas, redraw)
        self.painter = RowPainter(canvas, look, self._thumbnails, lambda: day_of(clock_ms()))
        self.overlay = Overlay(canvas, look)
        self.drawn: dict[int, int] = {}
        """Message id -> the top at which it is drawn."""
        self.width = 0
        self.height = 0
        self.updates = 0
        """How often it was brought up to date: what arrives together is drawn together."""

    def clear(self) -> None:
        """Nothing of the conversation stays in an item or a picture."""
        self.drawn.clear()
        self._thumbnails.clear()
        self.painter.forget()
        self._canvas.delete("all")
        self.overlay.forget()

    def update(self, new: int, *, is_empty: bool = False) -> None:
        """Draw what changed; `new` stands on the button that jumps to the latest message."""
        self._canvas.delete(_HELLO_TAG)
        if is_empty and self.height:
            self._say_hello()
        rows = self._viewport.rows if self.height else []
        in_view = {row.message_id for row in rows}
        for message_id in [key for key in self.drawn if key not in in_view]:
            self._canvas.delete(row_tag(message_id))
            del self.drawn[message_id]
        for row in rows:
            drawn_at = self.drawn.get(row.message_id)
            is_tall = row.height > TALL_VIEWS * self.height and drawn_at != row.top
            if drawn_at is None or is_tall or row.message_id in self._rows.stale:
                self._canvas.delete(row_tag(row.message_id))
                measure = self._rows.measure(row.message_id)
                self.painter.paint(measure, row.top, self.width, self.height)
            elif drawn_at != row.top:
                self._canvas.move(row_tag(row.message_id), 0, row.top - drawn_at)
            self.drawn[row.message_id] = row.top
        self._rows.stale.clear()
        self._rows.keep_measures(in_view)
        self.updates += 1
        jump = bool(rows) and not self._viewport.stick_to_bottom
        self.overlay.update(self._thumb(), jump=jump, new=new)

    def _say_hello(self) -> None:
        look, place = self._look, (self.width // 2, self.height // 2)
        for words, font, color, anchor in _HELLO:
            self._canvas.create_text(
                *place,
                text=words,
                font=look.font(font),
                fill=look.color(color),
                anchor=anchor,
                justify="center",
                width=max(1, self.width - look.px(40)),
                tags=_HELLO_TAG,
            )

    def _thumb(self) -> Thumb | None:
        rows, loaded, px = self._viewport.rows, self._rows.loaded, self._look.px
        if not rows or not self.height:
            return None
        first, last = rows[0], rows[-1]
        start: float = loaded.index + loaded.place(first.message_id)
        start += max(0, -first.top) / max(1, first.height)
        end: float = loaded.index + loaded.place(last.message_id) + 1
        end -= max(0, last.bottom - self.height) / max(1, last.height)
        count = max(1, loaded.count)
        return thumb_of(start / count, end / count, self.height - px(8), px(36))
