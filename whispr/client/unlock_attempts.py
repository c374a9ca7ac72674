"""How long one waits after wrong PINs, remembered across restarts.

This slows down a person at the keyboard. It cannot slow down a thief who has copied the key file:
only the secret itself does that.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

from whispr.client.private_file import read_private, write_private
from whispr.errors import CorruptFileError, WrongPinError

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
    seconds of the wall clock, because they have to mean something after a restart.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def check(self, now_seconds: float) -> None:
        """Raise WrongPinError with the seconds to wait, unless an attempt may be made now.

        Never more than 300: where the clock was set back, the whole pause begins again now.
        """
        record = self._read()
        pause = wait_seconds(record.failed)
        now_ms = int(now_seconds * 1000)
        if pause and now_ms < record.last_ms:
            record = _Record(record.failed, now_ms)
            self._write(record)
        remaining = pause - (now_ms - record.last_ms) / 1000
        if pause and remaining > 0:
            raise WrongPinError(
                f"too many wrong attempts: wait {math.ceil(remaining)} s", wait_seconds=remaining
            )

    def failed(self, now_seconds: float) -> float:
        """Count one attempt and return the pause that follows it unless it succeeds, in seconds.

        Raises StorageError when that cannot be written down.
        """
        record = _Record(min(self._read().failed + 1, _MAX_FAILED), int(now_seconds * 1000))
        self._write(record)
        return wait_seconds(record.failed)

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
