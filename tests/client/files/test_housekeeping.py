"""Housekeeping: what a wipe noted and what a killed process left goes; what a row names stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from whispr.client.files.housekeeping import remove_discarded, sweep
from whispr.client.files.spool import Spool
from whispr.client.store.profile_store import ProfileStore
from whispr.errors import StorageError


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ProfileStore]:
    opened = ProfileStore.open(tmp_path / "profile.db", bytes(32), create=True)
    yield opened
    opened.close()


def new_file(spool: Spool) -> str:
    with spool.create() as file:
        file.write_part(0, b"x")
        return file.name


def discard(store: ProfileStore, *names: str) -> None:
    for name in names:
        store.database.change("INSERT INTO discarded_file (path) VALUES (?)", (name,))


def present(spool: Spool) -> set[str]:
    return {path.name for path in spool.folder.iterdir()}


def test_discarded_files_go_and_others_stay(spool: Spool, store: ProfileStore) -> None:
    kept, gone = new_file(spool), new_file(spool)
    discard(store, gone, "f" * 32, "../not of ours")
    assert remove_discarded(spool, store.attachments) == 3
    assert present(spool) == {kept}
    assert store.attachments.discarded() == ()


def test_what_cannot_be_deleted_stays_noted(
    spool: Spool, store: ProfileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy, gone = sorted((new_file(spool), new_file(spool)))
    discard(store, busy, gone)
    remove = Spool.remove

    def held(self: Spool, name: str) -> None:
        if name == busy:
            raise StorageError("cannot remove a stored file: it is open")
        remove(self, name)

    with monkeypatch.context() as patch:
        patch.setattr(Spool, "remove", held)
        assert remove_discarded(spool, store.attachments) == 1
    assert store.attachments.discarded() == (busy,)
    assert remove_discarded(spool, store.attachments) == 1
    assert present(spool) == set()


def test_sweep_removes_what_no_row_names(spool: Spool, store: ProfileStore) -> None:
    new_file(spool)
    discard(store, new_file(spool))
    assert sweep(spool, store.attachments) == 2
    assert present(spool) == set()
