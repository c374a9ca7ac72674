"""How far a transfer is, in bytes of the file as a person sees it; never goes back."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called with the bytes that are over and the bytes in all."""


def ignore_progress(_done_bytes: int, _total_bytes: int) -> None:
    """For who does not want to know."""


class ProgressMeter:
    """Turns bytes of the blob into bytes of the file, which is smaller by padding and tags."""

    def __init__(self, report: Progress, *, file_bytes: int, blob_bytes: int) -> None:
        self._report = report
        self._file_bytes = file_bytes
        self._blob_bytes = blob_bytes
        self._reported_bytes = -1

    def update(self, blob_bytes_done: int) -> None:
        """Report, unless it is nothing new; a transfer that begins again waits to catch up."""
        done_bytes = self._file_bytes * min(blob_bytes_done, self._blob_bytes) // self._blob_bytes
        if done_bytes > self._reported_bytes:
            self._reported_bytes = done_bytes
            self._report(done_bytes, self._file_bytes)
