"""Text in lines: what stands where, without a window.

Widths come from an injected `measure(kind, text)`. Places are indexes of `Shown.text`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from whispr.gui.links import Link, find_links
from whispr.gui.shown import EMOJI_RUN, Shown

Kind = Literal["text", "link", "emoji"]
Measure = Callable[[Kind, str], int]
"""(kind, text) -> width in pixels; the kind decides the font."""

CACHE_ENTRIES = 20_000

_CJK: Final = (
    "\u2e80-\u2fff\u3001-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
)
_CLOSING: Final = "、。，．！？：；）」』】〉》〕"
_TOKEN = re.compile(
    f"\n|[^\\S\n]+|[{_CJK}][{_CLOSING}]*|[^\\s{_CJK}]+",
)


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbours on one line that are drawn with one font and one colour."""

    left_px: int
    width_px: int
    kind: Kind
    text: str
    start: int
    link: Link | None = None

    @property
    def end(self) -> int:
        """Behind the last character."""
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Line:
    """One line; blanks at its end belong to it but are not drawn."""

    runs: tuple[Run, ...]
    width_px: int
    start: int
    end: int
    """Behind the last character, before the line end."""


@dataclass(frozen=True, slots=True)
class TextLayout:
    """A text in lines, at least one."""

    shown: Shown
    lines: tuple[Line, ...]

    @property
    def width_px(self) -> int:
        """Of the widest line."""
        return max(line.width_px for line in self.lines)

    def link_at(self, place: int) -> Link | None:
        """The link at a place of the text."""
        for line in self.lines:
            for run in line.runs:
                if run.link and run.start <= place < run.end:
                    return run.link
        return None


def spans(shown: Shown) -> Iterator[tuple[Kind, int, int, Link | None]]:
    """The parts of a text, without gaps: (kind, start, end, link)."""
    done = 0
    for start, end, link in find_links(shown.text):
        yield from _emoji_and_text(shown, done, start)
        yield "link", start, end, link
        done = end
    yield from _emoji_and_text(shown, done, len(shown.text))


def _emoji_and_text(
    shown: Shown, start: int, end: int
) -> Iterator[tuple[Kind, int, int, Link | None]]:
    found = [match.span() for match in EMOJI_RUN.finditer(shown.text, start, end)]
    found += [(place, place + 1) for place in shown.emoji if start <= place < end]
    done = start
    for first, last in sorted(found):
        if first > done:
            yield "text", done, first, None
        if last > done:
            yield "emoji", max(first, done), last, None
        done = max(done, last)
    if done < end:
        yield "text", done, end, None


