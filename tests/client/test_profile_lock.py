"""One process owns a profile, and a killed one frees it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from whispr.client.profile_lock import LOCK_FILE_NAME, ProfileLock
from whispr.errors import NoProfileError, ProfileInUseError, StorageError

HOLDER = """
import sys
from pathlib import Path
from whispr.client.profile_lock import ProfileLock
with ProfileLock(Path(sys.argv[1]), program="whispr listen"):
    print("held", flush=True)
    sys.stdin.read()
"""


def _holder(folder: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == b"held"
    return process


def _end(process: subprocess.Popen[bytes]) -> None:
    process.communicate()


def test_second_process_is_told_what_to_close(tmp_path: Path) -> None:
    process = _holder(tmp_path)
    with pytest.raises(ProfileInUseError) as refused:
        ProfileLock(tmp_path).acquire()
    assert str(refused.value) == (
        "the profile is in use: close the Whispr that has it open"
        f" (process {process.pid}, whispr listen)"
    )
    _end(process)
    with ProfileLock(tmp_path):
        pass


def test_kill_frees_the_lock(tmp_path: Path) -> None:
    process = _holder(tmp_path)
    process.kill()
    _end(process)
    if os.name == "posix":
        assert process.returncode == -signal.SIGKILL
    with ProfileLock(tmp_path):
        pass


def test_second_lock_of_the_same_process_is_refused(tmp_path: Path) -> None:
    with ProfileLock(tmp_path, program="whispr gui"):
        with pytest.raises(ProfileInUseError, match=f"process {os.getpid()}, whispr gui"):
            ProfileLock(tmp_path).acquire()
    with ProfileLock(tmp_path):
        pass


def test_refused_lock_does_not_free_that_of_the_owner(tmp_path: Path) -> None:
    with ProfileLock(tmp_path):
        for _ in range(2):
            second = ProfileLock(tmp_path)
            with pytest.raises(ProfileInUseError):
                second.acquire()
            second.release()


def test_release_twice_is_harmless_and_the_file_stays(tmp_path: Path) -> None:
    lock = ProfileLock(tmp_path)
    lock.acquire()
    lock.release()
    lock.release()
    assert (tmp_path / LOCK_FILE_NAME).exists()


def test_lock_of_an_exception_is_freed(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), ProfileLock(tmp_path):
        raise RuntimeError
    with ProfileLock(tmp_path):
        pass


@pytest.mark.parametrize("note", [b"", b"not a number\nx", b"\xff\xfe", b"12\n\x1b[31mred\n"])
def test_odd_note_is_no_reason_to_fail(tmp_path: Path, note: bytes) -> None:
    with ProfileLock(tmp_path):
        (tmp_path / LOCK_FILE_NAME).write_bytes(note)
        with pytest.raises(ProfileInUseError) as refused:
            ProfileLock(tmp_path).acquire()
    assert "\x1b" not in str(refused.value)
    assert str(refused.value).startswith("the profile is in use")


def test_missing_folder_is_no_profile(tmp_path: Path) -> None:
    with pytest.raises(NoProfileError):
        ProfileLock(tmp_path / "nowhere").acquire()


def test_lock_file_that_cannot_be_opened_is_said_so(tmp_path: Path) -> None:
    (tmp_path / LOCK_FILE_NAME).mkdir()
    with pytest.raises(StorageError, match="cannot open"):
        ProfileLock(tmp_path).acquire()


@pytest.mark.skipif(os.name != "posix", reason="POSIX file modes")
def test_lock_file_is_private(tmp_path: Path) -> None:
    with ProfileLock(tmp_path):
        assert (tmp_path / LOCK_FILE_NAME).stat().st_mode & 0o777 == 0o600
