"""A relay, and people who have a profile on it; key files are cheap to open."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.cli_kit import PASSPHRASE, Person, RelayThread
from whispr.client import profile
from whispr.client.crypto.kdf import KdfBounds, ScryptParameters
from whispr.client.profile import KeyFileAccess

MakePerson = Callable[..., Person]


@pytest.fixture(autouse=True)
def cheap_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    cheap = functools.partial(
        KeyFileAccess, kdf=ScryptParameters(log2_n=4), bounds=KdfBounds(scrypt_log2_n=(1, 20))
    )
    monkeypatch.setattr(profile, "KeyFileAccess", cheap)


@pytest.fixture
def strong_keys(monkeypatch: pytest.MonkeyPatch, cheap_keys: None) -> None:
    """Key files that another process opens, too."""
    bounded = functools.partial(KeyFileAccess, kdf=ScryptParameters(log2_n=15))
    monkeypatch.setattr(profile, "KeyFileAccess", bounded)


@pytest.fixture(scope="module")
def make_relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., RelayThread]]:
    started: list[RelayThread] = []

    def make(**settings: object) -> RelayThread:
        started.append(RelayThread(tmp_path_factory.mktemp("relay"), settings).start())
        return started[-1]

    yield make
    for relay in started:
        relay.stop()


@pytest.fixture(scope="module")
def relay(make_relay: Callable[..., RelayThread]) -> RelayThread:
    return make_relay()


@pytest.fixture
def make_person(tmp_path: Path, relay: RelayThread) -> MakePerson:
    def make(name: str, on: RelayThread | None = None) -> Person:
        pin_file = tmp_path / f"{name}.pin"
        pin_file.write_text(PASSPHRASE + "\n")
        pin_file.chmod(0o600)
        person = Person(name, tmp_path / name, pin_file)
        made = person.run("init", "--relay", (on or relay).address, "--name", name)
        assert made.code == 0, made.err
        return person

    return make


@pytest.fixture
def alice(make_person: MakePerson) -> Person:
    return make_person("Alice")


@pytest.fixture
def bob(make_person: MakePerson) -> Person:
    return make_person("Bob")


@pytest.fixture
def friends(alice: Person, bob: Person) -> tuple[Person, Person]:
    """Alice and Bob, who have added each other."""
    for adding, other in ((alice, bob), (bob, alice)):
        assert adding.add(other).code == 0
    return alice, bob


@pytest.fixture
def nobody(tmp_path: Path) -> Person:
    """A folder without a profile."""
    pin_file = tmp_path / "nobody.pin"
    pin_file.write_text(PASSPHRASE)
    pin_file.chmod(0o600)
    return Person("Nobody", tmp_path / "nobody", pin_file)
