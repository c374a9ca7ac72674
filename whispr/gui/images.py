"""The pictures of one look, drawn once: icons, discs, boxes, ticks, rings, and what floats.

Sizes are design pixels unless the name ends in `_px`; those are pixels of the screen. Colours are
token names or `#rrggbb`. The cache keeps every picture until `swap`, because an item on a canvas
goes blank when its picture is dropped: what holds text never becomes part of a key.
"""

from __future__ import annotations

import tkinter
from collections.abc import Callable, Iterable

from whispr.gui import raster
from whispr.gui.faces import avatar_color
from whispr.gui.icons import GRID, ICONS, logo_glyph
from whispr.gui.raster import Shape
from whispr.gui.ticks import TICKS, tick_of

RING_LEVELS = 40
"""A progress ring moves in so many steps."""

Key = tuple[object, ...]


class Images:
    """Cache of pictures for one window, one theme and one scale."""

    def __init__(
        self,
        root: tkinter.Misc,
        color: Callable[[str], str],
        shaded: Callable[[str], str],
        px: Callable[[float], int],
        covered: dict[Key, bytes] | None = None,
    ) -> None:
        self._root = root
        self._color = color
        self._shaded = shaded
        self._px = px
        self._covered = covered if covered is not None else {}
        self._pictures: dict[Key, tkinter.PhotoImage] = {}

    def __len__(self) -> int:
        return len(self._pictures)

    @property
    def covered(self) -> dict[Key, bytes]:
        """Coverage by shape and size; independent of colours, so looks may share it."""
        return self._covered

    def swap(self) -> object:
        """Begin anew; keep what is returned until everything has been drawn again."""
        old, self._pictures = self._pictures, {}
        return old

    def icon(self, name: str, size: float, color: str, on: str) -> tkinter.PhotoImage:
        """One of `icons.ICONS`, square."""
        side = self._px(size)
        return self._plain(
            ("icon", name),
            side,
            side,
            lambda: raster.scaled(ICONS[name](), side / GRID),
            color,
            on,
        )

    def tick(self, fate: str, color: str, on: str) -> tkinter.PhotoImage:
        """The sign for the fate of an own message."""
        name = tick_of(fate)
        width, height, shape = TICKS[name]
        width_px, height_px = self._px(width), self._px(height)
        return self._plain(
            ("tick", name),
            width_px,
            height_px,
            lambda: raster.scaled(shape(), width_px / width),
            color,
            on,
        )

    def disc(self, size: float, color: str, on: str) -> tkinter.PhotoImage:
        """A filled circle of that diameter."""
        side = self._px(size)
        half = side / 2
        return self._plain(
            ("disc",), side, side, lambda: raster.circle(half, half, half), color, on
        )

    def avatar(self, key: bytes, size: float, on: str) -> tkinter.PhotoImage:
        """The disc in the colour of a key; `widgets.avatar.draw_avatar` adds the initials."""
        return self.disc(size, self._shaded(avatar_color(key)), on)

    def rounded(
        self,
        width_px: int,
        height_px: int,
        radius_px: float,
        color: str,
        on: str,
        *,
        line: str = "",
        line_px: float = 0,
    ) -> tkinter.PhotoImage:
        """A whole box with round corners, with an edge where `line` is given.

        Edge and filling are one picture: drawn over each other they would leave corner spikes.
        """
        radius = min(radius_px, width_px / 2, height_px / 2)

        def box(inset: float) -> Shape:
            return raster.rounded_box(
                *(inset, inset, width_px - inset, height_px - inset), max(0, radius - inset)
            )

        key = ("box", radius)
        if not line:
            return self._plain(key, width_px, height_px, lambda: box(0), color, on)
        fill, edge, below = self._color(color), self._color(line), self._color(on)
        wanted = (*key, width_px, height_px, fill, edge, line_px, below)
        if wanted not in self._pictures:
            outer = self._coverage(key, width_px, height_px, lambda: box(0))
            inner = self._coverage((*key, line_px), width_px, height_px, lambda: box(line_px))
            data = raster.layered_ppm([(outer, edge), (inner, fill)], width_px, height_px, below)
            self._pictures[wanted] = self._photo(data)
        return self._pictures[wanted]

    def corners(
        self, radius_px: int, color: str, on: str, *, line: str = "", line_px: float = 0
    ) -> tuple[tkinter.PhotoImage, ...]:
        """The four corners of a box of any size, clockwise from the upper left one."""
        return tuple(
            self._corner(corner, radius_px, color, on, line, line_px) for corner in range(4)
        )

    def _corner(
        self, corner: int, radius_px: int, color: str, on: str, line: str, line_px: float
    ) -> tkinter.PhotoImage:
        center = (radius_px if corner in (0, 3) else 0, radius_px if corner in (0, 1) else 0)
        key = ("corner", corner)
        if not line:
            return self._plain(
                *(key, radius_px, radius_px),
                lambda: raster.circle(*center, radius_px),
                *(color, on),
            )
        fill, edge, below = self._color(color), self._color(line), self._color(on)
        wanted = (*key, radius_px, fill, edge, line_px, below)
        if wanted not in self._pictures:
            outer = self._coverage(
                key, radius_px, radius_px, lambda: raster.circle(*center, radius_px)
            )
            inner = self._coverage(
                *((*key, line_px), radius_px, radius_px),
                lambda: raster.circle(*center, radius_px - line_px),
            )
            data = raster.layered_ppm([(outer, edge), (inner, fill)], radius_px, radius_px, below)
            self._pictures[wanted] = self._photo(data)
        return self._pictures[wanted]

    def ring(
        self,
        size: float,
        level: int,
        color: str,
        track: str,
        disc: str,
        on: str,
        *,
        width: float = 3,
    ) -> tkinter.PhotoImage:
        """A disc with a progress ring at `level` of `RING_LEVELS`."""
        level = min(RING_LEVELS, max(0, level))
        colors = tuple(self._color(item) for item in (color, track, disc, on))
        side, line = self._px(size), float(max(1, self._px(width)))
        key = ("ring", side, level, line, *colors)
        if key not in self._pictures:
            half = side / 2
            center, radius = (half, half), half - line / 2 - 1
            full = self._coverage(("disc",), side, side, lambda: raster.circle(half, half, half))
            around = self._coverage(
                *(("track", line), side, side), lambda: raster.arc(center, radius, 0, 360, line)
            )
            layers = [(full, colors[2]), (around, colors[1])]
            if level:
                end = -90 + 360 * level / RING_LEVELS - 0.01
                done = self._coverage(
                    *(("done", line, level), side, side),
                    lambda: raster.arc(center, radius, -90, end, line),
                )
                layers.append((done, colors[0]))
            self._pictures[key] = self._photo(raster.layered_ppm(layers, side, side, colors[3]))
        return self._pictures[key]

    def logo(self, size: float, on: str) -> tkinter.PhotoImage:
        """The application's square."""
        side = self._px(size)
        key = ("logo", side, *(self._color(item) for item in ("accent", "on_accent", on)))
        if key not in self._pictures:
            box = self._coverage(
                *(("logo",), side, side),
                lambda: raster.rounded_box(0, 0, side, side, side * 0.3),
            )
            glyph = self._coverage(
                *(("glyph",), side, side), lambda: raster.scaled(logo_glyph(), side / GRID)
            )
            layers = [(box, self._color("accent")), (glyph, self._color("on_accent"))]
            self._pictures[key] = self._photo(
                raster.layered_ppm(layers, side, side, self._color(on))
            )
        return self._pictures[key]

    def floating(
        self,
        key: Key,
        width_px: int,
        height_px: int,
        layers: Iterable[tuple[Shape, str, float]],
    ) -> tkinter.PhotoImage:
        """A transparent picture of (shape, colour, opacity) layers, for what is over unknown
        content; the colours of the layers must be part of the key or tokens of the theme."""
        wanted = ("floating", *key, width_px, height_px)
        if wanted not in self._pictures:
            painted = [
                (raster.coverage(width_px, height_px, shape), self._color(color), opacity)
                for shape, color, opacity in layers
            ]
            data = raster.layered_png(painted, width_px, height_px)
            self._pictures[wanted] = tkinter.PhotoImage(master=self._root, data=data, format="png")
        return self._pictures[wanted]

    def _plain(
        self,
        key: Key,
        width_px: int,
        height_px: int,
        shape: Callable[[], Shape],
        color: str,
        on: str,
    ) -> tkinter.PhotoImage:
        above, below = self._color(color), self._color(on)
        wanted = (*key, width_px, height_px, above, below)
        if wanted not in self._pictures:
            covered = self._coverage(key, width_px, height_px, shape)
            self._pictures[wanted] = self._photo(
                raster.ppm(covered, width_px, height_px, above, below)
            )
        return self._pictures[wanted]

    def _coverage(
        self, key: Key, width_px: int, height_px: int, shape: Callable[[], Shape]
    ) -> bytes:
        wanted = (*key, width_px, height_px)
        if wanted not in self._covered:
            self._covered[wanted] = raster.coverage(width_px, height_px, shape())
        return self._covered[wanted]

    def _photo(self, data: bytes) -> tkinter.PhotoImage:
        return tkinter.PhotoImage(master=self._root, data=data)
