"""A profile: the folder of one person on this computer, locked to one process and unlocked.

keypair.bin    key file (PIN or passphrase)       profile.lock   held by who has it open
history.db     SQLCipher database                 attempts.json  wrong PINs
files/         ciphertext of attachments          unfinished     while the profile is being made
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from whispr.client.crypto.identity import OwnIdentity
from whispr.client.crypto.kdf import (
    SALT_BYTES,
    DeriveMaster,
    KdfBounds,
    KdfParameters,
    ScryptParameters,
    derive_master,
)
from whispr.client.crypto.key_file import (
    MAX_KEY_FILE_BYTES,
    NONCE_BYTES,
    open_key_file,
    seal_key_file,
)
from whispr.client.crypto.key_material import KeyMaterial, decode_key_material, encode_key_material
from whispr.client.crypto.secret_strength import require_acceptable
from whispr.client.private_file import read_private, write_private
from whispr.client.profile_lock import ProfileLock
from whispr.client.store.profile_store import ProfileStore
from whispr.client.unlock_attempts import UnlockAttempts
from whispr.errors import NoProfileError, ProfileExistsError, StorageError, WrongPinError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType


@dataclass(frozen=True, slots=True)
class ProfilePaths:
    """Where things lie in the folder of a profile."""

    folder: Path

    @property
    def key_file(self) -> Path:
        """The sealed key file."""
        return self.folder / "keypair.bin"

    @property
    def database(self) -> Path:
        """The SQLCipher database."""
        return self.folder / "history.db"

    @property
    def files(self) -> Path:
        """Ciphertext of attachments."""
        return self.folder / "files"

    @property
    def attempts(self) -> Path:
        """How many wrong PINs were tried."""
        return self.folder / "attempts.json"

    @property
    def unfinished(self) -> Path:
        """Lies there while the profile is being made: what is beside it may be thrown away."""
        return self.folder / "unfinished"

    @property
    def exists(self) -> bool:
        """Whether there is a profile."""
        return self.key_file.exists()


@dataclass(frozen=True, slots=True)
class KeyFileAccess:
    """How key files are sealed and opened; tests give cheap parameters and count the work."""

    kdf: KdfParameters = field(default_factory=ScryptParameters)
    bounds: KdfBounds = field(default_factory=KdfBounds)
    derive: DeriveMaster = derive_master
    random_bytes: Callable[[int], bytes] = os.urandom
    wall_seconds: Callable[[], float] = time.time

    def seal(self, material: KeyMaterial, secret: str) -> bytes:
        """The bytes of a key file; takes as long as the KDF."""
        return seal_key_file(
            encode_key_material(material),
            secret,
            kdf=self.kdf,
            salt=self.random_bytes(SALT_BYTES),
            nonce=self.random_bytes(NONCE_BYTES),
            bounds=self.bounds,
            derive=self.derive,
        )

    def open(self, paths: ProfilePaths, secret: str) -> KeyMaterial:
        """Open the key file of a profile; runs the KDF once and counts wrong attempts.

        Raises:
            NoProfileError, WrongPinError (with the seconds to wait), CorruptFileError,
            UnsupportedFormatError.
        """
        data = read_private(paths.key_file, max_bytes=MAX_KEY_FILE_BYTES)
        if data is None:
            raise NoProfileError(
                f"there is no profile in {paths.folder}: make one with whispr init"
            )
        attempts = UnlockAttempts(paths.attempts)
        now_seconds = self.wall_seconds()
        attempts.check(now_seconds)
        # Counted before the KDF runs: a process killed in between has used its attempt.
        wait_seconds = attempts.failed(now_seconds)
        try:
            payload = open_key_file(data, secret, bounds=self.bounds, derive=self.derive)
        except WrongPinError as error:
            raise WrongPinError(str(error), wait_seconds=wait_seconds) from error
        attempts.succeeded()
        return decode_key_material(payload)


class Profile:
    """An unlocked profile; close it to let another process have it."""

    def __init__(
        self, paths: ProfilePaths, material: KeyMaterial, store: ProfileStore, lock: ProfileLock
    ) -> None:
        self.paths = paths
        self.material = material
        self.identity = OwnIdentity(material)
        self.store = store
        self._lock = lock

    def __repr__(self) -> str:
        return f"<Profile {self.identity!r}>"

    @classmethod
    def create(
        cls,
        folder: Path,
        material: KeyMaterial,
        secret: str,
        access: KeyFileAccess | None = None,
        *,
        fill: Callable[[ProfileStore], None] | None = None,
    ) -> Self:
        """Make a profile from fresh keys. Repeatable after a crash: the key file is written last.

        `fill` may put something into the new database before that.

        Raises:
            ProfileExistsError: there is one already, or the history of one whose key file is
                missing; nothing is touched.
            WeakSecretError: the PIN or passphrase is too easy to guess.
        """
        access = access or KeyFileAccess()
        paths = ProfilePaths(folder)
        require_acceptable(secret, person_name=material.name)
        _make_private_folder(folder)
        lock = ProfileLock(folder)
        lock.acquire()
        try:
            if paths.exists:
                raise ProfileExistsError(f"there is a profile in {folder} already")
            sealed = access.seal(material, secret)
            _begin(paths)
            store = ProfileStore.open(paths.database, material.database_key, create=True)
            try:
                _make_private_folder(paths.files)
                if fill is not None:
                    with store.transaction():
                        fill(store)
                write_private(paths.key_file, sealed)
                _finish(paths)
            except BaseException:
                store.close()
                raise
        except BaseException:
            lock.release()
            raise
        return cls(paths, material, store, lock)

    @classmethod
    def unlock(cls, folder: Path, secret: str, access: KeyFileAccess | None = None) -> Self:
        """Open a profile with its PIN or passphrase; call it in a thread, the KDF takes a while.

        Raises:
            NoProfileError, ProfileInUseError, WrongPinError, CorruptFileError,
            UnsupportedFormatError, NotEncryptedError.
        """
        access = access or KeyFileAccess()
        paths = ProfilePaths(folder)
        if not paths.exists:
            raise NoProfileError(f"there is no profile in {folder}: make one with whispr init")
        lock = ProfileLock(folder)
        lock.acquire()
        try:
            material = access.open(paths, secret)
            _make_private_folder(paths.files)
            _finish(paths)
            store = ProfileStore.open(paths.database, material.database_key)
        except BaseException:
            lock.release()
            raise
        return cls(paths, material, store, lock)

    def change_secret(self, old: str, new: str, access: KeyFileAccess | None = None) -> None:
        """Seal the same keys under another PIN or passphrase; rewrites only the key file.

        Raises:
            WrongPinError, WeakSecretError.
        """
        access = access or KeyFileAccess()
        require_acceptable(new, person_name=self.material.name)
        material = access.open(self.paths, old)
        write_private(self.paths.key_file, access.seal(material, new))

    def close(self) -> None:
        """Close the database and let go of the lock; a second call does nothing."""
        self.store.close()
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _make_private_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if sys.platform != "win32":
            folder.chmod(0o700)
    except OSError as error:
        raise StorageError(f"cannot make {folder}: {error.strerror}") from error


def _begin(paths: ProfilePaths) -> None:
    """Clear the way: the database of a creation that was cut short can be opened by nobody.

    Any other one is somebody's history, whose key file may still be found.
    """
    if not paths.unfinished.exists():
        if paths.database.exists():
            raise ProfileExistsError(
                f"{paths.database} has lost its key file: put {paths.key_file.name} back,"
                " or choose another folder"
            )
        write_private(paths.unfinished, b"")
    for suffix in ("", "-wal", "-shm"):
        _remove(paths.database.with_name(paths.database.name + suffix))


def _finish(paths: ProfilePaths) -> None:
    _remove(paths.unfinished)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"cannot remove {path.name}: {error.strerror}") from error
