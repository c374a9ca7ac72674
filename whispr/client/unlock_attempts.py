"""How long one waits after wrong PINs, remembered across restarts.

This slows down a person at the keyboard. It cannot slow down a thief who has copied the key file:
only the secret itself does that.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from whispr.client.private_file import read_private, write_private
from whispr.errors import CorruptFileError

FREE_ATTEMPTS = 2
"""Typing mistakes that cost nothing."""

MAX_WAIT_SECONDS = 300.0

_MAX_FILE_BYTES = 1024
_MAX_FAILED = 1_000
_NOBODY_FAILED_MS = 0


def wait_seconds(failed_attempts: int) -> float:
    """Return the pause after so many wrong attempts in a row: 0, 0, 0, 1, 2, 4 … at most 300."""
    if failed_attempts <= FREE_ATTEMPTS:
        return 0.0
    doublings = min(failed_attempts - FREE_ATTEMPTS - 1, 16)
    return min(float(1 << doublings), MAX_WAIT_SECONDS)


@dataclass(frozen=True, slots=True)
class _Record:
    failed: int
    last_ms: int


class UnlockAttempts:
    """The count of wrong attempts in a row, in a small public file.

    The caller asks `check`, then counts with `failed` *before* it runs the KDF, and takes it back
    with `succeeded`: so a process that is killed in the middle gives no free attempt. Times are
    milliseconds of the wall clock, because they have to mean something after a restart.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def check(self, now_ms: int) -> float:
        """Return how many seconds to wait before the next attempt, 0.0 when it may be made.

        Never more than 300: where the clock was set back, the whole pause begins again now.
        """
        record = self._read()
        wait = wait_seconds(record.failed)
        if wait == 0.0:
            return 0.0
        if now_ms < record.last_ms:
            self._write(_Record(record.failed, now_ms))
            return wait
        return max(0.0, wait - (now_ms - record.last_ms) / 1000)

    def failed(self, now_ms: int) -> None:
        """Count one attempt. Raises StorageError when that cannot be written down."""
        record = self._read()
        self._write(_Record(min(record.failed + 1, _MAX_FAILED), now_ms))

    def succeeded(self) -> None:
        """Forget all attempts. Raises StorageError."""
        if self._read().failed:
            self._write(_Record(0, _NOBODY_FAILED_MS))

    def failed_attempts(self) -> int:
        """Return the number of attempts in a row that did not succeed."""
        return self._read().failed

    def _read(self) -> _Record:
        """Read the file; a missing or damaged one counts as none, as deleting it would."""
        try:
            data = read_private(self._path, max_bytes=_MAX_FILE_BYTES)
        except CorruptFileError:
            data = None
        try:
            fields = json.loads(data or b"{}")
            failed, last_ms = fields["failed"], fields["last_ms"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return _Record(0, _NOBODY_FAILED_MS)
        if type(failed) is not int or type(last_ms) is not int:
            return _Record(0, _NOBODY_FAILED_MS)
        return _Record(max(0, min(failed, _MAX_FAILED)), last_ms)

    def _write(self, record: _Record) -> None:
        fields = {"failed": record.failed, "last_ms": record.last_ms}
        write_private(self._path, json.dumps(fields).encode())
