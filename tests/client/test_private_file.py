"""Private files: atomic, owner only, and old or new wherever the writer is killed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from whispr.client.private_file import read_private, write_private
from whispr.errors import CorruptFileError, StorageError

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes and folders")


class Killed(BaseException):
    """Ends a write on the spot, as kill -9 does: no handler of ours runs on it."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keypair.bin"


def others(path: Path) -> list[str]:
    return [entry.name for entry in path.parent.iterdir() if entry != path]


def test_write_then_read(path: Path) -> None:
    write_private(path, b"one")
    assert read_private(path, max_bytes=100) == b"one"
    write_private(path, b"two")
    assert read_private(path, max_bytes=100) == b"two"
    assert others(path) == []


def test_missing_file_is_none(path: Path) -> None:
    assert read_private(path, max_bytes=100) is None


def test_limit_is_checked_on_both_sides(path: Path) -> None:
    write_private(path, b"x" * 100)
    assert read_private(path, max_bytes=100) == b"x" * 100
    with pytest.raises(CorruptFileError):
        read_private(path, max_bytes=99)


def test_unreadable_path_is_a_storage_error(path: Path) -> None:
    path.mkdir()
    with pytest.raises(StorageError):
        read_private(path, max_bytes=100)
    with pytest.raises(StorageError):
        write_private(path, b"data")


def test_missing_folder_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        write_private(tmp_path / "nowhere" / "file", b"data")


@posix_only
def test_file_is_for_its_owner_only(path: Path) -> None:
    path.write_bytes(b"old")
    path.chmod(0o644)
    previous = os.umask(0)
    try:
        write_private(path, b"new")
    finally:
        os.umask(previous)
    assert path.stat().st_mode & 0o777 == 0o600


@posix_only
def test_temporary_file_is_private_before_it_holds_data(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int]] = []
    real_fdopen = os.fdopen

    def watching_fdopen(descriptor: int, *rest: Any) -> Any:
        status = os.fstat(descriptor)
        seen.append((status.st_mode & 0o777, status.st_size))
        return real_fdopen(descriptor, *rest)

    monkeypatch.setattr(os, "fdopen", watching_fdopen)
    write_private(path, b"secret")
    assert seen == [(0o600, 0)]


def failing_at(call_number: int, real: Callable[..., Any], error: BaseException) -> Any:
    """Return a stand-in for `real` whose `call_number`-th call raises instead."""
    calls = 0

    def stand_in(*arguments: Any, **keywords: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call_number:
            raise error
        return real(*arguments, **keywords)

    return stand_in


STEPS = [
    pytest.param("tempfile.mkstemp", 1, b"old", id="before the temporary file"),
    pytest.param("os.fdopen", 1, b"old", id="before the data"),
    pytest.param("os.fsync", 1, b"old", id="before the data is on disk"),
    pytest.param("os.replace", 1, b"old", id="before the new name"),
    pytest.param("os.fsync", 2, b"new", id="before the folder is on disk"),
]


@posix_only
@pytest.mark.parametrize(("function", "call_number", "left"), STEPS)
def test_failing_step_leaves_old_or_new(
    path: Path, monkeypatch: pytest.MonkeyPatch, function: str, call_number: int, left: bytes
) -> None:
    write_private(path, b"old")
    module, name = function.split(".")
    real = getattr(sys.modules.get(module) or __import__(module), name)
    with monkeypatch.context() as patch:
        patch.setattr(function, failing_at(call_number, real, OSError(28, "no space left")))
        with pytest.raises(StorageError, match="no space left"):
            write_private(path, b"new")
    assert path.read_bytes() == left
    assert others(path) == [], "a failed write tidies up"


@posix_only
@pytest.mark.parametrize(("function", "call_number", "left"), STEPS)
def test_kill_at_any_step_leaves_old_or_new(
    path: Path, monkeypatch: pytest.MonkeyPatch, function: str, call_number: int, left: bytes
) -> None:
    write_private(path, b"old")
    module, name = function.split(".")
    real = getattr(sys.modules.get(module) or __import__(module), name)
    with monkeypatch.context() as patch:
        patch.setattr(function, failing_at(call_number, real, Killed()))
        with pytest.raises(Killed):
            write_private(path, b"new")
    assert read_private(path, max_bytes=100) == left
    write_private(path, b"next")
    assert path.read_bytes() == b"next"
    assert others(path) == [], "the next write removes what a killed one left"


def test_only_leftovers_of_the_same_file_are_removed(path: Path) -> None:
    for name in (".keypair.bin.abc.tmp", ".other.bin.abc.tmp", "keypair.bin.tmp", "notes.tmp"):
        (path.parent / name).write_bytes(b"x")
    write_private(path, b"data")
    assert sorted(others(path)) == [".other.bin.abc.tmp", "keypair.bin.tmp", "notes.tmp"]


KILLED_WRITER = """
import os, sys
from pathlib import Path
from whispr.client import private_file
os.replace = lambda *_: os.kill(os.getpid(), 9)
private_file.write_private(Path(sys.argv[1]), b"new" * 1000)
"""


@posix_only
def test_real_kill_before_the_rename_leaves_the_old_file(path: Path) -> None:
    write_private(path, b"old")
    done = subprocess.run(
        [sys.executable, "-c", KILLED_WRITER, str(path)],
        cwd=Path(__file__).parents[2],
        check=False,
        timeout=30,
    )
    assert done.returncode == -9
    assert path.read_bytes() == b"old"
    assert len(others(path)) == 1
    write_private(path, b"next")
    assert others(path) == []
