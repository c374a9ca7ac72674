"""The only place where a name that somebody else chose becomes a name on this disk.

`safe_filename` gives a single path component that means the same on Linux, macOS and Windows;
`unused_path` takes a free one in a folder without ever writing over a file.
"""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

from whispr.errors import StorageError

MAX_NAME_BYTES = 120
"""UTF-8 bytes; leaves room for " (9999)" and for temporary names under the usual limit of 255."""

FALLBACK_NAME = "file"

_MAX_EXTENSION_BYTES = 20
_MAX_NAMESAKES = 10_000
_CONSIDERED_HEAD = 400
_CONSIDERED_TAIL = 112

_REMOVED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Control, format (bidi, zero-width, tags), surrogate, private, unassigned, line separators."""

_INVISIBLE = frozenset(
    {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x2800, 0x3164, 0xFFA0}
    | set(range(0xFE00, 0xFE10))
    | set(range(0xE0100, 0xE01F0))
)
"""Drawn as nothing although their category is a letter, a mark or a symbol."""

_FORBIDDEN = frozenset('<>:"|?*/\\')
"""Refused by Windows; the colon also opens an alternate data stream there."""

_STRIPPED_AT_START = " .-~"
"""Hidden files, flags of a command, home folders."""

_STRIPPED_AT_END = " ."
"""Windows drops them, so that two names would be one file."""

_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$", "clock$"}
    | {f"{port}{digit}" for port in ("com", "lpt") for digit in "0123456789¹²³"}
)


def safe_filename(name: str) -> str:
    """Return a name of 1 to 120 UTF-8 bytes that is safe as a file name on every platform.

    Only the last component of a path is used. Separators, control, bidirectional, zero-width and
    other invisible characters, device names of Windows, leading dots, dashes and tildes, trailing
    dots and spaces are gone; the rest is NFC, and a short extension survives the cut. Where
    nothing is left the name is "file". Applied twice it changes nothing more.
    """
    component = _last_component(name)
    visible = "".join(map(_visible, unicodedata.normalize("NFC", component)))
    normal = unicodedata.normalize("NFC", " ".join(visible.split()))
    stripped = normal.lstrip(_STRIPPED_AT_START).rstrip(_STRIPPED_AT_END)
    if _is_reserved(stripped):
        stripped = "_" + stripped
    shortened = _shortened(stripped)
    return shortened or FALLBACK_NAME


def _last_component(name: str) -> str:
    """Return what follows the last separator; a huge name is cut before it costs anything."""
    component = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    if len(component) > _CONSIDERED_HEAD + _CONSIDERED_TAIL:
        return component[:_CONSIDERED_HEAD] + component[-_CONSIDERED_TAIL:]
    return component


def _visible(character: str) -> str:
    if ord(character) in _INVISIBLE:
        return ""
    category = unicodedata.category(character)
    if category in _REMOVED_CATEGORIES:
        return ""
    if category == "Zs":
        return " "
    return "_" if character in _FORBIDDEN else character


def _is_reserved(name: str) -> bool:
    """Say whether Windows would open a device: extensions and trailing spaces do not matter."""
    return name.partition(".")[0].rstrip(" ").casefold() in _RESERVED


def _shortened(name: str) -> str:
    """Cut the stem at a character boundary so that stem and extension take at most 120 bytes."""
    if len(name.encode()) <= MAX_NAME_BYTES:
        return name
    stem, dot, extension = name.rpartition(".")
    suffix = dot + extension
    if not stem or not extension.strip() or len(suffix.encode()) > _MAX_EXTENSION_BYTES:
        stem, suffix = name, ""
    room = MAX_NAME_BYTES - len(suffix.encode())
    kept = stem.encode()[:room].decode("utf-8", "ignore").rstrip(_STRIPPED_AT_END)
    return kept + suffix


def unused_path(folder: Path, name: str) -> Path:
    """Take a free name in `folder` for a file called `name`, and return its path.

    The file is created empty, private to the user, with O_CREAT | O_EXCL: nothing that exists is
    touched, a symbolic link is not followed, and of two programs asking at once each gets its own.
    A taken name becomes "name (2).ext", "name (3).ext" and so on. The caller fills the file (or
    replaces it atomically) and removes it if that fails.
    Raises StorageError when the folder cannot be written or 10,000 namesakes are there.
    """
    first = Path(safe_filename(name))
    for number in range(1, _MAX_NAMESAKES + 1):
        candidate = first.name if number == 1 else f"{first.stem} ({number}){first.suffix}"
        path = folder / candidate
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            continue
        except OSError as error:
            raise StorageError(f"cannot create a file in {folder}: {error.strerror}") from error
        return path
    raise StorageError(f"too many files of the same name in {folder}")
