"""The growing delay: its values, restarts, a clock set back, damaged files."""

from __future__ import annotations

from pathlib import Path

import pytest

from whispr.client.unlock_attempts import MAX_WAIT_SECONDS, UnlockAttempts, wait_seconds
from whispr.errors import StorageError

NOW_MS = 1_790_000_000_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "unlock_attempts.json"


def fail(path: Path, times: int, now_ms: int = NOW_MS) -> None:
    for _ in range(times):
        UnlockAttempts(path).failed(now_ms)


def test_delay_grows_and_is_bounded() -> None:
    delays = [wait_seconds(failed) for failed in range(13)]
    assert delays == [0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300]
    assert wait_seconds(10**9) == MAX_WAIT_SECONDS == 300


def test_typing_mistakes_are_free(path: Path) -> None:
    assert UnlockAttempts(path).check(NOW_MS) == 0
    fail(path, 2)
    assert UnlockAttempts(path).check(NOW_MS) == 0
    fail(path, 1)
    assert UnlockAttempts(path).check(NOW_MS) == 1


def test_delay_survives_a_restart_and_passes_with_time(path: Path) -> None:
    fail(path, 6)
    assert UnlockAttempts(path).check(NOW_MS) == 8
    assert UnlockAttempts(path).check(NOW_MS + 7_500) == 0.5
    assert UnlockAttempts(path).check(NOW_MS + 8_000) == 0
    assert UnlockAttempts(path).check(NOW_MS + 10**10) == 0


def test_waiting_does_not_reset_the_count(path: Path) -> None:
    fail(path, 6)
    fail(path, 1, NOW_MS + 8_000)
    assert UnlockAttempts(path).check(NOW_MS + 8_000) == 16


def test_success_resets_the_count(path: Path) -> None:
    fail(path, 6)
    UnlockAttempts(path).succeeded()
    assert UnlockAttempts(path).failed_attempts() == 0
    assert UnlockAttempts(path).check(NOW_MS) == 0


def test_success_without_failures_writes_nothing(path: Path) -> None:
    UnlockAttempts(path).succeeded()
    assert not path.exists()


def test_clock_set_back_neither_helps_nor_locks_out(path: Path) -> None:
    fail(path, 20)
    earlier = NOW_MS - 10**10
    assert UnlockAttempts(path).check(earlier) == 300
    assert UnlockAttempts(path).check(earlier + 299_000) == 1
    assert UnlockAttempts(path).check(earlier + 300_000) == 0


def test_count_is_bounded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("whispr.client.unlock_attempts._MAX_FAILED", 5)
    fail(path, 9)
    assert UnlockAttempts(path).failed_attempts() == 5


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not json",
        b"[]",
        b"3",
        b"{}",
        b'{"failed": 9}',
        b'{"failed": "9", "last_ms": 0}',
        b'{"failed": true, "last_ms": 0}',
        b'{"failed": 9, "last_ms": 1.5}',
        b'{"failed": -9, "last_ms": 0}',
        b"\xff\xfe",
        b"[" * 1000,
        b" " * 2000,
    ],
)
def test_damaged_file_counts_as_none_and_is_replaced(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    attempts = UnlockAttempts(path)
    assert attempts.check(NOW_MS) == 0
    attempts.failed(NOW_MS)
    assert attempts.failed_attempts() == 1


def test_attempt_that_cannot_be_counted_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        UnlockAttempts(tmp_path / "nowhere" / "file").failed(NOW_MS)


def test_file_holds_nothing_but_the_count(path: Path) -> None:
    fail(path, 3)
    assert path.read_text() == f'{{"failed": 3, "last_ms": {NOW_MS}}}'
