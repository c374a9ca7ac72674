"""A SQLCipher file is proven encrypted before it is used, and its key shows nowhere."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from whispr.client.store import sqlcipher
from whispr.client.store.database import Database
from whispr.errors import CorruptFileError, NotEncryptedError, StorageError

if TYPE_CHECKING:
    from pathlib import Path


def test_encrypted_file_passes_and_a_plain_one_does_not(
    tmp_path: Path, database_key: bytes
) -> None:
    path = tmp_path / "profile.db"
    Database.open(path, database_key, create=True).close()
    sqlcipher.check_encrypted(path)
    plain = sqlite3.connect(tmp_path / "plain.db")
    plain.execute("CREATE TABLE contact (name)")
    plain.close()
    with pytest.raises(NotEncryptedError, match="not encrypted"):
        sqlcipher.check_encrypted(tmp_path / "plain.db")


def test_file_that_opens_without_its_key_is_refused(
    tmp_path: Path, database_key: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "profile.db"
    Database.open(path, database_key, create=True).close()
    plain = sqlite3.connect(tmp_path / "plain.db")
    plain.execute("CREATE TABLE contact (name)")
    plain.close()
    assert not sqlcipher._opens_without_key(path)
    assert sqlcipher._opens_without_key(tmp_path / "plain.db")
    monkeypatch.setattr(sqlcipher, "_opens_without_key", lambda _path: True)
    with pytest.raises(NotEncryptedError, match="without its key"):
        Database.open(path, database_key)


def test_keyless_look_at_a_name_with_odd_characters_reads_that_file(
    tmp_path: Path, database_key: bytes
) -> None:
    path = tmp_path / "a b#c?d%20.db"
    Database.open(path, database_key, create=True).close()
    before = sorted(file.name for file in tmp_path.iterdir())
    sqlcipher.check_encrypted(path)
    Database.open(path, database_key).close()
    assert sorted(file.name for file in tmp_path.iterdir()) == before


def test_library_without_encryption_is_refused() -> None:
    plain = sqlite3.connect(":memory:")
    with pytest.raises(NotEncryptedError, match="cannot encrypt"):
        sqlcipher._give_key(plain, bytes(32))
    plain.close()


def test_refused_key_statement_does_not_quote_the_key() -> None:
    class Connection:
        def execute(self, statement: str) -> None:
            raise sqlcipher.dbapi2.OperationalError(f'near "{statement}": syntax error')

    with pytest.raises(StorageError) as refused:
        sqlcipher._give_key(Connection(), bytes(32))
    assert "00" * 32 not in str(refused.value)
    assert refused.value.__suppress_context__


def test_wrong_key_prints_nothing_by_itself(
    tmp_path: Path, database_key: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "profile.db"
    Database.open(path, database_key, create=True).close()
    with pytest.raises(CorruptFileError):
        sqlcipher.connect(path, bytes(32))
    printed = capfd.readouterr()
    assert printed.out + printed.err == ""
