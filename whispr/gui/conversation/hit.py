"""What is under the pointer: a place in a text, a link, a file, a word to press."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from whispr.gui.conversation.filewords import file_words
from whispr.gui.conversation.measure import (
    LENGTHS,
    SEND_AGAIN,
    SHOW_ALL,
    Metrics,
    RowMeasure,
)
from whispr.gui.conversation.selection import WHOLE, Position
from whispr.gui.conversation.text import line_at
from whispr.gui.links import Link
from whispr.gui.textlayout import Typesetter

TargetKind = Literal["row", "bubble", "text", "link", "file", "send_again", "show_all"]


@dataclass(frozen=True, slots=True)
class Target:
    """What is there, and the place in the original text that is nearest."""

    kind: TargetKind
    position: Position
    link: Link | None = None

    @property
    def message_id(self) -> int:
        """The row."""
        return self.position[0]

    @property
    def is_pressed(self) -> bool:
        """Whether a click does something other than begin a selection."""
        return self.kind in ("link", "file", "send_again", "show_all")


class HitTest:
    """Finds targets in measured rows."""

    def __init__(self, metrics: Metrics, typesetter: Typesetter) -> None:
        self._metrics = metrics
        self._typesetter = typesetter

    def target(self, row: RowMeasure, left: int, down: int) -> Target:
        """What is at a place of a row, from the left of the view and the top of the row."""
        inside = row.left <= left < row.right and row.top <= down < row.bottom
        message_id = row.item.message_id
        if self._on_foot(row, left, down):
            return Target("send_again", (message_id, WHOLE))
        if row.shape != "bubble":
            place = 0 if down < row.top + row.body_height // 2 else WHOLE
            kind: TargetKind = "bubble" if inside else "row"
            if (
                inside
                and row.item.file
                and file_words(row.item.file, outgoing=row.item.outgoing).action
            ):
                kind = "file"
            return Target(kind, (message_id, place))
        return self._text_target(row, left, down, inside)

    def _text_target(self, row: RowMeasure, left: int, down: int, inside: bool) -> Target:
        px, line_height = self._metrics.px, self._metrics.line_height("body")
        pad = px(LENGTHS.pad_top)
        line = line_at(row, down - row.top, pad, line_height)
        if line is None or row.shown is None:
            return Target("bubble" if inside else "row", (row.item.message_id, 0))
        across = left - row.left - px(LENGTHS.pad_left)
        place = self._typesetter.place_at(line, across)
        position = (row.item.message_id, row.shown.source_index(place))
        if not inside:
            return Target("row", position)
        below = down - row.top - pad - len(row.lines) * line_height
        if row.is_cut and 0 <= below < line_height:
            if 0 <= across < self._metrics.width("small_bold", SHOW_ALL):
                return Target("show_all", position)
        if not 0 <= down - row.top - pad < len(row.lines) * line_height:
            return Target("bubble", position)
        if not 0 <= across < line.width_px:
            return Target("bubble", position)
        link = next(
            (run.link for run in line.runs if run.left_px <= across < run.left_px + run.width_px),
            None,
        )
        return Target("link" if link else "text", position, link)

    def _on_foot(self, row: RowMeasure, left: int, down: int) -> bool:
        if not row.bottom <= down < row.height:
            return False
        return 0 <= row.right - left <= self._metrics.width("small_bold", SEND_AGAIN)
