"""The fonts of the desktop client by role, made once and resized in place."""

from __future__ import annotations

import tkinter
from collections.abc import Callable, Collection, Iterable
from tkinter import font as tkfont
from typing import Final

FAMILIES: Final = (
    "Segoe UI",
    "SF Pro Text",
    "Noto Sans",
    "Ubuntu",
    "Cantarell",
    "Inter",
    "DejaVu Sans",
)
"""By preference. On X11 Tk asks for a medium weight, so Noto Sans looks right and Inter heavy."""
MONO_FAMILIES: Final = ("Cascadia Mono", "Menlo", "Noto Sans Mono", "DejaVu Sans Mono", "Consolas")
EMOJI_FAMILIES: Final = ("Noto Color Emoji", "Segoe UI Emoji", "Apple Color Emoji")

SANS, MONO, EMOJI = "sans", "mono", "emoji"

ROLES: Final[dict[str, tuple[str, float, bool]]] = {
    "body": (SANS, 14.5, False),
    "body_bold": (SANS, 14, True),
    "link": (SANS, 14.5, False),
    "ui": (SANS, 14, False),
    "ui_bold": (SANS, 14, True),
    "name": (SANS, 14.5, True),
    "title": (SANS, 16, True),
    "h2": (SANS, 18, True),
    "h1": (SANS, 24, True),
    "small": (SANS, 12, False),
    "small_bold": (SANS, 12, True),
    "meta": (SANS, 11, False),
    "badge": (SANS, 11, True),
    "mono": (MONO, 17, False),
    "mono_small": (MONO, 13, False),
    "bullets": (MONO, 22, False),
    "emoji": (EMOJI, 14, False),
    "emoji_small": (EMOJI, 12, False),
    "jumbo": (EMOJI, 40, False),
}
"""Role -> (family, design pixels, bold). `emoji` runs name their font: the fallback of Tk mixes
outlines and colour."""


def first_of(wanted: Iterable[str], installed: Collection[str], fallback: str) -> str:
    """The first family that is there."""
    return next((family for family in wanted if family in installed), fallback)


class Fonts:
    """One Tk font for each role."""

    def __init__(
        self, root: tkinter.Misc, px: Callable[[float], int], family: str | None = None
    ) -> None:
        self._root = root
        self._installed = frozenset(tkfont.families(root))
        self._default = str(tkfont.nametofont("TkDefaultFont", root).actual("family"))
        self._fonts = {role: tkfont.Font(root=root, size=-12) for role in ROLES}
        self._sized: dict[tuple[float, bool], tkfont.Font] = {}
        self.apply(px, family)

    def __getitem__(self, role: str) -> tkfont.Font:
        return self._fonts[role]

    def apply(self, px: Callable[[float], int], family: str | None = None) -> None:
        """Set families and sizes; everything drawn with these fonts follows by itself."""
        families = {
            SANS: first_of([family or "", *FAMILIES], self._installed, self._default),
            MONO: first_of(MONO_FAMILIES, self._installed, "Courier"),
        }
        families[EMOJI] = first_of(EMOJI_FAMILIES, self._installed, families[SANS])
        for role, (kind, size, bold) in ROLES.items():
            self._fonts[role].configure(
                family=families[kind],
                size=-px(size),
                weight="bold" if bold else "normal",
                underline=role == "link",
            )
        for (size, bold), made in self._sized.items():
            made.configure(
                family=families[SANS], size=-px(size), weight="bold" if bold else "normal"
            )
        self._px = px

    def sized(self, size: float, *, bold: bool = False) -> tkfont.Font:
        """The interface's family in another size (design pixels): initials in avatars."""
        key = (size, bold)
        if key not in self._sized:
            self._sized[key] = tkfont.Font(
                root=self._root,
                family=str(self._fonts["ui"].cget("family")),
                size=-self._px(size),
                weight="bold" if bold else "normal",
            )
        return self._sized[key]

    @property
    def installed(self) -> frozenset[str]:
        """Every family, for the settings."""
        return self._installed
