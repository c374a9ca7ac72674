"""A text as it is safe to draw, with the way back to the original.

Removed for the eye: direction controls (they reverse file names), joiners, variation selectors,
skin tones and tags (Tk draws their pieces), marks piled more than four high. Replaced: control
characters, lone surrogates, tabs, every kind of line end; and, where an emoji would end the
process (`whispr.gui.emoji`), emoji by their names. Copying gives the original.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_left
from dataclasses import dataclass
from typing import Final

MAX_CHARACTERS = 64 * 1024
MAX_LINES = 500
MAX_MARKS = 4
"""Marks on one letter; more of them paint over the lines above."""
TAB = "    "
REPLACEMENT = "�"

_REMOVED: Final = (
    "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20e3\ufe00-\ufe0f\ufeff"
    "\ufff9-\ufffb\U0001f3fb-\U0001f3ff\U000e0000-\U000e0fff"
)
_CONTROLS: Final = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff"
_MARKS: Final = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u064b-\u065f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20e2\u20e4-\u20ff\ufe20-\ufe2f"
)
_PICTURES: Final = "\U0001f000-\U0001fbff"
_EMOJI: Final = (
    "\u231a\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1"
    "\u26aa\u26ab\u26bd\u26be\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705"
    "\u270a\u270b\u2728\u274c\u274e\u2753-\u2755\u2757\u2795-\u2797\u27b0\u27bf\u2b1b\u2b1c\u2b50"
    "\u2b55\U0001f004\U0001f0cf\U0001f18e\U0001f191-\U0001f19a\U0001f1e6-\U0001f1ff"
    "\U0001f201-\U0001f265\U0001f300-\U0001f7ff\U0001f90c-\U0001faff"
)
"""Drawn in colour of their own accord."""
_MAYBE_EMOJI: Final = (
    "\u203c\u2049\u2122\u2139\u2194-\u21aa\u2300-\u23ff\u24c2\u25aa-\u25fe\u2600-\u27bf"
    "\u2934\u2935\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001fbff"
)
"""Drawn in colour where a variation selector asks for it, or where no other font has them."""

_SPECIAL = re.compile(
    f"\r\n?|[\u2028\u2029\x85]|\t|[{_CONTROLS}]|[{_REMOVED}]"
    f"|(?<=[{_MARKS}]{{{MAX_MARKS}}})[{_MARKS}]+"
)
_SPECIAL_UNSAFE = re.compile(_SPECIAL.pattern + f"|[{_MAYBE_EMOJI}]")
_IS_REMOVED = re.compile(f"[{_REMOVED}]")
_IS_PICTURE = re.compile(f"[{_MAYBE_EMOJI}]")
EMOJI_RUN: Final = re.compile(f"[{_EMOJI}]+")
_VARIATION = "\ufe0f"
_FLAG_A, _FLAG_Z = 0x1F1E6, 0x1F1FF


@dataclass(frozen=True, slots=True, repr=False)
class Shown:
    """What is drawn, and where each character of it stands in the source."""

    source: str
    text: str
    emoji: frozenset[int] = frozenset()
    """Places in `text` of signs that are emoji only because the source says so."""
    _origin: array[int] | None = None

    def __repr__(self) -> str:
        return f"Shown({len(self.text)} characters)"

    def source_index(self, index: int) -> int:
        """Where the character drawn at `index` begins in the source."""
        if self._origin is None:
            return index
        if index <= 0:
            return 0
        return self._origin[index] if index < len(self.text) else len(self.source)

    def shown_index(self, index: int) -> int:
        """Where the source's `index` is drawn: the way for search hits."""
        return index if self._origin is None else bisect_left(self._origin, index)

    def original(self, start: int, end: int) -> str:
        """What was written where `text[start:end]` is drawn."""
        return self.source[self.source_index(start) : self.source_index(end)]


