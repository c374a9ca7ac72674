"""What a contact may be called: visible, on one line, and no two that look alike by accident."""

from __future__ import annotations

import unicodedata

from whispr.errors import UserInputError

MAX_NAME_CHARACTERS = 64

# Letters and symbols by category that draw nothing: fillers and the blank Braille pattern.
_BLANKS = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
# Two format characters that scripts and emoji need; all others could reorder or hide text.
_JOINERS = frozenset("\u200c\u200d")


def safe_name(text: str, *, fallback: str = "") -> str:
    """The name as it is stored and shown: at most 64 characters, one line, nothing invisible.

    Control characters, direction marks and other format characters are dropped, any white space
    becomes one space. When nothing visible is left, `fallback` is taken instead, and without
    one UserInputError raised.
    """
    composed = unicodedata.normalize("NFC", text.encode("utf-8", "ignore").decode())
    spaced = "".join(_spaced(character) for character in composed)
    name = " ".join(spaced.split())[:MAX_NAME_CHARACTERS].strip()
    if not name_key(name):
        if fallback:
            return safe_name(fallback)
        raise UserInputError("a name needs at least one visible character")
    return name


def _spaced(character: str) -> str:
    category = unicodedata.category(character)
    if category.startswith("Z") or character in _BLANKS or character in "\t\n\r\v\f\x85":
        return " "
    if category.startswith("C") and character not in _JOINERS:
        return ""
    return character


def name_key(name: str) -> str:
    """What two names have in common when they read the same: case, width and joiners removed."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    visible = "".join(character for character in folded if _is_visible(character))
    return " ".join(unicodedata.normalize("NFKC", visible).split())


def _is_visible(character: str) -> bool:
    selector = "\ufe00" <= character <= "\ufe0f" or character == "\u034f"
    return unicodedata.category(character) != "Cf" and not selector


def numbered_name(name: str, number: int) -> str:
    """`name (2)` and so on, still within 64 characters."""
    suffix = f" ({number})"
    return name[: MAX_NAME_CHARACTERS - len(suffix)].rstrip() + suffix
