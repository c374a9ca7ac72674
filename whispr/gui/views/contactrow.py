"""Draws one row of the contact list on its canvas."""

from __future__ import annotations

import tkinter
from dataclasses import dataclass
from typing import Literal

from whispr.gui.drawing import draw_box, draw_outlined, elided
from whispr.gui.items import ConversationItem, SearchHitItem
from whispr.gui.look import Look
from whispr.gui.rowlist import Row
from whispr.gui.shown import EMOJI_RUN, one_line
from whispr.gui.when import short_time
from whispr.gui.widgets.avatar import draw_avatar

ROW, TITLE = 68, 34
AVATAR = 46
_TEXT, _RIGHT = 80, 22


@dataclass(frozen=True, slots=True)
class RowState:
    """How a row stands."""

    is_selected: bool
    is_hovered: bool
    has_ring: bool


class RowPainter:
    """Draws rows at a place from the top."""

    def __init__(self, canvas: tkinter.Canvas, look: Look) -> None:
        self._canvas = canvas
        self._look = look
        self.now_ms = 0
        self.width = 0
        self.is_rail = False

    def height(self, row: Row) -> int:
        """Of a row, in pixels of the screen."""
        return self._look.px(TITLE if row.kind == "title" else ROW)

    def draw(self, row: Row, top: int, state: RowState) -> None:
        """Draw one row."""
        look, px = self._look, self._look.px
        ground = "sidebar"
        if state.is_selected or state.is_hovered or state.has_ring:
            ground = "selected" if state.is_selected else "hover"
            area = (px(8), top + px(2), self.width - px(8), top + self.height(row) - px(2))
            if state.has_ring:
                draw_outlined(
                    self._canvas, look, area, px(12), ground, "focus", "sidebar", max(1, px(2))
                )
            else:
                draw_box(self._canvas, look, area, px(12), ground, "sidebar")
        match row.kind:
            case "conversation" if row.conversation:
                self._conversation(row.conversation, top, ground)
            case "hit" if row.hit:
                self._hit(row.hit, top, ground)
            case "requests":
                self._requests(row, top, ground)
            case "title":
                self._text(px(20), top + px(18), row.text, "small_bold", "text2")

    def _avatar_left(self) -> int:
        side = self._look.px(AVATAR)
        return (self.width - side) // 2 if self.is_rail else self._look.px(20)

    def _conversation(self, item: ConversationItem, top: int, ground: str) -> None:
        look, px = self._look, self._look.px
        draw_avatar(
            *(self._canvas, look, self._avatar_left(), top + px(11), AVATAR),
            *(item.identity, item.name, ground),
        )
        if self.is_rail:
            if item.unread:
                self._badge(item.unread, self.width - px(8), top + px(18), ground)
            return
        upper, lower = top + px(23), top + px(45)
        right = self.width - px(_RIGHT)
        edge = right
        if item.time_ms is not None:
            time = short_time(item.time_ms, self.now_ms)
            ink = "accent_text" if item.unread else "text3"
            self._text(right, upper, time, "meta", ink, anchor="e")
            edge -= look.font("meta").measure(time) + px(10)
        shield = px(20) if item.verified or item.key_changed else 0
        name = one_line(item.name, emoji_safe=look.emoji_safe)
        font = look.font("name")
        name = elided(name, edge - px(_TEXT) - shield, font.measure)
        self._text(px(_TEXT), upper, name, "name", "text")
        if shield:
            icon, ink = ("shieldx", "danger") if item.key_changed else ("shield", "ok")
            self._icon(px(_TEXT) + font.measure(name) + px(5), upper, icon, 15, ink, ground)
        if item.unread:
            right -= self._badge(item.unread, right, lower, ground) + px(8)
        self._last_line(item, px(_TEXT), lower, right, ground)

    def _last_line(
        self, item: ConversationItem, left: int, middle: int, right: int, ground: str
    ) -> None:
        look, px = self._look, self._look.px
        if item.draft:
            self._text(left, middle, "Draft:", "small", "danger")
            left += look.font("small").measure("Draft: ")
            self._run(item.draft, left, middle, right, "text2")
            return
        if item.last_outgoing and item.last_fate in ("expired", "failed"):
            left += self._icon(left, middle, "alert", 15, "text2", ground) + px(5)
            said = "Not delivered: expired" if item.last_fate == "expired" else "Not delivered"
            self._run(said, left, middle, right, "text2")
            return
        if item.last_outgoing and item.last_fate:
            done = item.last_fate in ("delivered", "read")
            tick = look.images.tick(item.last_fate, "accent_text" if done else "text3", ground)
            self._canvas.create_image(left, middle, anchor="w", image=tick)
            left += tick.width() + px(5)
        if item.last_kind in ("file", "image"):
            left += self._icon(left, middle, "clip", 15, "text2", ground) + px(4)
        self._run(item.last_line, left, middle, right, "text" if item.unread else "text2")

    def _hit(self, hit: SearchHitItem, top: int, ground: str) -> None:
        look, px = self._look, self._look.px
        if self.is_rail:
            self._icon(self.width // 2 - px(10), top + px(34), "search", 20, "text2", ground)
            return
        upper, right = top + px(23), self.width - px(_RIGHT)
        time = short_time(hit.time_ms, self.now_ms)
        self._text(right, upper, time, "meta", "text3", anchor="e")
        edge = right - look.font("meta").measure(time) - px(10)
        name = one_line(hit.name, emoji_safe=look.emoji_safe)
        name = elided(name, edge - px(20), look.font("name").measure)
        self._text(px(20), upper, name, "name", "text")
        self._run(hit.snippet, px(20), top + px(45), right, "text2")

    def _requests(self, row: Row, top: int, ground: str) -> None:
        px = self._look.px
        disc = self._look.images.disc(AVATAR, "accent_soft", ground)
        left = self._avatar_left()
        self._canvas.create_image(left, top + px(11), anchor="nw", image=disc)
        icon = self._look.images.icon("inbox", 22, "accent_text", "accent_soft")
        self._canvas.create_image(left + px(AVATAR) // 2, top + px(34), image=icon)
        if not self.is_rail:
            self._text(px(_TEXT), top + px(23), row.text, "name", "text")
            right = self.width - px(_RIGHT)
            self._run(row.detail, px(_TEXT), top + px(45), right, "text2")

    def _run(self, text: str, left: int, middle: int, right: int, ink: str) -> None:
        """A line of text with emoji in their own font, cut at the right edge."""
        look = self._look
        line = one_line(text, emoji_safe=look.emoji_safe)
        done = 0
        for match in (*EMOJI_RUN.finditer(line), None):
            end = match.start() if match else len(line)
            for part, role in (
                (line[done:end], "small"),
                (match[0] if match else "", "emoji_small"),
            ):
                font = look.font(role)
                cut = elided(part, right - left, font.measure) if part else ""
                if cut:
                    self._text(left, middle, cut, role, ink)
                    left += font.measure(cut)
                if cut != part:
                    return
            done = match.end() if match else end

    def _badge(self, count: int, right: int, middle: int, ground: str) -> int:
        look, px = self._look, self._look.px
        text, font = (str(count) if count < 100 else "99+"), look.font("badge")
        width = max(px(20), font.measure(text) + px(12))
        area = (right - width, middle - px(10), right, middle + px(10))
        draw_box(self._canvas, look, area, px(10), "badge", ground)
        self._text(right - width // 2, middle, text, "badge", "on_badge", anchor="center")
        return width

    def _icon(self, left: int, middle: int, name: str, size: int, ink: str, ground: str) -> int:
        picture = self._look.images.icon(name, size, ink, ground)
        self._canvas.create_image(left, middle, anchor="w", image=picture)
        return picture.width()

    def _text(
        self,
        left: int,
        middle: int,
        text: str,
        role: str,
        ink: str,
        anchor: Literal["w", "e", "center"] = "w",
    ) -> None:
        self._canvas.create_text(
            *(left, middle),
            anchor=anchor,
            text=text,
            font=self._look.font(role),
            fill=self._look.color(ink),
        )
