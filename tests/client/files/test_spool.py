"""The spool: private, nameless files of parts; a sweep that keeps what is named; a full disk."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

from whispr.client.files.spool import Spool
from whispr.errors import CorruptFileError, LocalProtocolError, StorageError
from whispr.protocol.limits import PART_BYTES


def test_parts_lie_in_a_row_and_come_back(spool: Spool) -> None:
    last = b"z" * 10
    with spool.create() as file:
        file.write_part(1, last)
        file.write_part(0, b"a" * PART_BYTES)
        file.sync()
        name = file.name
    spool.sync()
    assert (spool.folder / name).read_bytes() == b"a" * PART_BYTES + last
    with spool.open(name) as file:
        assert file.size_bytes == PART_BYTES + 10
        assert file.read_part(1, 10) == last
        assert file.read_part(0, PART_BYTES) == b"a" * PART_BYTES


def test_clear_forgets_every_part(spool: Spool) -> None:
    with spool.create() as file:
        file.write_part(1, b"abc")
        file.clear()
        assert file.size_bytes == 0
        file.write_part(0, b"d")
        assert file.read_part(0, 1) == b"d"


def test_a_part_of_too_many_bytes_is_refused(spool: Spool) -> None:
    with spool.create() as file:
        file.write_part(0, bytes(PART_BYTES))
        with pytest.raises(LocalProtocolError):
            file.write_part(0, bytes(PART_BYTES + 1))


def test_a_file_that_ends_too_early_says_so(spool: Spool) -> None:
    with spool.create() as file:
        file.write_part(0, b"abc")
        assert file.read_part(0, 3) == b"abc"
        with pytest.raises(CorruptFileError, match="cut short"):
            file.read_part(0, 4)


def test_a_file_that_is_gone_says_so(spool: Spool) -> None:
    with spool.create() as file:
        name = file.name
    spool.remove(name)
    spool.remove(name)
    with pytest.raises(CorruptFileError, match="gone"):
        spool.open(name)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "x" * 32, "a" * 31, "a" * 33, "A" * 32])
def test_a_name_that_is_not_of_the_spool_is_refused(spool: Spool, name: str) -> None:
    with pytest.raises(CorruptFileError):
        spool.open(name)
    with pytest.raises(CorruptFileError):
        spool.remove(name)


@pytest.mark.skipif(sys.platform == "win32", reason="rights are those of the profile's folder")
def test_only_the_owner_reads(tmp_path: Path) -> None:
    folder = tmp_path / "open to all"
    folder.mkdir(mode=0o755)
    spool = Spool(folder)
    with spool.create() as file:
        assert (folder / file.name).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_in_the_folder_is_not_followed(spool: Spool, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"secret")
    (spool.folder / ("a" * 32)).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError):
        spool.open("a" * 32, writable=True)


def test_names_are_random_and_never_taken_twice(tmp_path: Path) -> None:
    spool = Spool(tmp_path, random_bytes=lambda size: bytes(size))
    with spool.create() as file:
        assert file.name == "00" * 16
    with pytest.raises(StorageError):
        spool.create()


def test_sweep_removes_what_nobody_names_and_nothing_else(spool: Spool) -> None:
    names = []
    for _ in range(3):
        with spool.create() as file:
            names.append(file.name)
    foreign = spool.folder / "readme.txt"
    foreign.write_text("of the person")
    assert spool.sweep([names[1], "f" * 32]) == 2
    assert {path.name for path in spool.folder.iterdir()} == {names[1], "readme.txt"}
    assert spool.sweep([names[1]]) == 0


def test_a_file_opened_for_reading_cannot_be_written(spool: Spool) -> None:
    with spool.create() as file:
        name = file.name
    with spool.open(name) as file, pytest.raises(StorageError):
        file.write_part(0, b"x")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_a_storage_error(spool: Spool) -> None:
    with spool.create() as file:
        full = os.open("/dev/full", os.O_RDWR)
        os.dup2(full, file._file.fileno())
        os.close(full)
        with pytest.raises(StorageError, match="No space left") as caught:
            file.write_part(0, b"x")
        assert isinstance(caught.value.__cause__, OSError)
        assert caught.value.__cause__.errno == errno.ENOSPC


def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError):
        Spool(tmp_path / "file" / "files")
