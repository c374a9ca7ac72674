"""The u32 length prefix: joins bytes into frame bodies and refuses a length before it buffers."""

from __future__ import annotations

from whispr.errors import FrameTooLargeError
from whispr.protocol.limits import FRAME_LENGTH_BYTES


def prefixed(body: bytes) -> bytes:
    """A frame as it travels: u32 big-endian length, then the body."""
    return len(body).to_bytes(FRAME_LENGTH_BYTES, "big") + body


class ReceiveBuffer:
    """Bytes that arrived and are not yet a frame.

    The caller passes the limit of its state with each `next_body`, so that a length is refused as
    soon as its four bytes are there: what lies beyond them is never waited for. A caller that asks
    until None holds at most one frame of the limit, whatever the other end announces.
    """

    def __init__(self) -> None:
        self._data = bytearray()
        self._start = 0

    def __len__(self) -> int:
        return len(self._data) - self._start

    def feed(self, data: bytes | bytearray | memoryview) -> None:
        """Add bytes as they came from the transport."""
        if self._start:
            del self._data[: self._start]
            self._start = 0
        self._data += data

    def next_body(self, max_bytes: int) -> bytes | None:
        """The next complete frame body, or None until more bytes came.

        Raises:
            FrameTooLargeError: the announced length is 0 or above `max_bytes`.
        """
        data, start = self._data, self._start
        body_start = start + FRAME_LENGTH_BYTES
        if len(data) < body_start:
            return None
        length = int.from_bytes(data[start:body_start], "big")
        if not 1 <= length <= max_bytes:
            raise FrameTooLargeError(f"a frame of {length} bytes; the limit here is {max_bytes}")
        end = body_start + length
        if len(data) < end:
            return None
        self._start = end
        return bytes(memoryview(data)[body_start:end])

    def clear(self) -> None:
        """Forget everything, after an error."""
        self._data = bytearray()
        self._start = 0
