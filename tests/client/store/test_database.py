"""The profile database is encrypted, keeps what it committed, and never repairs itself silently."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from whispr.client.store import database as database_module
from whispr.client.store.database import Database
from whispr.client.store.schema import MIGRATIONS
from whispr.errors import (
    CorruptFileError,
    LocalProtocolError,
    NoProfileError,
    NotEncryptedError,
    ProfileExistsError,
    StorageError,
    UnsupportedFormatError,
)

INSERT = "INSERT INTO setting (name, value) VALUES (?, ?)"
COUNT = "SELECT count(*) FROM setting"


def test_database_reopens_with_its_rows(tmp_path: Path, database_key: bytes) -> None:
    path = tmp_path / "profile.db"
    first = Database.open(path, database_key, create=True)
    first.change(INSERT, ("colour", "green"))
    first.close()
    second = Database.open(path, database_key)
    assert second.rows("SELECT name, value FROM setting") == [("colour", "green")]
    second.close()


def test_database_settings_hold_the_promises(database: Database) -> None:
    assert database.value("PRAGMA journal_mode") == "wal"
    assert database.value("PRAGMA synchronous") == 2  # FULL: a commit is on the disk
    assert database.value("PRAGMA foreign_keys") == 1
    assert database.value("PRAGMA secure_delete") == 1
    assert database.value("PRAGMA temp_store") == 2  # MEMORY: nothing spills in clear
    assert database.value("PRAGMA user_version") == len(MIGRATIONS)
    assert database.value("PRAGMA cipher_version")


@pytest.mark.skipif(os.name != "posix", reason="POSIX file modes")
def test_files_are_private_even_under_a_loose_umask(tmp_path: Path, database_key: bytes) -> None:
    before = os.umask(0)
    try:
        opened = Database.open(tmp_path / "profile.db", database_key, create=True)
        opened.change(INSERT, ("colour", "green"))
        modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert modes == {"profile.db": 0o600, "profile.db-wal": 0o600}
    opened.close()
    assert [file.name for file in tmp_path.iterdir()] == ["profile.db"]


@pytest.mark.skipif(os.name != "posix", reason="POSIX file modes")
def test_open_closes_a_file_that_others_could_read(tmp_path: Path, database_key: bytes) -> None:
    path = tmp_path / "profile.db"
    Database.open(path, database_key, create=True).close()
    path.chmod(0o644)
    Database.open(path, database_key).close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_wrong_key_is_refused_and_leaves_every_byte(tmp_path: Path, database_key: bytes) -> None:
    path = tmp_path / "profile.db"
    Database.open(path, database_key, create=True).close()
    before = path.read_bytes()
    with pytest.raises(CorruptFileError, match="does not open with this key"):
        Database.open(path, bytes(32))
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["profile.db"]


@pytest.mark.parametrize("length", [0, 16, 31, 33, 64])
def test_key_of_another_length_is_refused(tmp_path: Path, length: int) -> None:
    with pytest.raises(LocalProtocolError, match="32 bytes"):
        Database.open(tmp_path / "profile.db", bytes(length), create=True)
    assert list(tmp_path.iterdir()) == []


def test_plain_sqlite_file_is_refused(tmp_path: Path, database_key: bytes) -> None:
    path = tmp_path / "profile.db"
    plain = sqlite3.connect(path)
    plain.execute("CREATE TABLE contact (name)")
    plain.commit()
    plain.close()
    with pytest.raises(NotEncryptedError):
        Database.open(path, database_key)


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 4096, os.urandom(8192)])
def test_damaged_file_is_refused_and_kept(
    tmp_path: Path, database_key: bytes, content: bytes
) -> None:
    path = tmp_path / "profile.db"
    path.write_bytes(content)
    with pytest.raises(CorruptFileError):
        Database.open(path, database_key)
    assert path.read_bytes() == content
    assert [file.name for file in tmp_path.iterdir()] == ["profile.db"]


def test_missing_file_is_not_made_anew(tmp_path: Path, database_key: bytes) -> None:
    with pytest.raises(NoProfileError):
        Database.open(tmp_path / "profile.db", database_key)
    assert list(tmp_path.iterdir()) == []


def test_create_never_replaces_a_file(tmp_path: Path, database_key: bytes) -> None:
    path = tmp_path / "profile.db"
    Database.open(path, database_key, create=True).close()
    before = path.read_bytes()
    with pytest.raises(ProfileExistsError):
        Database.open(path, database_key, create=True)
    assert path.read_bytes() == before


def test_create_starts_over_what_a_kill_left_half_done(tmp_path: Path, database_key: bytes) -> None:
    (tmp_path / "profile.db.new").write_bytes(b"half a file")
    (tmp_path / "profile.db.new-wal").write_bytes(b"half a log")
    Database.open(tmp_path / "profile.db", database_key, create=True).close()
    assert [file.name for file in tmp_path.iterdir()] == ["profile.db"]


def test_create_in_a_missing_folder_says_so(tmp_path: Path, database_key: bytes) -> None:
    with pytest.raises(StorageError, match=r"cannot create profile\.db"):
        Database.open(tmp_path / "nowhere" / "profile.db", database_key, create=True)


def test_newer_schema_is_refused(tmp_path: Path, database_key: bytes) -> None:
    path = tmp_path / "profile.db"
    opened = Database.open(path, database_key, create=True)
    opened.change(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    opened.close()
    with pytest.raises(UnsupportedFormatError, match="newer Whispr"):
        Database.open(path, database_key)


def test_migrations_run_once_and_in_order(
    tmp_path: Path, database_key: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "profile.db"
    Database.open(path, database_key, create=True).close()
    later = (("CREATE TABLE later (noun TEXT)",), ("INSERT INTO later VALUES ('kept')",))
    monkeypatch.setattr(database_module, "MIGRATIONS", MIGRATIONS + later)
    for _ in range(2):
        opened = Database.open(path, database_key)
        assert opened.rows("SELECT noun FROM later") == [("kept",)]
        opened.close()


def test_failed_migration_leaves_the_old_format(
    tmp_path: Path, database_key: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "profile.db"
    Database.open(path, database_key, create=True).close()
    broken = ("CREATE TABLE later (noun TEXT)", "INSERT INTO nowhere VALUES (1)")
    with monkeypatch.context() as patch:
        patch.setattr(database_module, "MIGRATIONS", (*MIGRATIONS, broken))
        with pytest.raises(StorageError):
            Database.open(path, database_key)
    opened = Database.open(path, database_key)
    assert opened.value("PRAGMA user_version") == len(MIGRATIONS)
    assert opened.value("SELECT count(*) FROM sqlite_master WHERE name = 'later'") == 0
    opened.close()


def test_second_owner_of_the_file_is_refused(database: Database, database_key: bytes) -> None:
    script = f"""
        from pathlib import Path
        from whispr.client.store.database import Database
        Database.open(Path({str(database.path)!r}), bytes.fromhex({database_key.hex()!r}))
    """
    database.change(INSERT, ("colour", "green"))
    ran = _python(script)
    assert ran.returncode == 1
    assert "StorageError: cannot open profile.db: database is locked" in ran.stderr.decode()


def test_transaction_keeps_all_or_nothing(database: Database) -> None:
    with database.transaction():
        database.change(INSERT, ("first", 1))
    with pytest.raises(RuntimeError), database.transaction():
        database.change(INSERT, ("second", 2))
        raise RuntimeError
    assert database.rows("SELECT name FROM setting") == [("first",)]


def test_inner_transaction_joins_the_outer_one(database: Database) -> None:
    with pytest.raises(RuntimeError), database.transaction():
        with database.transaction():
            database.change(INSERT, ("inner", 1))
        raise RuntimeError
    assert database.value(COUNT) == 0


def test_inner_failure_that_is_caught_undoes_the_inner_block_alone(database: Database) -> None:
    with database.transaction():
        database.change(INSERT, ("outer", 1))
        with pytest.raises(RuntimeError), database.transaction():
            database.change(INSERT, ("inner", 2))
            raise RuntimeError
        database.change(INSERT, ("after", 3))
    assert database.rows("SELECT name FROM setting ORDER BY value") == [("outer",), ("after",)]


def test_transaction_that_sqlite_rolled_back_accepts_nothing_more(database: Database) -> None:
    with pytest.raises(StorageError, match="rolled back"), database.transaction():
        database.change(INSERT, ("first", 1))
        database._connection.execute("ROLLBACK")
        database.change(INSERT, ("second", 2))
    assert database.value(COUNT) == 0
    database.change(INSERT, ("third", 3))
    assert database.value(COUNT) == 1


def test_other_thread_waits_for_the_transaction(database: Database) -> None:
    counts: list[int] = []
    reader = threading.Thread(target=lambda: counts.append(database.value(COUNT)))
    with database.transaction():
        database.change(INSERT, ("first", 1))
        reader.start()
        reader.join(timeout=0.05)
        assert counts == []
        database.change(INSERT, ("second", 2))
    reader.join()
    assert counts == [2]


def test_broken_statement_is_our_error(database: Database) -> None:
    with pytest.raises(StorageError):
        database.change("INSERT INTO nowhere VALUES (1)")
    database.change(INSERT, ("first", 1))
    with pytest.raises(StorageError, match="UNIQUE"):
        database.change(INSERT, ("first", 2))


def test_integrity_check_passes_and_sees_one_changed_byte(
    tmp_path: Path, database_key: bytes
) -> None:
    path = tmp_path / "profile.db"
    opened = Database.open(path, database_key, create=True)
    opened.check_integrity()
    opened.close()
    content = bytearray(path.read_bytes())
    content[-2000] ^= 1  # inside the last page, which opening does not read
    path.write_bytes(content)
    opened = Database.open(path, database_key)
    with pytest.raises(CorruptFileError):
        opened.check_integrity()
    opened.close()


def test_key_shows_in_no_error_and_no_repr(tmp_path: Path) -> None:
    key = b"unmistakable key of 32 bytes ..."
    path = tmp_path / "profile.db"
    opened = Database.open(path, key, create=True)
    shown = [repr(opened), str(vars(opened))]
    opened.close()
    with pytest.raises(CorruptFileError) as wrong:
        Database.open(path, key[::-1])
    assert wrong.value.__cause__ is None
    shown += [str(wrong.value), repr(wrong.value)]
    for text in shown:
        assert key.hex() not in text
        assert key[::-1].hex() not in text
        assert "unmistakable" not in text


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_kill_in_the_middle_keeps_exactly_what_was_committed(
    tmp_path: Path, database_key: bytes
) -> None:
    path = tmp_path / "profile.db"
    Database.open(path, database_key, create=True).close()
    writer = subprocess.Popen(
        [sys.executable, "-c", _dedent(WRITER), str(path), database_key.hex()],
        stdout=subprocess.PIPE,
        cwd=_ROOT,
    )
    assert writer.stdout is not None
    for line in writer.stdout:
        if line.strip() == b"30 half":
            break
    writer.send_signal(signal.SIGKILL)
    rest = writer.stdout.read().split(b"\n")
    writer.wait()
    writer.stdout.close()
    committed = max([30, *(int(line.split()[0]) for line in rest if line.endswith(b"done"))])

    opened = Database.open(path, database_key)
    numbers = [value for (value,) in opened.rows("SELECT value FROM setting ORDER BY value")]
    opened.check_integrity()
    opened.close()
    # Both rows of a transaction or none; the last "done" may have been cut off by the kill.
    assert numbers == [number for number in range(len(numbers) // 2) for _ in range(2)]
    assert len(numbers) // 2 in {committed, committed + 1}


WRITER = """
    import itertools, sys
    from pathlib import Path
    from whispr.client.store.database import Database

    database = Database.open(Path(sys.argv[1]), bytes.fromhex(sys.argv[2]))
    sql = "INSERT INTO setting (name, value) VALUES (?, ?)"
    for number in itertools.count():
        with database.transaction():
            database.change(sql, (f"first {number}", number))
            print(number, "half", flush=True)
            database.change(sql, (f"second {number}", number))
        print(number + 1, "done", flush=True)
"""

_ROOT = Path(__file__).parents[3]


def _dedent(script: str) -> str:
    return textwrap.dedent(script)


def _python(script: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", _dedent(script)], cwd=_ROOT, capture_output=True, check=False
    )
