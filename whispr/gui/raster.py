"""Anti-aliased pictures without a graphics library: distance -> coverage -> PPM or PNG bytes.

A shape is a signed distance: how far a point is outside the outline, negative inside. Opaque
pictures (PPM, composed over a known colour) are several times faster in Tk than transparent ones
(PNG), which are for the few things that float over unknown content.
"""

from __future__ import annotations

import functools
import itertools
import math
import struct
import zlib
from collections.abc import Callable, Iterable, Sequence

from whispr.gui.tokens import channels

Shape = Callable[[float, float], float]
"""(across, down) -> distance from the outline in pixels, negative inside."""
Point = tuple[float, float]


def circle(center_x: float, center_y: float, radius: float) -> Shape:
    """A disc."""
    return lambda across, down: math.hypot(across - center_x, down - center_y) - radius


def rounded_box(
    left: float,
    top: float,
    right: float,
    bottom: float,
    radius: float | tuple[float, float, float, float],
) -> Shape:
    """A rectangle with round corners; four radii go clockwise from the upper left one."""
    radii = radius if isinstance(radius, tuple) else (radius,) * 4
    center_x, center_y = (left + right) / 2, (top + bottom) / 2
    half_width, half_height = (right - left) / 2, (bottom - top) / 2

    def distance(across: float, down: float) -> float:
        from_x, from_y = across - center_x, down - center_y
        if from_y < 0:
            corner = radii[0] if from_x < 0 else radii[1]
        else:
            corner = radii[3] if from_x < 0 else radii[2]
        over_x = abs(from_x) - half_width + corner
        over_y = abs(from_y) - half_height + corner
        outside = math.hypot(max(over_x, 0.0), max(over_y, 0.0))
        return min(max(over_x, over_y), 0.0) + outside - corner

    return distance


def stroke(start: Point, end: Point, width: float) -> Shape:
    """A straight line with round ends."""
    start_x, start_y = start
    along_x, along_y = end[0] - start_x, end[1] - start_y
    length_squared = along_x * along_x + along_y * along_y or 1e-9
    half = width / 2

    def distance(across: float, down: float) -> float:
        from_x, from_y = across - start_x, down - start_y
        part = (from_x * along_x + from_y * along_y) / length_squared
        part = 0.0 if part < 0 else 1.0 if part > 1 else part
        return math.hypot(from_x - part * along_x, from_y - part * along_y) - half

    return distance


def polyline(points: Sequence[Point], width: float, *, closed: bool = False) -> Shape:
    """Straight lines from point to point."""
    stops = [*points, points[0]] if closed else list(points)
    return union(*(stroke(one, other, width) for one, other in itertools.pairwise(stops)))


def arc(center: Point, radius: float, start: float, end: float, width: float) -> Shape:
    """A bent line with round ends, degrees clockwise from three o'clock; 0 to 360 is a ring."""
    center_x, center_y = center
    begin = math.radians(start)
    span = math.radians((end - start) % 360 or 360)
    ends = [
        (center_x + radius * math.cos(angle), center_y + radius * math.sin(angle))
        for angle in (begin, begin + span)
    ]
    half = width / 2

    def distance(across: float, down: float) -> float:
        from_x, from_y = across - center_x, down - center_y
        if (math.atan2(from_y, from_x) - begin) % math.tau <= span:
            return abs(math.hypot(from_x, from_y) - radius) - half
        return min(math.hypot(across - end_x, down - end_y) for end_x, end_y in ends) - half

    return distance


def polygon(points: Sequence[Point]) -> Shape:
    """A filled shape with straight edges and no holes."""
    edges = list(zip(points, [*points[1:], points[0]], strict=True))
    outline = polyline(points, 0, closed=True)

    def distance(across: float, down: float) -> float:
        inside = False
        for (one_x, one_y), (other_x, other_y) in edges:
            if (one_y > down) != (other_y > down) and across < one_x + (down - one_y) * (
                other_x - one_x
            ) / (other_y - one_y):
                inside = not inside
        return -outline(across, down) if inside else outline(across, down)

    return distance


