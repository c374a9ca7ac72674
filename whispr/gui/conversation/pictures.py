"""Whether a picture may be decoded, read from its header: a picture is an attack until measured.

Tk decodes PNG and GIF, at full size, in the thread of the window. A JPEG is a file.
"""

from __future__ import annotations

import struct

MAX_SIDE_PIXELS = 4_000
MAX_PIXELS = 12_000_000
THUMBNAIL_PIXELS = 300
"""Longest side of a thumbnail, before scaling."""
_PNG_START = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
_GIF_STARTS = (b"GIF87a", b"GIF89a")
_GIF_EXTENSION, _GIF_IMAGE = 0x21, 0x2C

Size = tuple[int, int]


def picture_size(data: bytes) -> Size | None:
    """Width and height of a PNG or GIF that Tk may decode; None for everything else."""
    size = _png_size(data) if data.startswith(_PNG_START) else _gif_size(data)
    if size is None:
        return None
    width, height = size
    fits = 0 < width <= MAX_SIDE_PIXELS and 0 < height <= MAX_SIDE_PIXELS
    return size if fits and width * height <= MAX_PIXELS else None


def thumbnail_factor(size: Size, limit: int) -> int:
    """By which whole number a picture is divided to be no longer than `limit`."""
    return max(1, -(-max(size) // max(1, limit)))


def thumbnail_size(size: Size, limit: int) -> Size:
    """The size that Tk's `subsample` makes of it: every n-th pixel, the first included."""
    factor = thumbnail_factor(size, limit)
    return -(-size[0] // factor), -(-size[1] // factor)


def _png_size(data: bytes) -> Size | None:
    start = len(_PNG_START)
    if len(data) < start + 8:
        return None
    width, height = struct.unpack_from(">II", data, start)
    return width, height


def _gif_size(data: bytes) -> Size | None:
    """The largest of the screen and the first image: Tk makes room for each."""
    if not data.startswith(_GIF_STARTS) or len(data) < 13:
        return None
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    at = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    while at < len(data) and data[at] == _GIF_EXTENSION:
        at = _after_blocks(data, at + 2)
    if at + 10 > len(data) or data[at] != _GIF_IMAGE:
        return None
    left, top, image_width, image_height = struct.unpack_from("<HHHH", data, at + 1)
    return max(width, left + image_width), max(height, top + image_height)


def _after_blocks(data: bytes, at: int) -> int:
    while at < len(data) and data[at]:
        at += data[at] + 1
    return at + 1
