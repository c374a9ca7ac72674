"""Which rows are in view and where: an anchor row and its offset, never a global height.

Pure: the order of the rows and a function for their heights are handed in, so rows that nobody
has looked at are never measured.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Placed(NamedTuple):
    """A row in view; `top` may be negative."""

    message_id: int
    top: int
    height: int

    @property
    def bottom(self) -> int:
        """The first pixel below it."""
        return self.top + self.height


@dataclass(frozen=True, slots=True)
class Anchor:
    """What stays where it is when anything else changes: this row, this far below the edge."""

    message_id: int
    offset: int


class Viewport:
    """The rows in view.

    It sticks to the bottom while the last row is within `near` pixels of it; else the anchor, the
    first row whose top is in view, keeps its place whatever comes or changes around it.
    """

    def __init__(
        self,
        ids: Callable[[], Sequence[int]],
        height: Callable[[int], int],
        at_end: Callable[[], bool] = lambda: True,
    ) -> None:
        """`at_end` is False while newer rows exist that are not loaded: nothing to stick to."""
        self._ids = ids
        self._height = height
        self._at_end = at_end
        self._last_id: int | None = None
        self._below = 0
        self.rows: list[Placed] = []
        self.view_height = 0
        self.padding = 0
        self.near = 0
        self.stick_to_bottom = True
        self.anchor: Anchor | None = None

    def clear(self) -> None:
        """There are no rows any longer; the next ones stick to the bottom."""
        self.rows, self.anchor, self._last_id = [], None, None
        self.stick_to_bottom, self._below = True, 0

    def resize(self, view_height: int, *, padding: int, near: int) -> None:
        """The window's height and the distances that depend on the scale, in pixels."""
        self.view_height, self.padding, self.near = view_height, padding, near

    def refresh(self, place: Callable[[int], int]) -> list[Placed]:
        """Place the rows again after something changed; `place` finds an id among the ids."""
        ids = self._ids()
        if not ids:
            self.rows, self.anchor, self._last_id = [], None, None
            return self.rows
        if self.stick_to_bottom and self._at_end():
            gap = self._below if ids[-1] == self._last_id else 0
            return self._from_bottom(ids, gap)
        if self.anchor is None:
            return self._from_bottom(ids, 0)
        index = min(place(self.anchor.message_id), len(ids) - 1)
        return self._from(ids, index, self.anchor.offset)

    def to_bottom(self) -> list[Placed]:
        """Show the newest message."""
        self.stick_to_bottom, self._below = True, 0
        ids = self._ids()
        return self._from_bottom(ids, 0) if ids else self.rows

    def show(self, index: int, offset: int) -> list[Placed]:
        """Put the row of that index at that distance from the top edge, as far as rows go."""
        return self._from(self._ids(), index, offset)

    def scroll(self, pixels: int, place: Callable[[int], int]) -> list[Placed]:
        """Move the view down by that many pixels (up when negative), as far as rows go."""
        if not self.rows:
            return self.rows
        first = self.rows[0]
        return self._from(self._ids(), place(first.message_id), first.top - pixels)

    def row_at(self, top: int) -> Placed | None:
        """The row at that height of the view."""
        return next((row for row in self.rows if row.top <= top < row.bottom), None)

    @property
    def below(self) -> int:
        """How many pixels of the last row are hidden below; large while it is out of view."""
        ids = self._ids()
        if not ids:
            return 0
        if not self._at_end() or not self.rows or self.rows[-1].message_id != ids[-1]:
            return self.view_height + self.near + 1
        return self.rows[-1].bottom - (self.view_height - self.padding)

    def _from_bottom(self, ids: Sequence[int], gap: int) -> list[Placed]:
        top = self.view_height - self.padding + gap
        rows = []
        for message_id in reversed(ids):
            height = self._height(message_id)
            top -= height
            rows.append(Placed(message_id, top, height))
            if top <= 0:
                break
        return self._settle(rows[::-1])

    def _from(self, ids: Sequence[int], index: int, top: int) -> list[Placed]:
        rows = self._fill(ids, index, top)
        if rows[0].message_id == ids[0] and rows[0].top > self.padding:
            rows = self._fill(ids, 0, self.padding)
        # Nothing below the last row but the padding; a short conversation stands at the bottom.
        if rows[-1].message_id == ids[-1] and rows[-1].bottom < self.view_height - self.padding:
            return self._from_bottom(ids, 0)
        return self._settle(rows)

    def _fill(self, ids: Sequence[int], index: int, top: int) -> list[Placed]:
        """The rows in view when that one is there, and at least one."""
        above, edge = [], top
        for message_id in reversed(ids[max(0, index - 400) : index]):
            if edge <= 0:
                break
            height = self._height(message_id)
            edge -= height
            above.append(Placed(message_id, edge, height))
        rows = above[::-1]
        edge = top
        for position in range(index, len(ids)):
            height = self._height(ids[position])
            rows.append(Placed(ids[position], edge, height))
            edge += height
            if edge >= self.view_height:
                break
        return rows

    def _settle(self, rows: list[Placed]) -> list[Placed]:
        inside = [row for row in rows if row.bottom > 0 and row.top < self.view_height]
        self.rows = inside or rows[-1:]
        below = self.below
        self.stick_to_bottom = below <= self.near
        self._below = max(0, below) if self.stick_to_bottom else 0
        self._last_id = self._ids()[-1]
        whole = next((row for row in self.rows if row.top >= 0), self.rows[0])
        self.anchor = Anchor(whole.message_id, whole.top)
        return self.rows
