"""How large each row is and where its parts are; nothing is drawn here.

Every length is in pixels of the screen, every vertical place counts from the top of the row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from whispr.gui.conversation.dates import clock_time
from whispr.gui.conversation.filewords import file_words
from whispr.gui.conversation.grouping import Standing, needs_line
from whispr.gui.conversation.pictures import THUMBNAIL_PIXELS, picture_size, thumbnail_size
from whispr.gui.items import FileItem, MessageItem
from whispr.gui.shown import MAX_LINES, Shown, clipped, jumbo, shown
from whispr.gui.textlayout import Line, Typesetter

Shape = Literal["bubble", "jumbo", "card", "picture", "notice"]


class Metrics(Protocol):
    """What measuring needs of a look."""

    def px(self, length: float) -> int:
        """Design pixels in pixels of the screen."""
        ...

    def width(self, role: str, text: str) -> int:
        """How wide a text is in a font."""
        ...

    def line_height(self, role: str) -> int:
        """From one line to the next."""
        ...


@dataclass(frozen=True, slots=True)
class RowMeasure:
    """One row: what it is made of and where that is."""

    item: MessageItem
    standing: Standing
    shape: Shape
    left: int
    top: int
    """Of the bubble, below the labels of the day and the unread line."""
    width: int
    body_height: int
    height: int
    """Of the whole row."""
    shown: Shown | None = None
    """The text as it is drawn; None where there is none to select."""
    lines: tuple[Line, ...] = field(default=(), repr=False)
    jumbo: str = field(default="", repr=False)
    is_cut: bool = False
    """The text goes on: `Show all` stands below the lines."""

    @property
    def right(self) -> int:
        """The first pixel right of the bubble."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """The first pixel below the bubble."""
        return self.top + self.body_height


@dataclass(frozen=True, slots=True)
class Lengths:
    """The distances of a conversation in design pixels."""

    side: int = 20
    pad_left: int = 12
    pad_top: int = 8
    widest: int = 560
    widest_share: float = 0.72
    card_width: int = 330
    card_height: int = 66
    card_text: int = 66
    """From the left of a card to its words."""
    group_gap: int = 2
    sender_gap: int = 10
    day_height: int = 44
    unread_height: int = 40
    foot_height: int = 22
    meta_height: int = 15


LENGTHS = Lengths()
SHOW_ALL = "Show all"
SEND_AGAIN = "Send again"


class Measurer:
    """Measures rows for one width of the view; kept until width, fonts or scale change."""

    def __init__(
        self,
        metrics: Metrics,
        typesetter: Typesetter,
        small_typesetter: Typesetter,
        *,
        emoji_safe: bool = True,
    ) -> None:
        self._metrics = metrics
        self._typesetter = typesetter
        self._small_typesetter = small_typesetter
        self._emoji_safe = emoji_safe
        self._width = 1

    def set_width(self, width: int) -> None:
        """The width of the view in pixels."""
        self._width = width

    @property
    def widest(self) -> int:
        """The most that a bubble may be wide."""
        return min(self._metrics.px(LENGTHS.widest), int(self._width * LENGTHS.widest_share))

    def measure(self, item: MessageItem, standing: Standing) -> RowMeasure:
        """One row."""
        px = self._metrics.px
        top = px(LENGTHS.day_height) if standing.begins_day else 0
        top += px(LENGTHS.unread_height) if standing.begins_unread else 0
        top += px(LENGTHS.sender_gap if standing.begins_group else LENGTHS.group_gap)
        body = self._body(item)
        foot = px(LENGTHS.foot_height) if needs_line(item) else 0
        if body.shape == "notice":
            left = (self._width - body.width) // 2
        elif item.outgoing:
            left = self._width - px(LENGTHS.side) - body.width
        else:
            left = px(LENGTHS.side)
        return RowMeasure(
            *(item, standing, body.shape, left, top, body.width, body.height),
            top + body.height + foot,
            *(body.shown, body.lines, body.jumbo, body.is_cut),
        )

    def meta_width(self, item: MessageItem) -> int:
        """Time and tick in the corner of a bubble."""
        px = self._metrics.px
        tick = px(24) if item.outgoing and item.fate else 0
        return self._metrics.width("meta", clock_time(item.stored_at_ms)) + tick + px(4)

    def _body(self, item: MessageItem) -> _Body:
        if item.kind in ("notice", "undecryptable", "unsupported"):
            return self._notice(item)
        if item.file is not None:
            return self._picture(item) or self._card(item, item.file)
        text, is_cut = clipped(item.text)
        drawn = shown(text, emoji_safe=self._emoji_safe)
        signs = None if is_cut else jumbo(drawn)
        return self._jumbo(item, drawn, signs) if signs else self._text(item, drawn, is_cut)

    def _card(self, item: MessageItem, file: FileItem) -> _Body:
        px = self._metrics.px
        width = min(self.widest, px(LENGTHS.card_width))
        words = file_words(file, outgoing=item.outgoing).line
        room = width - px(LENGTHS.card_text) - px(14)
        # What is wrong with a file is said whole, in two lines if need be.
        extra = px(16) if self._metrics.width("small", words) > room else 0
        return _Body("card", width, px(LENGTHS.card_height) + extra)

    def _picture(self, item: MessageItem) -> _Body | None:
        preview = item.file.preview if item.file else None
        size = picture_size(preview) if item.kind == "image" and preview else None
        if size is None:
            return None
        limit = min(self.widest, self._metrics.px(THUMBNAIL_PIXELS))
        width, height = thumbnail_size(size, limit)
        least = self._metrics.px(96)
        return _Body("picture", max(width, least), max(height, self._metrics.px(40)))

    def _jumbo(self, item: MessageItem, drawn: Shown, signs: str) -> _Body:
        px = self._metrics.px
        width = self._metrics.width("jumbo", signs) + px(10)
        height = self._metrics.line_height("jumbo") + px(22)
        return _Body("jumbo", max(width, self.meta_width(item) + px(8)), height, drawn, jumbo=signs)

    def _text(self, item: MessageItem, drawn: Shown, is_cut: bool) -> _Body:
        px, line_height = self._metrics.px, self._metrics.line_height("body")
        room = self.widest - 2 * px(LENGTHS.pad_left)
        lines = self._typesetter.lay_out(drawn, room).lines
        is_cut = is_cut or len(lines) > MAX_LINES
        lines = lines[:MAX_LINES]
        meta = self.meta_width(item)
        # The time stands in the last line where there is room for both.
        last = self._metrics.width("small_bold", SHOW_ALL) if is_cut else lines[-1].width_px
        beside = last + meta + px(10)
        inline = beside <= room
        width = max(*(line.width_px for line in lines), beside if inline else meta)
        height = (len(lines) + is_cut) * line_height + 2 * px(LENGTHS.pad_top)
        height += 0 if inline else px(LENGTHS.meta_height)
        width += 2 * px(LENGTHS.pad_left)
        return _Body("bubble", width, height, drawn, lines, is_cut=is_cut)

    def _notice(self, item: MessageItem) -> _Body:
        px = self._metrics.px
        room = max(px(120), self._width - px(120))
        drawn = shown(clipped(notice_words(item))[0][:1_000], emoji_safe=self._emoji_safe)
        lines = self._small_typesetter.lay_out(drawn, room).lines[:6]
        width = max(line.width_px for line in lines) + px(22)
        height = len(lines) * self._metrics.line_height("small") + px(10)
        return _Body("notice", width, height, drawn, lines)


@dataclass(slots=True)
class _Body:
    """The bubble of a row, before it has a place."""

    shape: Shape
    width: int
    height: int
    shown: Shown | None = None
    lines: tuple[Line, ...] = ()
    jumbo: str = ""
    is_cut: bool = False


def notice_words(item: MessageItem) -> str:
    """What stands in the middle instead of a bubble."""
    if item.kind == "undecryptable":
        return item.reason or "A message could not be opened. It was asked for again."
    if item.kind == "unsupported":
        return item.reason or "A message that needs a newer Whispr."
    return item.text


def foot_words(item: MessageItem) -> str:
    """The line below a message of ours that was lost."""
    if item.fate == "expired":
        return item.reason or "Expired before it was read."
    return item.reason or "Not sent."
