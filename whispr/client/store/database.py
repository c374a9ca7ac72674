"""The SQLCipher file of a profile: opening, proving that it is encrypted, transactions.

One connection, one lock. Every call is synchronous and short (a transaction of one message takes
well under a millisecond plus one fsync), so the client's event loop calls it directly; a heavy
query may run in `asyncio.to_thread`, and the lock makes the two wait for each other. Never
`await` inside `with database.transaction()`: another task of the loop would join the transaction.

A commit is on the disk when `transaction()` returns (write-ahead log, `synchronous=FULL`, and a
full flush on macOS), which is what "persist before send, commit before acknowledge" rests on.
The key is handed to SQLCipher and kept nowhere else.
"""

from __future__ import annotations

import contextlib
import os
import threading
from typing import TYPE_CHECKING, Any

from whispr.client.store.schema import MIGRATIONS
from whispr.client.store.sqlcipher import (
    check_encrypted,
    connect,
    flush_folder,
    log_files,
    mapped_errors,
)
from whispr.errors import (
    CorruptFileError,
    LocalProtocolError,
    ProfileExistsError,
    StorageError,
    UnsupportedFormatError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    Row = tuple[Any, ...]

KEY_BYTES = 32


class Database:
    """An open profile database; make one with `Database.open`."""

    def __init__(self, connection: Any, path: Path) -> None:
        self._connection = connection
        self._lock = threading.RLock()
        self._depth = 0
        self.path = path

    def __repr__(self) -> str:
        return f"<Database {self.path.name}>"

    @classmethod
    def open(cls, path: Path, key: bytes, *, create: bool = False) -> Database:
        """Open the database at `path` with its 32-byte key, or make a new one.

        Raises NoProfileError (no file), ProfileExistsError (`create` over a file),
        NotEncryptedError (readable without the key), CorruptFileError (wrong key or damage; the
        file is never moved, emptied or made anew), UnsupportedFormatError (a newer schema).
        """
        if len(key) != KEY_BYTES:
            raise LocalProtocolError(f"a database key has {KEY_BYTES} bytes, not {len(key)}")
        if create:
            _create_file(path, key)
        check_encrypted(path)
        connection = connect(path, key)
        try:
            return cls(connection, path)._prepared()
        except BaseException:
            connection.close()
            raise

    def _prepared(self) -> Database:
        _migrate(self)
        if os.name == "posix":
            self.path.chmod(0o600)
        return self

    def close(self) -> None:
        """Fold the log into the file and close; a second call does nothing."""
        with self._lock, mapped_errors():
            self._connection.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; an inner one is a savepoint of the outer one.

        An exception that leaves the block undoes what the block did, and nothing else.
        """
        with self._lock:
            depth = self._depth
            self.change("BEGIN IMMEDIATE" if depth == 0 else f"SAVEPOINT level_{depth}")
            self._depth = depth + 1
            try:
                yield
                self.change("COMMIT" if depth == 0 else f"RELEASE level_{depth}")
            except BaseException:
                self._undo(depth)
                raise
            finally:
                self._depth = depth

    def _undo(self, depth: int) -> None:
        if not self._connection.in_transaction:
            return  # SQLite has rolled back by itself: a full disk, an I/O error
        if depth == 0:
            self.change("ROLLBACK")
        else:
            self.change(f"ROLLBACK TO level_{depth}")
            self.change(f"RELEASE level_{depth}")

    def change(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement; return how many rows it changed."""
        with self._lock:
            return int(self._execute(sql, parameters).rowcount)

    def insert(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run an INSERT; return the id of the row, or 0 when a conflict clause skipped it."""
        with self._lock:
            cursor = self._execute(sql, parameters)
            return int(cursor.lastrowid) if cursor.rowcount > 0 else 0

    def _execute(self, sql: str, parameters: Sequence[Any]) -> Any:
        if self._depth > 0 and not self._connection.in_transaction:
            # What follows would be committed one by one, apart from what was lost.
            raise StorageError("the transaction was rolled back: its remaining changes are refused")
        with mapped_errors():
            return self._connection.execute(sql, parameters)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """All rows of a query."""
        with self._lock:
            cursor = self._execute(sql, parameters)
            with mapped_errors():
                result: list[Row] = cursor.fetchall()
            return result

    def row(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        """The first row of a query, or None."""
        found = self.rows(sql, parameters)
        return found[0] if found else None

    def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """The first column of the first row, or None."""
        row = self.row(sql, parameters)
        return None if row is None else row[0]

    def compact_log(self) -> None:
        """Fold the write-ahead log into the file and empty it; not inside a transaction.

        After a wipe, so that no older page image stays behind, not even encrypted.
        """
        self.rows("PRAGMA wal_checkpoint(TRUNCATE)")

    def check_integrity(self) -> None:
        """Verify the authentication tag of every page and the structure; slow for a large file.

        Raises CorruptFileError.
        """
        self.compact_log()
        if self.rows("PRAGMA cipher_integrity_check"):
            raise CorruptFileError(f"{self.path.name} is damaged: a page fails its check")
        if self.value("PRAGMA quick_check(1)") != "ok":
            raise CorruptFileError(f"{self.path.name} is damaged: its structure is broken")


def _create_file(path: Path, key: bytes) -> None:
    """Make the file whole under another name and put it in place in one step."""
    if path.exists():
        raise ProfileExistsError(f"there is a database already: {path.name}")
    draft = path.with_name(path.name + ".new")
    for leftover in (draft, *log_files(draft)):
        leftover.unlink(missing_ok=True)
    try:
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        connection = connect(draft, key)
        try:
            _migrate(Database(connection, draft))
        finally:
            connection.close()
        draft.replace(path)
        flush_folder(path.parent)
    except OSError as error:
        raise StorageError(f"cannot create {path.name}: {error.strerror}") from error


def _migrate(database: Database) -> None:
    """Bring the schema to this version, one migration a transaction."""
    version = int(database.value("PRAGMA user_version"))
    if version > len(MIGRATIONS):
        raise UnsupportedFormatError(
            f"{database.path.name} was written by a newer Whispr (format {version}, "
            f"this one knows {len(MIGRATIONS)})"
        )
    for number, statements in enumerate(MIGRATIONS[version:], start=version + 1):
        with database.transaction():
            for statement in statements:
                database.change(statement)
            database.change(f"PRAGMA user_version = {number}")
