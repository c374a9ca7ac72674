"""Create, unlock, change the PIN; killed anywhere; nothing to read on the disk."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.client.kit import (
    CHEAP_BOUNDS,
    PASSPHRASE,
    PIN,
    CountedKdf,
    Scene,
    key_file_access,
    material,
    scene,
    send,
)
from tests.client.test_content import ATTACHMENT
from whispr.client import private_file
from whispr.client.content import ContentType
from whispr.client.crypto.kdf import KdfBounds, ScryptParameters
from whispr.client.profile import KeyFileAccess, Profile, ProfilePaths
from whispr.client.store.profile_store import ProfileStore
from whispr.client.store.settings import MESSAGE_LIFE_MS
from whispr.client.unlock_attempts import UnlockAttempts
from whispr.errors import (
    CorruptFileError,
    NoProfileError,
    ProfileExistsError,
    ProfileInUseError,
    StorageError,
    UnsupportedFormatError,
    WeakSecretError,
    WrongPinError,
)

ALICE = material("Alice")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With a profile that nobody has open."""
    Profile.create(tmp_path / "profile", ALICE, PIN, key_file_access()).close()
    return tmp_path / "profile"


def snapshot(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "profile.lock"
    }


def test_a_new_profile_is_open_and_opens_again(folder: Path) -> None:
    with Profile.unlock(folder, PIN, key_file_access()) as profile:
        assert profile.material == ALICE
        assert profile.identity.identity == profile.identity.root.public
        profile.store.settings.set(MESSAGE_LIFE_MS, 5)
    with Profile.unlock(folder, PIN, key_file_access()) as profile:
        assert profile.store.settings.get(MESSAGE_LIFE_MS) == 5
    assert sorted(snapshot(folder)) == ["attempts.json", "history.db", "keypair.bin"]