def union(*shapes: Shape) -> Shape:
    """All of them."""
    return lambda across, down: min(shape(across, down) for shape in shapes)


def without(shape: Shape, hole: Shape) -> Shape:
    """The one minus the other."""
    return lambda across, down: max(shape(across, down), -hole(across, down))


def inverse(shape: Shape) -> Shape:
    """What is outside."""
    return lambda across, down: -shape(across, down)


def outline(shape: Shape, width: float) -> Shape:
    """Its edge as a line."""
    half = width / 2
    return lambda across, down: abs(shape(across, down)) - half


def scaled(shape: Shape, factor: float) -> Shape:
    """The shape enlarged from the origin."""
    return lambda across, down: shape(across / factor, down / factor) * factor


def moved(shape: Shape, right: float, down_by: float) -> Shape:
    """The shape somewhere else."""
    return lambda across, down: shape(across - right, down - down_by)


def coverage(width: int, height: int, shape: Shape) -> bytes:
    """How much of each pixel the shape covers, 0-255, row by row."""
    out = bytearray(width * height)
    index = 0
    for row in range(height):
        down = row + 0.5
        for column in range(width):
            part = 0.5 - shape(column + 0.5, down)
            if part >= 1:
                out[index] = 255
            elif part > 0:
                out[index] = int(part * 255 + 0.5)
            index += 1
    return bytes(out)


def ppm(covered: bytes, width: int, height: int, color: str, on: str) -> bytes:
    """An opaque picture (binary PPM): one colour over another."""
    out = bytearray(3 * width * height)
    for channel, (above, below) in enumerate(zip(channels(color), channels(on), strict=True)):
        out[channel::3] = covered.translate(_blend(below, above))
    return _ppm_header(width, height) + bytes(out)


def layered_ppm(layers: Iterable[tuple[bytes, str]], width: int, height: int, on: str) -> bytes:
    """An opaque picture: (coverage, colour) painted one after the other over `on`."""
    stack = [(covered, channels(color)) for covered, color in layers]
    out = bytearray(bytes(channels(on)) * (width * height))
    for channel, ground in enumerate(channels(on)):
        plane = None
        for covered, color in stack:
            above = color[channel]
            if plane is None:
                plane = covered.translate(_blend(ground, above))
            else:
                plane = bytes(
                    [
                        above if level == 255 else below + round((above - below) * level / 255)
                        for below, level in zip(plane, covered, strict=True)
                    ]
                )
        if plane is not None:
            out[channel::3] = plane
    return _ppm_header(width, height) + bytes(out)


@functools.lru_cache(maxsize=2048)
def _blend(below: int, above: int) -> bytes:
    """What each coverage makes of two values of a channel."""
    return bytes(round(below + (above - below) * level / 255) for level in range(256))


def layered_png(layers: Iterable[tuple[bytes, str, float]], width: int, height: int) -> bytes:
    """A transparent picture: (coverage, colour, opacity 0-1) painted one after the other."""
    pixels = [(0.0, 0.0, 0.0, 0.0)] * (width * height)
    for covered, color, opacity in layers:
        red, green, blue = channels(color)
        for index, level in enumerate(covered):
            share = level / 255 * opacity
            if not share:
                continue
            old_red, old_green, old_blue, old = pixels[index]
            kept = old * (1 - share)
            total = share + kept
            pixels[index] = (
                (red * share + old_red * kept) / total,
                (green * share + old_green * kept) / total,
                (blue * share + old_blue * kept) / total,
                total,
            )
    rgba = bytearray()
    for red_part, green_part, blue_part, alpha in pixels:
        rgba += bytes((round(red_part), round(green_part), round(blue_part), round(alpha * 255)))
    return png(bytes(rgba), width, height)


def png(rgba: bytes, width: int, height: int) -> bytes:
    """A PNG file of 8-bit RGBA pixels (RFC 2083)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    stride = width * 4
    rows = b"".join(b"\0" + rgba[row * stride : (row + 1) * stride] for row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows, 6))
        + chunk(b"IEND", b"")
    )


def _ppm_header(width: int, height: int) -> bytes:
    return b"P6 %d %d 255 " % (width, height)
