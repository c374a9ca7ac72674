"""The growing delay: its values, restarts, a clock set back, damaged files."""

from __future__ import annotations

from pathlib import Path

import pytest

from whispr.client.unlock_attempts import MAX_WAIT_SECONDS, UnlockAttempts, wait_seconds
from whispr.errors import StorageError, WrongPinError

NOW = 1_790_000_000.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "unlock_attempts.json"


def fail(path: Path, times: int, now: float = NOW) -> None:
    for _ in range(times):
        UnlockAttempts(path).failed(now)


def pause(path: Path, now: float) -> float:
    """What `check` says at `now`: 0 when an attempt may be made."""
    try:
        UnlockAttempts(path).check(now)
    except WrongPinError as error:
        assert error.wait_seconds > 0
        return error.wait_seconds
    return 0


def test_delay_grows_and_is_bounded() -> None:
    delays = [wait_seconds(failed) for failed in range(13)]
    assert delays == [0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300]
    assert wait_seconds(10**9) == MAX_WAIT_SECONDS == 300


def test_typing_mistakes_are_free(path: Path) -> None:
    assert pause(path, NOW) == 0
    fail(path, 2)
    assert pause(path, NOW) == 0
    fail(path, 1)
    assert pause(path, NOW) == 1


def test_delay_survives_a_restart_and_passes_with_time(path: Path) -> None:
    fail(path, 6)
    assert pause(path, NOW) == 8
    assert pause(path, NOW + 7.5) == 0.5
    assert pause(path, NOW + 8) == 0
    assert pause(path, NOW + 10**7) == 0


def test_waiting_does_not_reset_the_count(path: Path) -> None:
    fail(path, 6)
    fail(path, 1, NOW + 8)
    assert pause(path, NOW + 8) == 16


def test_success_resets_the_count(path: Path) -> None:
    fail(path, 6)
    UnlockAttempts(path).succeeded()
    assert UnlockAttempts(path).failed_attempts() == 0
    assert pause(path, NOW) == 0


def test_success_without_failures_writes_nothing(path: Path) -> None:
    UnlockAttempts(path).succeeded()
    assert not path.exists()


def test_clock_set_back_neither_helps_nor_locks_out(path: Path) -> None:
    fail(path, 20)
    earlier = NOW - 10**7
    assert pause(path, earlier) == 300
    assert pause(path, earlier + 299) == 1
    assert pause(path, earlier + 300) == 0


def test_failed_says_what_follows(path: Path) -> None:
    assert [UnlockAttempts(path).failed(NOW) for _ in range(5)] == [0, 0, 1, 2, 4]


def test_refusal_says_how_long(path: Path) -> None:
    fail(path, 6)
    with pytest.raises(WrongPinError, match="wait 8 s"):
        UnlockAttempts(path).check(NOW + 0.5)


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
    assert pause(path, NOW) == 0
    attempts.failed(NOW)
    assert attempts.failed_attempts() == 1


def test_attempt_that_cannot_be_counted_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        UnlockAttempts(tmp_path / "nowhere" / "file").failed(NOW)


def test_file_holds_nothing_but_the_count(path: Path) -> None:
    fail(path, 3)
    assert path.read_text() == '{"failed": 3, "last_ms": 1790000000000}'