def shown(source: str, *, emoji_safe: bool = True) -> Shown:
    """The text as it may be drawn; `emoji_safe` False spells emoji out."""
    special = _SPECIAL if emoji_safe else _SPECIAL_UNSAFE
    if special.search(source) is None:
        return Shown(source, source)
    first = _pass(source, special, emoji_safe=emoji_safe)
    # What was removed may have kept marks apart that pile up too high without it.
    second = _pass(first.text, special, emoji_safe=emoji_safe)
    return first if second.text == first.text else _joined(first, second)


def _joined(first: Shown, second: Shown) -> Shown:
    """`second` was made of the text of `first`; the same, as made of the source of `first`."""
    origin = array(
        "I", (first.source_index(second.source_index(index)) for index in range(len(second.text)))
    )
    emoji = {
        index for index in range(len(second.text)) if second.source_index(index) in first.emoji
    }
    return Shown(first.source, second.text, frozenset(emoji), origin)


def _pass(source: str, special: re.Pattern[str], *, emoji_safe: bool) -> Shown:
    parts: list[str] = []
    origin: array[int] = array("I")
    emoji: set[int] = set()
    done = 0
    for match in special.finditer(source):
        parts.append(source[done : match.start()])
        origin.extend(range(done, match.start()))
        drawn = _drawn(match[0])
        before = source[match.start() - 1] if match.start() else ""
        if match[0] == _VARIATION and _IS_PICTURE.match(before) and emoji_safe and origin:
            emoji.add(len(origin) - 1)
        parts.append(drawn)
        origin.extend([match.start()] * len(drawn))
        done = match.end()
    parts.append(source[done:])
    origin.extend(range(done, len(source)))
    return Shown(source, "".join(parts), frozenset(emoji), origin)


def one_line(source: str, *, emoji_safe: bool = True, limit: int = 200) -> str:
    """The beginning of a text in one line: previews, names, file names, window titles."""
    text = shown(source[: limit * 4], emoji_safe=emoji_safe).text
    return " ".join(text.split())[:limit]


def without_emoji(source: str, limit: int = 200) -> str:
    """`one_line` without any emoji: what a window manager is given."""
    return one_line(_IS_PICTURE.sub("", source[: limit * 4]), limit=limit)


def clipped(source: str) -> tuple[str, bool]:
    """The part of a long text that is drawn at first, and whether there is more."""
    part = source[:MAX_CHARACTERS]
    lines = part.splitlines(keepends=True)
    if len(lines) > MAX_LINES:
        part = "".join(lines[:MAX_LINES]).rstrip("\r\n")
    return part, len(part) < len(source.rstrip("\r\n"))


def jumbo(text: Shown) -> str | None:
    """The signs of a message of one to three emoji and nothing else, which is drawn large."""
    signs = [(place, sign) for place, sign in enumerate(text.text) if not sign.isspace()]
    if not 1 <= len(signs) <= 6:
        return None
    if not all(EMOJI_RUN.match(sign) or place in text.emoji for place, sign in signs):
        return None
    # A flag is two letters.
    flags = sum(_FLAG_A <= ord(sign) <= _FLAG_Z for _place, sign in signs)
    whole = len(signs) - flags // 2
    return "".join(sign for _place, sign in signs) if whole <= 3 else None


def _drawn(special: str) -> str:
    if special[0] in "\r\u2028\u2029\x85":
        return "\n"
    if special == "\t":
        return TAB
    if _IS_REMOVED.match(special) or unicodedata.combining(special[0]):
        return ""
    if _IS_PICTURE.match(special):
        return _spelled(special)
    # Marks without a combining class of their own come here too, and only when they pile up.
    return "" if unicodedata.category(special[0]).startswith("M") else REPLACEMENT


def _spelled(sign: str) -> str:
    if _FLAG_A <= ord(sign) <= _FLAG_Z:
        return chr(ord("A") + ord(sign) - _FLAG_A)
    name = unicodedata.name(sign, "emoji").lower().replace(" ", "_")
    return f":{name}:"
