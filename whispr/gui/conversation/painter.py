"""Draws rows on the canvas; each row has a tag of its own, so it moves and goes as one."""

from __future__ import annotations

import tkinter
from collections.abc import Callable
from datetime import date
from typing import Literal

from whispr.gui.conversation.cards import CardPainter
from whispr.gui.conversation.dates import clock_time, day_name, day_of
from whispr.gui.conversation.measure import LENGTHS, SEND_AGAIN, SHOW_ALL, RowMeasure, foot_words
from whispr.gui.conversation.selection import Selection
from whispr.gui.conversation.text import TextPainter
from whispr.gui.conversation.thumbnails import Thumbnails
from whispr.gui.drawing import draw_box, draw_outlined, elided
from whispr.gui.look import Look
from whispr.gui.tokens import mix

_WHITE = "#ffffff"
Anchor = Literal["nw", "ne", "se", "sw", "w", "e", "center"]


def row_tag(message_id: int) -> str:
    """The tag of everything that belongs to a row."""
    return f"r{message_id}"


class RowPainter:
    """Draws one row after the other."""

    def __init__(
        self,
        canvas: tkinter.Canvas,
        look: Look,
        thumbnails: Thumbnails,
        today: Callable[[], date],
    ) -> None:
        self._canvas = canvas
        self._look = look
        self._today = today
        self._thumbnails = thumbnails
        self._text = TextPainter(canvas, look)
        self._cards = CardPainter(canvas, look)
        self.selection: Selection | None = None
        self.unread_count = 0
        self.flashing: int | None = None
        self.focused: int | None = None

    def forget(self) -> None:
        """Nothing is selected, focused or pointed at."""
        self.selection = self.flashing = self.focused = None
        self.unread_count = 0

    def paint(self, row: RowMeasure, top: int, view_width: int, view_height: int) -> None:
        """Draw a row whose upper edge is there."""
        tag = row_tag(row.item.message_id)
        if row.item.message_id == self.focused:
            self._focus(row, top, tag)
        self._labels(row, top, view_width, tag)
        match row.shape:
            case "notice":
                self._notice(row, top, view_width, tag)
            case "jumbo":
                self._jumbo(row, top, tag)
            case "picture":
                self._picture(row, top, tag)
            case _:
                self._bubble(row, top, view_height, tag)
        self._foot(row, top, tag)
        if row.item.message_id == self.focused:
            self._canvas.tag_raise(tag)

    def radii(self, row: RowMeasure) -> tuple[int, int, int, int]:
        """Of the corners from the upper left one on: those inside a group are small."""
        large, small = self._look.px(16), self._look.px(5)
        upper = large if row.standing.begins_group else small
        lower = large if row.standing.ends_group else small
        if row.item.outgoing:
            return large, upper, lower, large
        return upper, large, large, lower

    def bubble_color(self, row: RowMeasure) -> str:
        """`#rrggbb` of the bubble; another while a search points at it."""
        theme = self._look.theme
        if row.shape == "jumbo":
            return theme["bg"]
        color = theme["bubble_out" if row.item.outgoing else "bubble_in"]
        if row.item.message_id == self.flashing:
            return mix(color, theme["warn"], 0.35)
        return color

    def _labels(self, row: RowMeasure, top: int, view_width: int, tag: str) -> None:
        px, middle = self._look.px, view_width // 2
        if row.standing.begins_day:
            words = day_name(day_of(row.item.stored_at_ms), self._today())
            font = self._look.font("small")
            width = font.measure(words) + px(24)
            left = middle - width // 2
            area = (left, top + px(12), left + width, top + px(34))
            draw_box(self._canvas, self._look, area, px(11), "chip", "bg", tag)
            self._words(middle, top + px(23), words, "small", "text3", tag)
            top += px(LENGTHS.day_height)
        if row.standing.begins_unread:
            self._unread(top + px(LENGTHS.unread_height // 2), view_width, tag)

    def _unread(self, at: int, view_width: int, tag: str) -> None:
        look, px, middle = self._look, self._look.px, view_width // 2
        count = max(1, self.unread_count)
        words = f"{count} new message" + ("s" if count != 1 else "")
        gap = look.font("small_bold").measure(words) // 2 + px(12)
        color = mix(look.theme["accent_text"], look.theme["bg"], 0.6)
        for start, end in ((px(16), middle - gap), (middle + gap, view_width - px(16))):
            self._canvas.create_line(start, at, end, at, fill=color, width=max(1, px(1)), tags=tag)
        self._words(middle, at, words, "small_bold", "accent_text", tag)

    def _notice(self, row: RowMeasure, top: int, view_width: int, tag: str) -> None:
        look, px = self._look, self._look.px
        icon, color = notice_sign(row)
        line_height = look.font("small").metrics("linespace") + px(2)
        down = top + row.top + px(5)
        if row.lines:
            left = view_width // 2 - row.lines[0].width_px // 2 - px(2)
            picture = look.images.icon(icon, 14, color, "bg")
            self._canvas.create_image(
                left, down + line_height // 2, image=picture, anchor="e", tags=tag
            )
        self._text.centred(row, view_width // 2 + px(6), down, line_height, color, tag)

    def _bubble(self, row: RowMeasure, top: int, view_height: int, tag: str) -> None:
        look, px = self._look, self._look.px
        color = self.bubble_color(row)
        area = (row.left, top + row.top, row.right, top + row.bottom)
        draw_box(self._canvas, look, area, self.radii(row), color, "bg", tag)
        if row.shape == "card":
            self._cards.paint(row, top, color, tag)
        else:
            span = self.selection.span(row.item.message_id) if self.selection else None
            self._text.paint(row, top, view_height, span, tag)
            if row.is_cut:
                token = "link_out" if row.item.outgoing else "link_in"
                down = top + row.top + px(LENGTHS.pad_top) + len(row.lines) * look.line_px
                left, middle = row.left + px(LENGTHS.pad_left), down + look.line_px // 2
                self._words(left, middle, SHOW_ALL, "small_bold", token, tag, "w")
        meta = "bubble_out_meta" if row.item.outgoing else "bubble_in_meta"
        self._meta(row, row.right - px(12), top + row.bottom - px(13), meta, color, tag)

    def _jumbo(self, row: RowMeasure, top: int, tag: str) -> None:
        look, px, item = self._look, self._look.px, row.item
        left = row.right - px(4) if item.outgoing else row.left + px(4)
        self._canvas.create_text(
            *(left, top + row.top),
            anchor="ne" if item.outgoing else "nw",
            text=row.jumbo,
            font=look.font("jumbo"),
            fill=look.theme["text"],
            tags=tag,
        )
        selected = self.selection and self.selection.span(item.message_id)
        time_width = look.font("meta").measure(clock_time(item.stored_at_ms))
        right = row.right - px(6) if item.outgoing else row.left + px(6) + time_width
        token = "accent_text" if selected else "text3"
        self._meta(row, right, top + row.bottom - px(8), token, look.theme["bg"], tag)

    def _picture(self, row: RowMeasure, top: int, tag: str) -> None:
        look, px = self._look, self._look.px
        upper, lower = top + row.top, top + row.bottom
        picture = self._thumbnails.get(row.item, max(row.width, row.body_height))
        back = "bubble_out" if row.item.outgoing else "bubble_in"
        area = (row.left, upper, row.right, lower)
        if picture is None or picture.width() < row.width or picture.height() < row.body_height:
            draw_box(self._canvas, look, area, self.radii(row), back, "bg", tag)
        if picture is not None:
            middle = (row.left + row.width // 2, upper + row.body_height // 2)
            self._canvas.create_image(*middle, image=picture, tags=tag)
            self._round_off(area, self.radii(row), tag)
        time_width = look.font("meta").measure(clock_time(row.item.stored_at_ms))
        pill = time_width + px(16) + (px(22) if row.item.outgoing and row.item.fate else 0)
        self._cards.time_pill(row.right - px(8), lower - px(8), pill, tag)
        self._meta(row, row.right - px(16), lower - px(18), _WHITE, "#3a3a44", tag)

    def _round_off(
        self, area: tuple[int, int, int, int], radii: tuple[int, int, int, int], tag: str
    ) -> None:
        left, upper, right, lower = area
        places: tuple[tuple[int, int, Anchor], ...] = (
            (left, upper, "nw"),
            (right, upper, "ne"),
            (right, lower, "se"),
            (left, lower, "sw"),
        )
        for corner, (across, down, anchor) in enumerate(places):
            mask = self._cards.corner_mask(corner, radii[corner])
            self._canvas.create_image(across, down, anchor=anchor, image=mask, tags=tag)

    def _meta(
        self, row: RowMeasure, right: int, middle: int, token: str, on: str, tag: str
    ) -> None:
        look, px, item = self._look, self._look.px, row.item
        if item.outgoing and item.fate:
            color = look.color(token)
            read = item.fate == "read" and row.shape not in ("picture", "jumbo")
            picture = look.images.tick(item.fate, _WHITE if read else color, on)
            self._canvas.create_image(right + px(1), middle, anchor="e", image=picture, tags=tag)
            right -= px(22)
        self._words(right, middle, clock_time(item.stored_at_ms), "meta", token, tag, "e")

    def _foot(self, row: RowMeasure, top: int, tag: str) -> None:
        if row.height <= row.bottom:
            return
        look, px = self._look, self._look.px
        middle, right = top + row.bottom + px(13), row.right
        self._words(right, middle, SEND_AGAIN, "small_bold", "accent_text", tag, "e")
        right -= look.font("small_bold").measure(SEND_AGAIN) + px(6)
        words = elided(foot_words(row.item), right - px(40), look.font("small").measure)
        self._words(right, middle, words, "small", "danger", tag, "e")
        right -= look.font("small").measure(words) + px(6)
        picture = look.images.icon("alert", 14, "danger", "bg")
        self._canvas.create_image(right, middle, anchor="e", image=picture, tags=tag)

    def _focus(self, row: RowMeasure, top: int, tag: str) -> None:
        """A ring below the bubble, with a gap: the bubble may have the colour of the ring."""
        px = self._look.px
        gap = px(4)
        area = (
            *(row.left - gap, top + row.top - gap),
            *(row.right + gap, top + row.bottom + gap),
        )
        line = max(2, px(2))
        draw_outlined(self._canvas, self._look, area, px(18), "bg", "focus", "bg", line, tag)

    def _words(
        self,
        across: int,
        middle: int,
        words: str,
        role: str,
        token: str,
        tag: str,
        anchor: Anchor = "center",
    ) -> None:
        self._canvas.create_text(
            *(across, middle),
            text=words,
            font=self._look.font(role),
            fill=self._look.color(token),
            anchor=anchor,
            tags=tag,
        )


def notice_sign(row: RowMeasure) -> tuple[str, str]:
    """Icon and colour of a row without a bubble."""
    if row.item.kind == "notice":
        # What this client tells by itself is that somebody's keys changed.
        return "shieldx", "danger"
    return ("alert" if row.item.kind == "undecryptable" else "info"), "text3"
