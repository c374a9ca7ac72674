"""The icons and the logo, as shapes on a grid of 24 by 24."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from whispr.gui.raster import (
    Point,
    Shape,
    arc,
    circle,
    outline,
    polygon,
    polyline,
    rounded_box,
    stroke,
    union,
    without,
)

GRID: Final = 24
LINE: Final = 1.9
BOLD: Final = 2.1

_SHIELD: Final[tuple[Point, ...]] = (
    (12, 3.2),
    (19.3, 6),
    (19.3, 11.6),
    (17.6, 16.2),
    (12, 20.8),
    (6.4, 16.2),
    (4.7, 11.6),
    (4.7, 6),
)
_EYE: Final[tuple[Point, ...]] = (
    (2.6, 12),
    (5.6, 8.4),
    (9, 6.4),
    (12, 5.9),
    (15, 6.4),
    (18.4, 8.4),
    (21.4, 12),
    (18.4, 15.6),
    (15, 17.6),
    (12, 18.1),
    (9, 17.6),
    (5.6, 15.6),
)


def _line(*points: Point, width: float = LINE, closed: bool = False) -> Shape:
    return polyline(points, width, closed=closed)


def _ring(center_x: float, center_y: float, radius: float, width: float = LINE) -> Shape:
    return arc((center_x, center_y), radius, 0, 360, width)


def _frame(left: float, top: float, right: float, bottom: float, radius: float) -> Shape:
    return outline(rounded_box(left, top, right, bottom, radius), LINE)


def _eye() -> Shape:
    return union(_line(*_EYE, closed=True), _ring(12, 12, 2.9))


def _page() -> Shape:
    edge = _line((6, 3.5), (13.6, 3.5), (18.5, 8.4), (18.5, 20.5), (6, 20.5), closed=True)
    return union(edge, _line((13.4, 3.9), (13.4, 8.6), (18, 8.6)))


def _paper_clip() -> Shape:
    return union(
        _line((20.2, 11.3), (11.8, 19.7)),
        arc((8.2, 16.1), 5.09, 45, 225, LINE),
        _line((4.6, 12.5), (12.9, 4.2)),
        arc((15.3, 6.6), 3.39, 225, 405, LINE),
        _line((17.7, 9), (9.5, 17.2)),
        arc((8.3, 16), 1.7, 45, 225, LINE),
        _line((7.1, 14.8), (14.2, 7.7)),
    )


def _sliders() -> Shape:
    return union(
        _line((4, 7), (13, 7)),
        _line((19, 7), (20, 7)),
        _ring(16, 7, 2.6),
        _line((4, 17), (5, 17)),
        _ring(8, 17, 2.6),
        _line((11, 17), (20, 17)),
    )


def _padlock() -> Shape:
    shackle = union(arc((12, 8.2), 4.1, 180, 360, LINE), _line((7.9, 8.2), (7.9, 11)))
    return union(_frame(5, 11, 19, 20.5, 2.6), shackle, _line((16.1, 8.2), (16.1, 11)))


def _qr_corners() -> Shape:
    return union(
        _frame(4, 4, 10, 10, 1.2),
        _frame(14, 4, 20, 10, 1.2),
        _frame(4, 14, 10, 20, 1.2),
        _line((14.4, 14.4), (14.4, 17)),
        _line((19.6, 14.4), (17.2, 14.4)),
        _line((17.2, 17.2), (17.2, 19.8)),
        _line((19.8, 17.6), (19.8, 19.8)),
    )


def _bell() -> Shape:
    body = _line(
        *((6.2, 16.4), (6.2, 11), (7.6, 7.4), (12, 5), (16.4, 7.4), (17.8, 11), (17.8, 16.4))
    )
    return union(body, _line((4.4, 16.8), (19.6, 16.8)), arc((12, 18.2), 1.9, 10, 170, LINE))


def _bin() -> Shape:
    return union(
        _line((4.5, 6.8), (19.5, 6.8)),
        _line((6.6, 7), (7.6, 20), (16.4, 20), (17.4, 7)),
        _line((9.4, 6.4), (9.8, 3.9), (14.2, 3.9), (14.6, 6.4)),
    )


def _copy() -> Shape:
    behind = _line(*((5.6, 15.3), (4.2, 14.2), (4.2, 5.6), (5.6, 4.2), (14.2, 4.2), (15.3, 5.6)))
    return union(_frame(8.5, 8.5, 20, 20, 2.6), behind)


def _waves() -> Shape:
    return union(arc((12, 19), 13.2, 228, 312, LINE), arc((12, 19), 8.2, 228, 312, LINE))


def _relay() -> Shape:
    boxes = union(_frame(4, 4, 20, 10.6, 2), _frame(4, 13.4, 20, 20, 2))
    return union(boxes, circle(7.6, 7.3, 1.1), circle(7.6, 16.7, 1.1))


def _palette() -> Shape:
    places = ((8.6, 9.6), (14.6, 8.4), (16.2, 13), (9.0, 15.0))
    dots = (circle(across, down, 1.35) for across, down in places)
    return union(_ring(12, 12, 8.4), *dots)


def _keyboard() -> Shape:
    keys = (circle(across, 10, 1) for across in (7, 10.4, 13.7, 17))
    return union(_frame(3, 6, 21, 18, 2.4), *keys, _line((8, 14.4), (16, 14.4)))


def _refresh() -> Shape:
    head = _line((19.6, 4.6), (19.4, 9.2), (14.8, 9))
    return union(arc((12, 12), 7.4, 20, 330, LINE), head)


def _monitor() -> Shape:
    return union(_frame(3.5, 4.5, 20.5, 15.5, 2.2), _line((12, 16), (12, 19.6)), _foot())


def _foot() -> Shape:
    return _line((8, 19.8), (16, 19.8))


def _tray() -> Shape:
    return union(
        _line((4, 13), (6.6, 5), (17.4, 5), (20, 13), (20, 19), (4, 19), closed=True),
        _line((4.4, 13.2), (9, 13.2), (10.4, 15.6), (13.6, 15.6), (15, 13.2), (19.6, 13.2)),
    )


def _link() -> Shape:
    upper = union(_line((10, 7.4), (12.6, 4.9)), arc((15.7, 8.1), 4.4, 225, 405, LINE))
    lower = union(_line((14, 16.6), (11.4, 19.1)), arc((8.3, 15.9), 4.4, 45, 225, LINE))
    return union(upper, _line((18.8, 11.2), (16.4, 13.6)), lower, _line((5.2, 12.8), (7.6, 10.4)))


def _sun() -> Shape:
    rays = []
    for along_x, along_y in ((1, 0), (0, 1), (-1, 0), (0, -1)):
        rays.append(_line(_ray(along_x, along_y, 7.2), _ray(along_x, along_y, 9)))
        turned = ((along_x - along_y) * 0.707, (along_x + along_y) * 0.707)
        rays.append(_line(_ray(*turned, 7.2), _ray(*turned, 9)))
    return union(_ring(12, 12, 3.8), *rays)


def _ray(along_x: float, along_y: float, distance: float) -> Point:
    return 12 + along_x * distance, 12 + along_y * distance


def _marked(sign: Shape) -> Shape:
    return union(_ring(12, 12, 8.4), sign)


def _shield(sign: Shape) -> Shape:
    return union(_line(*_SHIELD, closed=True), sign)


ICONS: Final[dict[str, Callable[[], Shape]]] = {
    "send": lambda: union(
        stroke((12, 19), (12, 5.5), 2.2), polyline([(6, 11.2), (12, 5.2), (18, 11.2)], 2.2)
    ),
    "clip": _paper_clip,
    "plus": lambda: union(_line((12, 5), (12, 19)), _line((5, 12), (19, 12))),
    "minus": lambda: _line((5, 12), (19, 12)),
    "search": lambda: union(_ring(10.8, 10.8, 6.3), _line((15.6, 15.6), (20, 20))),
    "settings": _sliders,
    "lock": _padlock,
    "shield": lambda: _shield(_line((8.6, 11.8), (11.2, 14.4), (15.6, 9.6))),
    "shieldx": lambda: _shield(union(_line((12, 8), (12, 12.4)), circle(12, 15.8, 1.15))),
    "x": lambda: union(_line((6, 6), (18, 18)), _line((18, 6), (6, 18))),
    "check": lambda: _line((5, 12.6), (10, 17.6), (19.2, 7), width=BOLD),
    "down": lambda: _line((6, 9.5), (12, 15.5), (18, 9.5), width=BOLD),
    "up": lambda: _line((6, 14.5), (12, 8.5), (18, 14.5), width=BOLD),
    "back": lambda: _line((14.5, 5.5), (8, 12), (14.5, 18.5), width=BOLD),
    "forward": lambda: _line((9.5, 5.5), (16, 12), (9.5, 18.5), width=BOLD),
    "download": lambda: union(
        _line((12, 4), (12, 15)), _line((7, 10.4), (12, 15.4), (17, 10.4)), _foot_wide()
    ),
    "upload": lambda: union(
        _line((12, 15.4), (12, 4.4)), _line((7, 9), (12, 4), (17, 9)), _foot_wide()
    ),
    "file": _page,
    "image": lambda: union(
        _frame(3.5, 4.5, 20.5, 19.5, 2.8),
        _ring(8.6, 9.6, 1.5, 1.7),
        _line((4.2, 17.4), (9.2, 13.2), (12, 15.4), (16, 11), (20, 14.8)),
    ),
    "copy": _copy,
    "qr": _qr_corners,
    "more": lambda: union(*(circle(across, 12, 1.5) for across in (5.5, 12, 18.5))),
    "clock": lambda: _marked(_line((12, 7.4), (12, 12.2), (15.2, 14))),
    "alert": lambda: _marked(union(_line((12, 7.6), (12, 12.6)), circle(12, 16.2, 1.2))),
    "info": lambda: _marked(union(circle(12, 7.9, 1.2), _line((12, 11.4), (12, 16.4)))),
    "help": lambda: _marked(
        union(
            arc((12, 10), 2.5, 180, 395, LINE),
            _line((14, 11.6), (12, 13.2), (12, 13.6)),
            circle(12, 16.8, 1.2),
        )
    ),
    "wifioff": lambda: union(_waves(), circle(12, 18.4, 1.5), _line((4, 4), (20, 20))),
    "eye": _eye,
    "eyeoff": lambda: union(_eye(), _line((4.4, 3.8), (19.6, 20.2))),
    "smile": lambda: _marked(
        union(circle(9, 10, 1.15), circle(15, 10, 1.15), arc((12, 12.2), 4.2, 25, 155, LINE))
    ),
    "moon": lambda: outline(without(circle(12, 12, 8.2), circle(16.4, 8.4, 7)), LINE),
    "sun": _sun,
    "bell": _bell,
    "trash": _bin,
    "reply": lambda: union(
        _line((9.4, 5.4), (4.2, 10.6), (9.4, 15.8)),
        _line((4.6, 10.6), (14, 10.6), (18, 12.4), (19.8, 16), (19.8, 18.6)),
    ),
    "user": lambda: union(_ring(12, 8.2, 3.9), arc((12, 21.5), 8, 212, 328, LINE)),
    "relay": _relay,
    "palette": _palette,
    "keyboard": _keyboard,
    "refresh": _refresh,
    "monitor": _monitor,
    "inbox": _tray,
    "link": _link,
    "folder": lambda: _line(
        *((3.8, 18.6), (3.8, 5.6), (9.4, 5.6), (11.6, 8.2), (20.2, 8.2), (20.2, 18.6)), closed=True
    ),
}


def _foot_wide() -> Shape:
    return _line((5, 19.6), (19, 19.6))


def logo_glyph() -> Shape:
    """A speech bubble with a keyhole, on the 24x24 grid of the application's square."""
    bubble = rounded_box(5, 5.5, 19, 16.5, 5)
    tail = polygon([(6.6, 14.6), (12.4, 15.8), (9.3, 19.6)])
    keyhole = union(circle(12, 10.2, 1.7), stroke((12, 10.5), (12, 13.2), 1.5))
    return without(union(bubble, tail), keyhole)