class Typesetter:
    """Breaks texts into lines; remembers the widths of words."""

    def __init__(self, measure: Measure) -> None:
        self._measure = measure
        self._widths: dict[tuple[Kind, str], int] = {}

    def clear(self) -> None:
        """Forget all widths: the fonts changed, or the words are secret."""
        self._widths.clear()

    def width_of(self, kind: Kind, text: str) -> int:
        """The width of a piece of one line."""
        key = (kind, text)
        width = self._widths.get(key)
        if width is None:
            if len(self._widths) >= CACHE_ENTRIES:
                self._widths.clear()
            width = self._widths[key] = self._measure(kind, text)
        return width

    def lay_out(self, shown: Shown, width_px: int) -> TextLayout:
        """The text in lines of at most `width_px`, or of one character where that is wider."""
        lines = _Lines(self, width_px)
        for kind, start, end, link in spans(shown):
            for match in _TOKEN.finditer(shown.text, start, end):
                if kind == "emoji":
                    for place in range(match.start(), match.end()):
                        lines.add(kind, shown.text[place], place, link)
                elif match[0] == "\n":
                    lines.close(match.start(), match.end())
                else:
                    lines.add(kind, match[0], match.start(), link)
        lines.close(len(shown.text), len(shown.text))
        return TextLayout(shown, tuple(lines.done))

    def fitting(self, kind: Kind, text: str, width_px: int) -> int:
        """How many characters of one word fit, at least one."""
        low, high = 1, min(len(text), 32)
        while high < len(text) and self._measure(kind, text[:high]) <= width_px:
            low, high = high, min(len(text), high * 2)
        while low < high:
            middle = (low + high + 1) // 2
            if self._measure(kind, text[:middle]) <= width_px:
                low = middle
            else:
                high = middle - 1
        cut = low
        while cut > 1 and cut < len(text) and unicodedata.combining(text[cut]):
            cut -= 1
        return cut if cut > 1 or not unicodedata.combining(text[1:2] or " ") else low

    def left_of(self, line: Line, place: int) -> int:
        """How far from the left of its line a place is, in pixels."""
        for run in line.runs:
            if place <= run.start:
                return run.left_px
            if place < run.end:
                return run.left_px + self._measure(run.kind, run.text[: place - run.start])
        return line.width_px

    def place_at(self, line: Line, left_px: float) -> int:
        """The place between two characters that is nearest to a distance from the left."""
        for run in line.runs:
            if left_px >= run.left_px + run.width_px:
                continue
            low, high = 0, len(run.text)
            while low < high:
                middle = (low + high) // 2
                if run.left_px + self._halfway(run, middle) < left_px:
                    low = middle + 1
                else:
                    high = middle
            return run.start + low
        return line.runs[-1].end if line.runs else line.start

    def _halfway(self, run: Run, index: int) -> float:
        before = self._measure(run.kind, run.text[:index]) if index else 0
        return (before + self._measure(run.kind, run.text[: index + 1])) / 2


class _Lines:
    """The lines of one text while they grow."""

    def __init__(self, typesetter: Typesetter, width_px: int) -> None:
        self.done: list[Line] = []
        self._typesetter = typesetter
        self._width_px = width_px
        self._runs: list[Run] = []
        self._left_px = 0
        self._start = 0

    def add(self, kind: Kind, token: str, start: int, link: Link | None) -> None:
        """Put a word, or a blank, where there is room for it."""
        width = self._typesetter.width_of(kind, token)
        if self._left_px + width > self._width_px and not token.isspace():
            if self._runs:
                self.close(start, start)
            while width > self._width_px and len(token) > 1:
                kept = self._typesetter.fitting(kind, token, self._width_px)
                if kept >= len(token):
                    break
                self._append(kind, token[:kept], start, link)
                start, token = start + kept, token[kept:]
                self.close(start, start)
                width = self._typesetter.width_of(kind, token) if len(token) < 64 else 1 << 30
        self._append(kind, token, start, link)

    def close(self, end: int, following: int) -> None:
        """End the line at `end`; the next one begins at `following`."""
        while self._runs and self._runs[-1].text.isspace():
            self._runs.pop()
        runs = _merged(self._runs)
        width = runs[-1].left_px + runs[-1].width_px if runs else 0
        self.done.append(Line(runs, width, self._start, end))
        self._runs, self._left_px, self._start = [], 0, following

    def _append(self, kind: Kind, token: str, start: int, link: Link | None) -> None:
        width = self._typesetter.width_of(kind, token)
        self._runs.append(Run(self._left_px, width, kind, token, start, link))
        self._left_px += width


def _merged(tokens: list[Run]) -> tuple[Run, ...]:
    groups: list[list[Run]] = []
    for token in tokens:
        last = groups[-1][-1] if groups else None
        if last and last.kind == token.kind and last.link is token.link:
            groups[-1].append(token)
        else:
            groups.append([token])
    return tuple(
        Run(
            group[0].left_px,
            group[-1].left_px + group[-1].width_px - group[0].left_px,
            group[0].kind,
            "".join(token.text for token in group),
            group[0].start,
            group[0].link,
        )
        for group in groups
    )
