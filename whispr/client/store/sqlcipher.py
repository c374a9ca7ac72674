"""How a SQLCipher file is opened: keyed, proven encrypted, with the settings that keep it safe."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any

from sqlcipher3 import dbapi2

from whispr.errors import CorruptFileError, NoProfileError, NotEncryptedError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PLAIN_HEADER = b"SQLite format 3\x00"
_DAMAGE_WORDS = ("not a database", "malformed", "hmac check failed")


@contextlib.contextmanager
def mapped_errors() -> Iterator[None]:
    """Turn SQLite's errors into ours; their text names tables and columns, never values."""
    try:
        yield
    except dbapi2.Error as error:
        text = str(error)
        if any(word in text for word in _DAMAGE_WORDS):
            raise CorruptFileError(f"the database is damaged: {text}") from error
        raise StorageError(f"the database refused: {text}") from error


def log_files(path: Path) -> tuple[Path, ...]:
    """The files that SQLite may keep beside the one at `path`."""
    return tuple(path.with_name(path.name + suffix) for suffix in ("-wal", "-shm", "-journal"))


def flush_folder(folder: Path) -> None:
    """Make a new name in this folder survive a loss of power."""
    if os.name != "posix":
        return  # Windows has no handle to flush a folder with
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def check_encrypted(path: Path) -> None:
    """Prove that the file cannot be read without its key.

    Runs before the real connection exists: closing any handle of a file drops this process's
    locks on it.
    """
    try:
        with path.open("rb") as file:
            header = file.read(len(_PLAIN_HEADER))
    except FileNotFoundError as error:
        raise NoProfileError(f"there is no {path.name}") from error
    except OSError as error:
        raise StorageError(f"cannot read {path.name}: {error.strerror}") from error
    if header == _PLAIN_HEADER:
        raise NotEncryptedError(f"{path.name} is not encrypted; refusing to use it")
    if len(header) < len(_PLAIN_HEADER):
        raise CorruptFileError(f"{path.name} is damaged: it is cut short")
    if _opens_without_key(path):
        raise NotEncryptedError(f"{path.name} is readable without its key; refusing to use it")


def _opens_without_key(path: Path) -> bool:
    # `immutable` reads the file itself and neither locks it nor touches its log.
    connection = dbapi2.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except dbapi2.DatabaseError:
        return False
    finally:
        connection.close()
    return True


def connect(path: Path, key: bytes) -> Any:
    """A keyed connection that has read the file; CorruptFileError when the key does not fit."""
    try:
        connection = dbapi2.connect(
            str(path), timeout=0, isolation_level=None, check_same_thread=False
        )
    except dbapi2.Error as error:
        raise StorageError(f"cannot open {path.name}: {error}") from error
    try:
        connection.execute("PRAGMA cipher_log_level = NONE")
        _give_key(connection, key)
        _configure(connection)
    except dbapi2.DatabaseError as error:
        connection.close()
        if any(word in str(error) for word in _DAMAGE_WORDS):
            raise CorruptFileError(
                f"{path.name} does not open with this key: another key made it, or it is damaged"
            ) from None
        raise StorageError(f"cannot open {path.name}: {error}") from error
    except BaseException:
        connection.close()
        raise
    return connection


def _give_key(connection: Any, key: bytes) -> None:
    try:
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    except dbapi2.Error:
        # Without its cause: a syntax error would quote the statement, and that holds the key.
        raise StorageError("the database library did not take the key") from None
    version = connection.execute("PRAGMA cipher_version").fetchone()
    if not version or not version[0]:
        raise NotEncryptedError("the database library cannot encrypt; install sqlcipher3")


def _configure(connection: Any) -> None:
    # EXCLUSIVE: the profile has one owner; the log then needs no shared-memory file.
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA fullfsync = ON")
    connection.execute("PRAGMA checkpoint_fullfsync = ON")
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