def test_it_is_private(folder: Path) -> None:
    if sys.platform == "win32":
        return  # the folder of a user is closed to others there
    for path in (folder, folder / "files"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    for name in ("keypair.bin", "history.db", "profile.lock"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600


def test_an_existing_profile_is_not_touched(folder: Path) -> None:
    before = snapshot(folder)
    with pytest.raises(ProfileExistsError):
        Profile.create(folder, material("Mallory"), PIN, key_file_access())
    assert snapshot(folder) == before


@pytest.mark.parametrize("secret", ["123456", "48291", "password", "Alice2024"])
def test_a_weak_secret_makes_nothing(tmp_path: Path, secret: str) -> None:
    with pytest.raises(WeakSecretError):
        Profile.create(tmp_path / "profile", ALICE, secret, key_file_access())
    assert not (tmp_path / "profile").exists()


def test_where_no_profile_is(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(NoProfileError, match="whispr init"):
            Profile.unlock(place, PIN, key_file_access())


def test_unlock_runs_the_kdf_once(folder: Path) -> None:
    kdf = CountedKdf()
    Profile.unlock(folder, PIN, key_file_access(derive=kdf)).close()
    assert kdf.runs == 1


def test_a_wrong_pin_opens_nothing_and_counts_before_the_kdf(folder: Path) -> None:
    attempts = UnlockAttempts(ProfilePaths(folder).attempts)
    counted: list[int] = []
    kdf = CountedKdf()
    kdf.before = lambda: counted.append(attempts.failed_attempts())
    database = (folder / "history.db").read_bytes()
    with pytest.raises(WrongPinError) as caught:
        Profile.unlock(folder, "917305", key_file_access(derive=kdf))
    assert counted == [1] and kdf.runs == 1
    assert caught.value.wait_seconds == 0 and "917305" not in str(caught.value)
    assert (folder / "history.db").read_bytes() == database
    Profile.unlock(folder, PIN, key_file_access()).close()
    assert attempts.failed_attempts() == 0


def test_a_kill_in_the_middle_of_the_kdf_has_used_its_attempt(folder: Path) -> None:
    class Killed(BaseException):
        pass

    kdf = CountedKdf()

    def kill() -> None:
        raise Killed

    kdf.before = kill
    for _ in range(3):
        with pytest.raises(Killed):
            Profile.unlock(folder, "917305", key_file_access(derive=kdf))
    with pytest.raises(WrongPinError, match="wait") as caught:
        Profile.unlock(folder, PIN, key_file_access(derive=kdf))
    assert caught.value.wait_seconds == 1.0


def test_after_three_wrong_pins_one_has_to_wait(folder: Path) -> None:
    clock = [1000.0]
    kdf = CountedKdf()
    access = key_file_access(derive=kdf, wall_seconds=lambda: clock[0])
    waits = []
    for _ in range(3):
        with pytest.raises(WrongPinError) as caught:
            Profile.unlock(folder, "917305", access)
        waits.append(caught.value.wait_seconds)
    assert waits == [0, 0, 1]
    with pytest.raises(WrongPinError):
        Profile.unlock(folder, PIN, access)
    assert kdf.runs == 3, "not even the right one is tried"
    clock[0] += 1
    Profile.unlock(folder, PIN, access).close()


def test_a_second_process_is_told_what_to_close(folder: Path) -> None:
    kdf = CountedKdf()
    with Profile.unlock(folder, PIN, key_file_access()):
        with pytest.raises(ProfileInUseError, match="close the Whispr"):
            Profile.unlock(folder, PIN, key_file_access(derive=kdf))
        with pytest.raises(ProfileInUseError):
            Profile.create(folder, ALICE, PIN, key_file_access(derive=kdf))
    assert kdf.runs == 0
    Profile.unlock(folder, PIN, key_file_access()).close()


def test_whatever_fails_lets_go_of_the_lock(folder: Path) -> None:
    database = folder / "history.db"
    whole = database.read_bytes()
    with pytest.raises(WrongPinError):
        Profile.unlock(folder, "917305", key_file_access())
    database.write_bytes(bytes(len(whole)))
    with pytest.raises(CorruptFileError):
        Profile.unlock(folder, PIN, key_file_access())
    assert database.read_bytes() == bytes(len(whole)), "never moved, emptied or made anew"
    database.write_bytes(whole)
    Profile.unlock(folder, PIN, key_file_access()).close()


def test_weakened_kdf_parameters_are_refused_before_any_work(folder: Path) -> None:
    kdf = CountedKdf()
    with pytest.raises(UnsupportedFormatError):
        Profile.unlock(folder, PIN, key_file_access(derive=kdf, bounds=KdfBounds()))
    assert kdf.runs == 0
    assert KeyFileAccess().bounds == KdfBounds() != CHEAP_BOUNDS
    assert KeyFileAccess().kdf == ScryptParameters(log2_n=17)


def test_every_changed_byte_of_the_key_file_opens_nothing(folder: Path) -> None:
    key_file = folder / "keypair.bin"
    whole = key_file.read_bytes()
    for index in range(0, len(whole), 7):
        changed = bytearray(whole)
        changed[index] ^= 1
        key_file.write_bytes(bytes(changed))
        (folder / "attempts.json").unlink(missing_ok=True)
        with pytest.raises(StorageError):
            Profile.unlock(folder, PIN, key_file_access())
    key_file.write_bytes(whole)
    (folder / "attempts.json").unlink()
    Profile.unlock(folder, PIN, key_file_access()).close()


def test_a_new_pin_rewrites_the_key_file_and_nothing_else(folder: Path) -> None:
    with Profile.unlock(folder, PIN, key_file_access()) as profile:
        before = snapshot(folder)
        kdf = CountedKdf()
        profile.change_secret(PIN, PASSPHRASE, key_file_access("change", derive=kdf))
        assert kdf.runs == 2, "one to open, one to seal"
        after = snapshot(folder)
        assert [name for name in after if after[name] != before.get(name)] == ["keypair.bin"]
    with pytest.raises(WrongPinError):
        Profile.unlock(folder, PIN, key_file_access())
    with Profile.unlock(folder, PASSPHRASE, key_file_access()) as profile:
        assert profile.material == ALICE


def test_a_wrong_old_pin_or_a_weak_new_one_changes_nothing(folder: Path) -> None:
    with Profile.unlock(folder, PIN, key_file_access()) as profile:
        before = (folder / "keypair.bin").read_bytes()
        with pytest.raises(WrongPinError):
            profile.change_secret("917305", PASSPHRASE, key_file_access())
        assert UnlockAttempts(profile.paths.attempts).failed_attempts() == 1
        kdf = CountedKdf()
        with pytest.raises(WeakSecretError):
            profile.change_secret(PIN, "111111", key_file_access(derive=kdf))
        assert kdf.runs == 0 and (folder / "keypair.bin").read_bytes() == before


class Killed(BaseException):
    """The process ends here: nothing after it runs, not even a clean-up of files."""


@pytest.fixture
def kill_at(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], list[str]]]:
    """Ends the process at the n-th step that touches the disk; gives the steps that were taken."""

    def arm(last: int) -> list[str]:
        steps: list[str] = []

        def wrap(place: Any, name: str) -> None:
            real = getattr(place, name)

            def step(*arguments: Any, **named: Any) -> Any:
                if len(steps) == last:
                    raise Killed(name)
                steps.append(name)
                return real(*arguments, **named)

            monkeypatch.setattr(place, name, step)

        wrap(private_file.tempfile, "mkstemp")
        wrap(private_file, "_write_and_sync")
        wrap(private_file.os, "replace")
        wrap(private_file, "sync_folder")
        wrap(ProfileStore, "open")
        wrap(Path, "unlink")
        return steps

    yield arm


CHANGE_STEPS = 12


@pytest.mark.parametrize("last", range(CHANGE_STEPS + 1))
def test_a_kill_at_any_step_of_a_pin_change_leaves_the_old_or_the_new_pin(
    folder: Path,
    kill_at: Callable[[int], list[str]],
    monkeypatch: pytest.MonkeyPatch,
    last: int,
) -> None:
    profile = Profile.unlock(folder, PIN, key_file_access())
    try:
        steps = kill_at(last)
        profile.change_secret(PIN, PASSPHRASE, key_file_access("change"))
    except Killed:
        assert len(steps) == last
    else:
        assert last == CHANGE_STEPS, "every step was ended once"
    finally:
        monkeypatch.undo()
        profile.close()
    (folder / "attempts.json").unlink(missing_ok=True)
    opened = 0
    for secret in (PIN, PASSPHRASE):
        try:
            with Profile.unlock(folder, secret, key_file_access()) as again:
                assert again.material == ALICE
            opened += 1
        except WrongPinError:
            continue
    assert opened == 1


CREATE_STEPS = 15


@pytest.mark.parametrize("last", range(CREATE_STEPS + 1))
def test_a_kill_at_any_step_of_the_creation_can_be_repeated(
    tmp_path: Path,
    kill_at: Callable[[int], list[str]],
    monkeypatch: pytest.MonkeyPatch,
    last: int,
) -> None:
    folder = tmp_path / "profile"
    steps = kill_at(last)
    try:
        Profile.create(folder, material("First"), PIN, key_file_access()).close()
    except Killed:
        assert len(steps) == last
    else:
        assert last == CREATE_STEPS, "every step was ended once"
    finally:
        monkeypatch.undo()
    try:
        made = Profile.create(folder, ALICE, PIN, key_file_access())
        assert made.material == ALICE
    except ProfileExistsError:
        made = Profile.unlock(folder, PIN, key_file_access())
        assert made.material == material("First")
    made.close()
    Profile.unlock(folder, PIN, key_file_access()).close()
    assert not (folder / "unfinished").exists()


def test_a_history_that_lost_its_key_file_is_not_thrown_away(folder: Path) -> None:
    key_file = folder / "keypair.bin"
    kept = key_file.read_bytes()
    key_file.unlink()
    before = snapshot(folder)
    with pytest.raises(ProfileExistsError, match="has lost its key file"):
        Profile.create(folder, material("Mallory"), PIN, key_file_access())
    assert snapshot(folder) == before
    key_file.write_bytes(kept)
    Profile.unlock(folder, PIN, key_file_access()).close()


def test_what_is_filled_in_is_there_or_nothing_is(tmp_path: Path) -> None:
    folder = tmp_path / "profile"

    def fail(store: ProfileStore) -> None:
        store.settings.set(MESSAGE_LIFE_MS, 1)
        raise CorruptFileError("half way")

    with pytest.raises(CorruptFileError):
        Profile.create(folder, ALICE, PIN, key_file_access(), fill=fail)
    assert not ProfilePaths(folder).exists

    def fill(store: ProfileStore) -> None:
        store.settings.set(MESSAGE_LIFE_MS, 7)

    with Profile.create(folder, ALICE, PIN, key_file_access(), fill=fill) as profile:
        assert profile.store.settings.get(MESSAGE_LIFE_MS) == 7


def test_nothing_in_the_folder_can_be_read(tmp_path: Path) -> None:
    """Also while it is open, in the write-ahead log, and after it was closed."""
    secrets = [b"Alice", b"Mallory", b"meet me at the old mill", b"Holiday plans", b"relay.example"]
    with scene(tmp_path) as people:
        people.bob.store.contacts.rename(people.bob.contact(people.alice).contact_id, "Alice L.")
        text = people.alice.content(body=b"meet me at the old mill")
        send(people.alice, people.bob, text)
        file = people.alice.content(ContentType.ATTACHMENT, ATTACHMENT.encode())
        send(people.alice, people.bob, file)
        request = people.mallory.content(with_card=people.mallory.card)
        send(people.mallory, people.bob, request)
        people.bob.outgoing.text(people.bob.contact(people.alice), "meet me at the old mill")
        assert_unreadable(people, secrets)
    assert_unreadable(people, secrets)


def assert_unreadable(people: Scene, secrets: list[bytes]) -> None:
    folder = people.bob.profile.paths.folder
    found = [Path(place, name) for place, _, names in os.walk(folder) for name in names]
    assert len(found) >= 3
    identities = [people.alice.identity.identity, people.alice.identity.device.public]
    for path in found:
        data = str(path.relative_to(folder)).encode() + path.read_bytes()
        for secret in [*secrets, *identities]:
            for spelling in (
                secret,
                secret.hex().encode(),
                secret.decode("latin-1").encode("utf-16-le"),
            ):
                assert spelling not in data, path.name


def test_repr_shows_no_secret(folder: Path) -> None:
    with Profile.unlock(folder, PIN, key_file_access()) as profile:
        shown = repr(profile) + repr(profile.store) + repr(profile.material) + repr(KeyFileAccess())
    for secret in (ALICE.root_seed, ALICE.database_key):
        assert repr(secret) not in shown and secret.hex() not in shown
    assert PIN not in shown
