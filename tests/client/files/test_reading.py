"""Readable copies: whole and verified, private, under a safe name, or not there at all."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.client.files.files_kit import some_bytes
from whispr.client.crypto.attachment_header import CHUNK_BYTES
from whispr.client.files import reading
from whispr.client.files.outgoing import PreparedFile
from whispr.client.files.reading import open_stored, read_back, save_as, save_copy
from whispr.client.files.spool import Spool, SpoolFile
from whispr.errors import CorruptFileError, StorageError
from whispr.protocol.limits import PART_BYTES

Make = Callable[[bytes], PreparedFile]
DATA = some_bytes(3 * CHUNK_BYTES)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "downloads"
    path.mkdir()
    return path


def damage(spool: Spool, name: str, index: int) -> None:
    with spool.open(name, writable=True) as file:
        part = bytearray(file.read_part(index, PART_BYTES))
        part[100] ^= 1
        file.write_part(index, bytes(part))


def test_pieces_are_small_and_make_the_file(spool: Spool, make_prepared: Make) -> None:
    prepared = make_prepared(DATA)
    pieces = list(open_stored(spool, prepared.spool_name, prepared.attachment))
    assert b"".join(pieces) == DATA
    assert max(map(len, pieces)) <= CHUNK_BYTES


def test_a_damaged_part_is_never_given_out(spool: Spool, make_prepared: Make) -> None:
    prepared = make_prepared(DATA)
    damage(spool, prepared.spool_name, 1)
    pieces = open_stored(spool, prepared.spool_name, prepared.attachment)
    assert next(pieces) == DATA[:CHUNK_BYTES]
    with pytest.raises(CorruptFileError):
        next(pieces)


def test_another_file_than_described_is_noticed_at_the_end(
    spool: Spool, make_prepared: Make
) -> None:
    prepared = make_prepared(DATA)
    wrong = replace(prepared.attachment, file_sha256=bytes(32))
    with pytest.raises(CorruptFileError, match="not the one"):
        list(open_stored(spool, prepared.spool_name, wrong))


def test_another_key_opens_nothing(spool: Spool, make_prepared: Make) -> None:
    prepared = make_prepared(DATA)
    for wrong in (
        replace(prepared.attachment, key=bytes(32)),
        replace(prepared.attachment, key=b"short"),
        replace(prepared.attachment, header=b"nonsense"),
    ):
        with pytest.raises(CorruptFileError):
            list(open_stored(spool, prepared.spool_name, wrong))


def test_read_back_tells_which_parts_are_damaged(spool: Spool, make_prepared: Make) -> None:
    prepared = make_prepared(DATA)
    whole = read_back(spool, prepared.spool_name, prepared.attachment)
    assert (whole.damaged, whole.as_described) == (frozenset(), True)
    wrong = replace(prepared.attachment, file_sha256=bytes(32))
    other = read_back(spool, prepared.spool_name, wrong)
    assert (other.damaged, other.as_described) == (frozenset(), False)
    damage(spool, prepared.spool_name, 0)
    damage(spool, prepared.spool_name, 2)
    broken = read_back(spool, prepared.spool_name, prepared.attachment)
    assert (broken.damaged, broken.as_described) == (frozenset({0, 2}), False)


def test_read_back_counts_what_is_cut_off_as_damaged(spool: Spool, make_prepared: Make) -> None:
    prepared = make_prepared(DATA)
    path = spool.folder / prepared.spool_name
    path.write_bytes(path.read_bytes()[: PART_BYTES + 5])
    copy = read_back(spool, prepared.spool_name, prepared.attachment)
    assert 0 not in copy.damaged
    assert {1, 2} <= copy.damaged


def test_a_copy_is_private_and_takes_a_free_name(
    spool: Spool, make_prepared: Make, folder: Path
) -> None:
    prepared = make_prepared(DATA)
    first = save_copy(spool, prepared.spool_name, prepared.attachment, folder)
    second = save_copy(spool, prepared.spool_name, prepared.attachment, folder)
    assert [first.name, second.name] == ["Holiday plans.pdf", "Holiday plans (2).pdf"]
    for path in (first, second):
        assert path.read_bytes() == DATA
        if sys.platform != "win32":
            assert path.stat().st_mode & 0o777 == 0o600
    assert len(list(folder.iterdir())) == 2


def test_a_hostile_name_stays_in_the_folder(
    spool: Spool, make_prepared: Make, folder: Path
) -> None:
    prepared = make_prepared(b"x")
    attachment = replace(prepared.attachment, name="../../.bashrc")
    saved = save_copy(spool, prepared.spool_name, attachment, folder)
    assert saved == folder / "bashrc"


def test_of_a_damaged_file_nothing_is_left(spool: Spool, make_prepared: Make, folder: Path) -> None:
    prepared = make_prepared(DATA)
    damage(spool, prepared.spool_name, 2)
    with pytest.raises(CorruptFileError):
        save_copy(spool, prepared.spool_name, prepared.attachment, folder)
    assert list(folder.iterdir()) == []


def test_save_as_replaces_only_when_all_is_well(
    spool: Spool, make_prepared: Make, folder: Path
) -> None:
    prepared = make_prepared(DATA)
    target = folder / "chosen.pdf"
    target.write_bytes(b"old")
    wrong = replace(prepared.attachment, file_sha256=bytes(32))
    with pytest.raises(CorruptFileError):
        save_as(spool, prepared.spool_name, wrong, target)
    assert target.read_bytes() == b"old"
    save_as(spool, prepared.spool_name, prepared.attachment, target)
    assert target.read_bytes() == DATA
    assert list(folder.iterdir()) == [target]


def test_a_full_disk_leaves_nothing(
    spool: Spool, make_prepared: Make, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = make_prepared(DATA)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(reading, "force_to_disk", full)
    with pytest.raises(StorageError, match="No space left"):
        save_copy(spool, prepared.spool_name, prepared.attachment, folder)
    assert list(folder.iterdir()) == []


def test_a_folder_that_is_not_there(spool: Spool, make_prepared: Make, tmp_path: Path) -> None:
    prepared = make_prepared(b"x")
    with pytest.raises(StorageError):
        save_copy(spool, prepared.spool_name, prepared.attachment, tmp_path / "missing")
    with pytest.raises(StorageError):
        save_as(spool, prepared.spool_name, prepared.attachment, tmp_path / "missing" / "x")


def test_read_back_forces_the_copy_to_the_disk(
    spool: Spool, make_prepared: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = make_prepared(DATA)
    forced: list[str] = []
    monkeypatch.setattr(SpoolFile, "sync", lambda self: forced.append(self.name))
    assert read_back(spool, prepared.spool_name, prepared.attachment).as_described
    assert forced == [prepared.spool_name]
