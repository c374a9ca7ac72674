"""Draws the lines of a message: runs of text, links and emoji, and what of them is selected."""

from __future__ import annotations

import tkinter
from tkinter.font import Font

from whispr.gui.conversation.measure import LENGTHS, RowMeasure
from whispr.gui.conversation.selection import Span
from whispr.gui.look import Look
from whispr.gui.textlayout import Line, Run

FONTS = {"text": "body", "link": "link", "emoji": "emoji"}
"""Kind of a run -> role of its font."""
TALL_VIEWS = 2
"""A row higher than so many views has only its lines in view drawn, and again as it moves."""


class TextPainter:
    """Draws on the canvas of the rows."""

    def __init__(self, canvas: tkinter.Canvas, look: Look) -> None:
        self._canvas = canvas
        self._look = look

    def paint(
        self, row: RowMeasure, top: int, view_height: int, span: Span | None, tag: str
    ) -> None:
        """The lines inside a bubble that are near the view; `span` is what is selected of the
        original text."""
        px, line_height = self._look.px, self._look.line_px
        left, down = row.left + px(LENGTHS.pad_left), top + row.top + px(LENGTHS.pad_top)
        if row.height > TALL_VIEWS * view_height:
            near = range(-line_height, view_height + line_height)
        else:
            near = range(top, top + row.height + 1)
        selected = None
        if span and row.shown:
            selected = row.shown.shown_index(span[0]), row.shown.shown_index(span[1])
        for line in row.lines:
            for run in line.runs if down in near else ():
                self._run(run, left, down, line_height, row.item.outgoing, selected, tag)
            down += line_height

    def centred(
        self, row: RowMeasure, middle: int, top: int, line_height: int, token: str, tag: str
    ) -> None:
        """The lines of a notice, in the small font, without selection."""
        color = self._look.color(token)
        for line in row.lines:
            left = middle - line.width_px // 2
            for run in line.runs:
                font = self._look.font("emoji_small" if run.kind == "emoji" else "small")
                self._put(run.text, left + run.left_px, top + line_height // 2, font, color, tag)
            top += line_height

    def _run(
        self,
        run: Run,
        left: int,
        top: int,
        line_height: int,
        outgoing: bool,
        selected: Span | None,
        tag: str,
    ) -> None:
        theme, font = self._look.theme, self._look.font(FONTS[run.kind])
        side = "out" if outgoing else "in"
        color = theme[f"link_{side}" if run.kind == "link" else f"bubble_{side}_text"]
        left, middle = left + run.left_px, top + line_height // 2
        start, end = (0, 0) if selected is None else self._part(run, selected)
        if start >= end:
            self._put(run.text, left, middle, font, color, tag)
            return
        # Three parts: before, within and behind the selection.
        edges = [left + (font.measure(run.text[:at]) if at else 0) for at in (start, end)]
        edges[1] = left + run.width_px if end == len(run.text) else edges[1]
        marked = "sel_out" if outgoing else "sel"
        self._canvas.create_rectangle(
            *(edges[0], top, edges[1], top + line_height),
            fill=theme[f"{marked}_bg"],
            width=0,
            tags=tag,
        )
        self._put(run.text[:start], left, middle, font, color, tag)
        self._put(run.text[start:end], edges[0], middle, font, theme[f"{marked}_text"], tag)
        self._put(run.text[end:], edges[1], middle, font, color, tag)

    def _part(self, run: Run, selected: Span) -> Span:
        return max(0, selected[0] - run.start), min(len(run.text), selected[1] - run.start)

    def _put(self, text: str, left: int, middle: int, font: Font, color: str, tag: str) -> None:
        if text:
            self._canvas.create_text(
                *(left, middle), anchor="w", text=text, font=font, fill=color, tags=tag
            )


def line_at(row: RowMeasure, down: int, pad_top: int, line_height: int) -> Line | None:
    """The line at a height inside the bubble; the nearest one for a height above or below."""
    if not row.lines:
        return None
    return row.lines[max(0, min(len(row.lines) - 1, (down - pad_top) // line_height))]
