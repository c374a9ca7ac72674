"""Pictures that may be shown: checked by their header before anything decodes them.

A picture is decoded whole, in the window's thread, so a small file that claims to be enormous
would stop the window. Only PNG and GIF, only up to 4,000 pixels a side and 12 megapixels.
"""

from __future__ import annotations

import struct
from collections import OrderedDict

MAX_SIDE_PIXELS = 4_000
MAX_PIXELS = 12_000_000
MAX_PREVIEW_BYTES = 10 * 1024 * 1024
MAX_KEPT_BYTES = 32 * 1024 * 1024
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_HEADER = struct.Struct(">I4sII")
_GIF = (b"GIF87a", b"GIF89a")
_GIF_SIZE = struct.Struct("<HH")


def picture_size(data: bytes) -> tuple[int, int] | None:
    """Width and height that the header of a PNG or GIF claims; None for anything else."""
    if data.startswith(_PNG) and len(data) >= len(_PNG) + _PNG_HEADER.size:
        length, kind, width, height = _PNG_HEADER.unpack_from(data, len(_PNG))
        return (width, height) if (length, kind) == (13, b"IHDR") else None
    if data.startswith(_GIF) and len(data) >= 10:
        return _GIF_SIZE.unpack_from(data, 6)
    return None


def may_be_shown(data: bytes) -> bool:
    """Whether decoding this is bounded."""
    size = picture_size(data)
    if size is None or len(data) > MAX_PREVIEW_BYTES:
        return False
    width, height = size
    return (
        0 < width <= MAX_SIDE_PIXELS
        and 0 < height <= MAX_SIDE_PIXELS
        and width * height <= MAX_PIXELS
    )


class Previews:
    """Pictures of the messages that were looked at last, in memory alone."""

    def __init__(self, max_kept_bytes: int = MAX_KEPT_BYTES) -> None:
        self._max_kept_bytes = max_kept_bytes
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        self._refused: set[int] = set()

    def known(self, message_id: int) -> bytes | None:
        """The picture of a message, when it is kept."""
        data = self._kept.get(message_id)
        if data is not None:
            self._kept.move_to_end(message_id)
        return data

    def is_refused(self, message_id: int) -> bool:
        """Whether it was looked at and may not be shown."""
        return message_id in self._refused

    def add(self, message_id: int, data: bytes) -> bool:
        """Keep a picture; False when it may not be shown. The oldest make room."""
        if not may_be_shown(data):
            self._refused.add(message_id)
            return False
        self._kept[message_id] = data
        while len(self._kept) > 1 and self.kept_bytes > self._max_kept_bytes:
            self._kept.popitem(last=False)
        return True

    @property
    def kept_bytes(self) -> int:
        """Of all pictures together."""
        return sum(map(len, self._kept.values()))

    def clear(self) -> None:
        """Forget every picture: after a lock."""
        self._kept.clear()
        self._refused.clear()
