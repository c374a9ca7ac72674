"""The signs for the fate of an own message, as shapes on a grid of their own size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from whispr.gui.raster import Shape, arc, circle, polyline, stroke, union

TICKS: Final[dict[str, tuple[int, int, Callable[[], Shape]]]] = {
    "queued": (
        12,
        12,
        lambda: union(
            arc((6, 6), 4.6, 0, 360, 1.4), polyline([(6, 3.4), (6, 6.2), (7.8, 7.2)], 1.4)
        ),
    ),
    "accepted": (14, 12, lambda: polyline([(2.2, 6.4), (5.6, 9.8), (11.8, 2.6)], 1.6)),
    "delivered": (
        19,
        12,
        lambda: union(
            polyline([(1.8, 6.4), (5.2, 9.8), (11.4, 2.6)], 1.6),
            polyline([(8.4, 8.9), (9.3, 9.8), (16.4, 2.6)], 1.6),
        ),
    ),
    "failed": (
        14,
        14,
        lambda: union(
            arc((7, 7), 5.4, 0, 360, 1.4), stroke((7, 4.4), (7, 7.4), 1.5), circle(7, 9.7, 0.95)
        ),
    ),
}
"""Fate of an own message -> (width, height, shape); see `tick_of` for the other fates."""


def tick_of(fate: str) -> str:
    """Which tick says a fate: one, two, a clock, or an alert."""
    known = {"read": "delivered", "expired": "failed", "sent": "accepted"}
    fate = known.get(fate, fate)
    return fate if fate in TICKS else "failed"
