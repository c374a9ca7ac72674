from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.cli_kit import PASSPHRASE, Person, RelayThread, whispr
from whispr.client import export_file
from whispr.client.crypto.kdf import KdfBounds, ScryptParameters
from whispr.client.export_file import ExportAccess
from whispr.protocol.address import RelayAddress, base64url
from whispr.protocol.card import parse_card_text

OTHER = "seven copper kites above granite"


@pytest.fixture(autouse=True)
def cheap_exports(monkeypatch: pytest.MonkeyPatch) -> None:
    cheap = functools.partial(
        ExportAccess, kdf=ScryptParameters(log2_n=4), bounds=KdfBounds(scrypt_log2_n=(1, 20))
    )
    monkeypatch.setattr(export_file, "ExportAccess", cheap)


def secret_file(folder: Path, secret: str) -> Path:
    path = folder / "other.secret"
    path.write_text(secret)
    path.chmod(0o600)
    return path


def test_init_prints_the_card_and_nothing_else(nobody: Person, relay: RelayThread) -> None:
    made = nobody.run("init", "--relay", relay.address, "--name", "Alice 🌻")
    assert made.code == 0
    assert parse_card_text(made.out).name == "Alice 🌻"
    assert "on one core of a stolen computer" in made.err


def test_init_asks_for_the_secret_twice(tmp_path: Path, relay: RelayThread) -> None:
    made = whispr(
        *("--profile", tmp_path / "new", "init", "--relay", relay.address, "--name", "Alice"),
        secrets=["000000", OTHER, OTHER],
    )
    assert made.code == 0 and "too easy to guess" in made.err


def test_second_init_touches_nothing(alice: Person, relay: RelayThread) -> None:
    before = (alice.folder / "keypair.bin").read_bytes()
    again = alice.run("init", "--relay", relay.address, "--name", "Mallory")
    assert again.code == 1 and "a profile in" in again.err
    assert (alice.folder / "keypair.bin").read_bytes() == before


@pytest.mark.parametrize("name", ["", "two\nlines", "\u202etrick", "x" * 65])
def test_name_that_cannot_be_shown_is_refused(
    name: str, nobody: Person, relay: RelayThread
) -> None:
    made = nobody.run("init", "--relay", relay.address, "--name", name)
    assert (made.code, made.out) == (1, "") and not nobody.folder.exists()


def test_relay_with_another_key_is_refused(nobody: Person, relay: RelayThread) -> None:
    real = RelayAddress.parse(relay.address)
    forged = RelayAddress(real.host, real.port, (b"\x01" * 32,))
    made = nobody.run("init", "--relay", forged.text(), "--name", "Alice")
    assert (made.code, made.out) == (1, "") and not nobody.folder.exists()
    assert made.err.count("\n") == 1


def test_relay_that_nobody_vouches_for_is_refused_without_a_pin(
    nobody: Person, relay: RelayThread
) -> None:
    location = RelayAddress.parse(relay.address).location
    made = nobody.run("init", "--relay", f"whispr://{location}", "--name", "Alice")
    assert (made.code, made.out) == (1, "") and not nobody.folder.exists()


def test_relay_that_is_away_does_not_matter_when_its_key_is_known(nobody: Person) -> None:
    address = f"whispr://{base64url(bytes([7] * 32))}@127.0.0.1:1"
    made = nobody.run("init", "--relay", address, "--name", "Alice")
    assert made.code == 0 and parse_card_text(made.out).name == "Alice"
    assert "going on" in made.err


@pytest.mark.parametrize("address", ["relay.example.org", "whispr://", "whispr://host:0"])
def test_what_is_no_relay_address_is_said(address: str, nobody: Person) -> None:
    made = nobody.run("init", "--relay", address, "--name", "Alice")
    assert (made.code, made.err.count("\n")) == (1, 1)


def test_private_relay_wants_its_token(
    nobody: Person, make_relay: Callable[..., RelayThread]
) -> None:
    private = RelayAddress.parse(make_relay(access="token").address)
    assert private.access_token
    nobody.run("init", "--relay", private.public().text(), "--name", "Alice")
    outside = nobody.listen_until('"refused"')
    assert "online" not in [found["state"] for found in outside.of_type("connection")]


def test_token_of_a_private_relay_lets_in_and_is_not_on_the_card(
    make_person: Callable[..., Person], make_relay: Callable[..., RelayThread]
) -> None:
    private = make_relay(access="token")
    alice = make_person("Alice", on=private)
    alice.listen_until('"online"')
    token = base64url(RelayAddress.parse(private.address).access_token)
    assert token not in alice.card()


def test_wrong_pin_opens_nothing_and_waits_grow(alice: Person, tmp_path: Path) -> None:
    wrong = Person("Alice", alice.folder, secret_file(tmp_path, OTHER))
    for _ in range(3):
        ran = wrong.run("contacts")
        assert (ran.code, ran.out) == (1, "") and "wrong" in ran.err
    assert "wait" in wrong.run("contacts").err
    assert "wait" in alice.run("contacts").err


def test_changed_pin_opens_and_the_old_one_does_not(alice: Person, tmp_path: Path) -> None:
    database = (alice.folder / "history.db").read_bytes()
    new = secret_file(tmp_path, OTHER)
    changed = alice.run("pin", "change", "--new-pin-file", new)
    assert changed.code == 0, changed.err
    assert (alice.folder / "history.db").read_bytes() == database
    assert "wrong" in alice.run("card").err
    assert Person("Alice", alice.folder, new).run("card").code == 0
    assert OTHER not in changed.out + changed.err


def test_weak_new_pin_changes_nothing(alice: Person, tmp_path: Path) -> None:
    changed = alice.run("pin", "change", "--new-pin-file", secret_file(tmp_path, "111111"))
    assert changed.code == 1 and alice.run("card").code == 0


def test_export_becomes_a_new_device_that_talks(
    friends: tuple[Person, Person], tmp_path: Path
) -> None:
    alice, bob = friends
    alice.run("send", "Bob", "before")
    bob.run("listen", "--count", "1", "--timeout", "20")
    secret = secret_file(tmp_path, OTHER)
    written = alice.run("export", tmp_path / "alice.export", "--passphrase-file", secret)
    assert written.code == 0, written.err
    assert (tmp_path / "alice.export").stat().st_mode & 0o777 == 0o600
    moved = Person("Alice", tmp_path / "elsewhere", alice.pin_file)
    imported = moved.run("import", tmp_path / "alice.export", "--passphrase-file", secret)
    assert imported.code == 0, imported.err
    assert parse_card_text(imported.out).identity == parse_card_text(alice.card()).identity
    assert [row["text"] for row in moved.json("history", "Bob").objects] == ["before"]
    listening = bob.start("listen", "--count", "1", "--timeout", "30")
    assert moved.run("send", "Bob", "after", "--wait", "delivered").code == 0
    listening.wait()
    assert listening.of_type("message")[0]["text"] == "after"


def test_export_does_not_open_with_another_passphrase(alice: Person, tmp_path: Path) -> None:
    export = tmp_path / "alice.export"
    alice.run("export", export, "--passphrase-file", secret_file(tmp_path, OTHER))
    moved = Person("Alice", tmp_path / "elsewhere", alice.pin_file)
    imported = moved.run("import", export, "--passphrase-file", alice.pin_file)
    assert (imported.code, imported.out) == (1, "") and not moved.folder.exists()
    assert PASSPHRASE.encode() not in export.read_bytes()
