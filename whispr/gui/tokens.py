"""The colours of the desktop client by name: two built-in themes, contrast, and mixing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")

LIGHT_COLORS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "bg": "#ffffff",
        "sidebar": "#f5f5f9",
        "raised": "#ffffff",
        "hover": "#ececf3",
        "selected": "#e2e2f8",
        "field": "#ffffff",
        "field_bg": "#ebebf2",
        "border": "#dedee8",
        "text": "#16161d",
        "text2": "#5a5b66",
        "text3": "#656672",
        "accent": "#4f4bc8",
        "accent_hover": "#433fb4",
        "on_accent": "#ffffff",
        "accent_text": "#4540bd",
        "accent_soft": "#e6e5fb",
        "bubble_in": "#f0f0f5",
        "bubble_in_text": "#16161d",
        "bubble_in_meta": "#5c5d69",
        "bubble_out": "#4f4bc8",
        "bubble_out_text": "#ffffff",
        "bubble_out_meta": "#dcdbfa",
        "link_in": "#4540bd",
        "link_out": "#ffffff",
        "ok": "#17704a",
        "warn": "#7a4d00",
        "warn_bg": "#fff3d6",
        "danger": "#bf2431",
        "danger_bg": "#fde8e9",
        "badge": "#4f4bc8",
        "on_badge": "#ffffff",
        "sel_bg": "#b9d4ff",
        "sel_text": "#0b0b12",
        "sel_out_bg": "#d9d8fb",
        "sel_out_text": "#1b1850",
        "scrollbar": "#c4c4d2",
        "scrollbar_hover": "#85859a",
        "focus": "#4f4bc8",
        "chip": "#eeeef4",
    }
)

DARK_COLORS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "bg": "#121217",
        "sidebar": "#18181f",
        "raised": "#1f1f28",
        "hover": "#22222c",
        "selected": "#2d2c4d",
        "field": "#1f1f28",
        "field_bg": "#23232d",
        "border": "#2b2b36",
        "text": "#ececf3",
        "text2": "#a9aab8",
        "text3": "#9192a1",
        "accent": "#5f5ad6",
        "accent_hover": "#524dc6",
        "on_accent": "#ffffff",
        "accent_text": "#a9a6ff",
        "accent_soft": "#29284a",
        "bubble_in": "#24242e",
        "bubble_in_text": "#ececf3",
        "bubble_in_meta": "#a6a7b6",
        "bubble_out": "#5550c9",
        "bubble_out_text": "#ffffff",
        "bubble_out_meta": "#dbdaff",
        "link_in": "#a9a6ff",
        "link_out": "#ffffff",
        "ok": "#4cc38a",
        "warn": "#f0c05a",
        "warn_bg": "#2c2514",
        "danger": "#ff7a83",
        "danger_bg": "#37181c",
        "badge": "#7d79f0",
        "on_badge": "#0d0d14",
        "sel_bg": "#2f5fa8",
        "sel_text": "#ffffff",
        "sel_out_bg": "#d3d1ff",
        "sel_out_text": "#1b1850",
        "scrollbar": "#3b3b49",
        "scrollbar_hover": "#6d6d84",
        "focus": "#8c88ff",
        "chip": "#1f1f28",
    }
)

TEXT_PAIRS: Final = tuple(
    tuple(pair.split("/"))
    for pair in (
        "text/bg text/sidebar text/raised text/selected text/hover text/field text/field_bg "
        "text/chip text/accent_soft text2/bg text2/sidebar text2/raised text2/selected text2/hover "
        "text2/field text2/field_bg text2/chip text3/bg text3/sidebar text3/raised text3/field "
        "text3/field_bg text3/chip "
        "on_accent/accent on_accent/accent_hover accent_text/bg accent_text/sidebar "
        "accent_text/raised accent_text/accent_soft accent_text/selected "
        "bubble_in_text/bubble_in bubble_in_meta/bubble_in bubble_out_text/bubble_out "
        "bubble_out_meta/bubble_out link_in/bubble_in link_out/bubble_out "
        "ok/bg ok/sidebar ok/raised warn/warn_bg danger/bg danger/sidebar danger/raised "
        "danger/danger_bg on_badge/badge sel_text/sel_bg sel_out_text/sel_out_bg"
    ).split()
)
"""(what is written, on what): at least 4.5:1."""

SHAPE_PAIRS: Final = tuple(
    tuple(pair.split("/"))
    for pair in (
        "focus/bg focus/sidebar focus/raised scrollbar_hover/bg accent/bg danger/field ok/field_bg"
    ).split()
)
"""(what is drawn, on what): at least 3:1. The idle scrollbar is fainter on purpose."""

AVATAR_COLORS: Final = (
    "#5b5bd6",
    "#0f766e",
    "#b4332f",
    "#8a4b08",
    "#1d63b8",
    "#9a2c79",
    "#3f6f1f",
    "#6b4bb8",
    "#a23e5c",
    "#4a5568",
)
"""Behind white initials; which one follows from the key (`whispr.gui.faces`)."""

ON_AVATAR: Final = "#ffffff"


@dataclass(frozen=True, slots=True, eq=False)
class Theme(Mapping[str, str]):
    """A complete set of colours: token name -> `#rrggbb`."""

    name: str
    colors: Mapping[str, str] = field(repr=False)

    def __getitem__(self, token: str) -> str:
        return self.colors[token]

    def __iter__(self) -> Iterator[str]:
        return iter(self.colors)

    def __len__(self) -> int:
        return len(self.colors)

    @property
    def is_dark(self) -> bool:
        """Whether the text is lighter than what it stands on."""
        return luminance(self.colors["text"]) > luminance(self.colors["bg"])

    def dimmed(self) -> Theme:
        """The same theme in the shade: what stands behind a dialog."""
        dark = {
            token: mix(color, "#000000", shade_of(self)) for token, color in self.colors.items()
        }
        return Theme(self.name, MappingProxyType(dark))


def shade_of(theme: Theme) -> float:
    """How much black falls on what stands behind a dialog, 0-1."""
    return 0.5 if theme.is_dark else 0.42


LIGHT: Final = Theme("Light", LIGHT_COLORS)
DARK: Final = Theme("Dark", DARK_COLORS)


def is_color(text: object) -> bool:
    """Whether it is a string of the form `#rrggbb`."""
    return isinstance(text, str) and _COLOR.fullmatch(text) is not None


def channels(color: str) -> tuple[int, int, int]:
    """Red, green and blue, 0-255, of `#rrggbb`."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def mix(color: str, other: str, share: float) -> str:
    """`color` with `share` (0-1) of `other` in it."""
    pairs = zip(channels(color), channels(other), strict=True)
    red, green, blue = (round(mine + (theirs - mine) * share) for mine, theirs in pairs)
    return f"#{red:02x}{green:02x}{blue:02x}"


def quiet_ground(theme: Mapping[str, str], surface: str) -> str:
    """The colour of fields and plain buttons on a surface (`#rrggbb`): `field_bg`, a little
    stronger where nobody could tell it from the surface."""
    ground = theme["field_bg"]
    return ground if contrast(ground, surface) >= 1.08 else mix(ground, theme["text"], 0.04)


def luminance(color: str) -> float:
    """Relative luminance, 0-1 (WCAG 2.2, "relative luminance")."""
    linear = []
    for channel in channels(color):
        value = channel / 255
        linear.append(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(color: str, other: str) -> float:
    """Contrast ratio, 1-21 (WCAG 2.2, "contrast ratio")."""
    darker, lighter = sorted((luminance(color), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def hard_to_read(theme: Mapping[str, str]) -> list[tuple[str, str, float]]:
    """(token, token below it, ratio) of every pair under 4.5 for text or 3 for shapes."""
    found = []
    for least, pairs in ((4.5, TEXT_PAIRS), (3.0, SHAPE_PAIRS)):
        for above, below in pairs:
            ratio = contrast(theme[above], theme[below])
            if ratio < least:
                found.append((above, below, ratio))
    return found
