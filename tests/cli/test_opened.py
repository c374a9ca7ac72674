from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest

from tests.cli.cli_kit import Person, Stream
from whispr.cli.opened import profile_folder, unlock
from whispr.cli.output import Output
from whispr.cli.terminal import Terminal
from whispr.client.profile import Profile
from whispr.errors import NoProfileError, ProfileInUseError


def output(**environment: str) -> Output:
    return Output(Terminal(Stream(), Stream(), Stream(), environment))


def options(person: Person) -> Namespace:
    return Namespace(profile=person.folder, pin_file=person.pin_file)


def test_folder_of_the_flag_of_the_environment_or_of_the_system(tmp_path: Path) -> None:
    given, nothing = Namespace(profile=tmp_path), Namespace(profile=None)
    assert profile_folder(given, output(WHISPR_PROFILE="/elsewhere")) == tmp_path
    assert profile_folder(nothing, output(WHISPR_PROFILE="/elsewhere")) == Path("/elsewhere")
    assert profile_folder(nothing, output()).name == "whispr"


def test_profile_is_opened_by_one_at_a_time(alice: Person) -> None:
    with unlock(options(alice), output()) as profile:
        assert isinstance(profile, Profile)
        with pytest.raises(ProfileInUseError):
            unlock(options(alice), output())
        assert alice.run("send", "Bob", "hello").code == 5
    assert alice.run("contacts").code == 0


def test_without_a_profile_no_secret_is_asked_for(nobody: Person) -> None:
    nobody.pin_file.unlink()
    with pytest.raises(NoProfileError):
        unlock(options(nobody), output())


def test_acceptance_with_the_relay_away_is_kept_for_later(
    alice: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice.add(bob)
    alice.run("send", "Bob", "let me in")
    bob.listen_until('"request"')
    monkeypatch.setattr("whispr.cli.opened.ONLINE_SECONDS", 0.0)
    accepted = bob.run("requests", "accept", "Alice")
    assert accepted.code == 0 and "next send or listen" in accepted.err
    assert bob.json("listen", "--count", "1", "--timeout", "20").code == 0
    fates = alice.listen_until('"fate"').of_type("fate")
    assert [fate["state"] for fate in fates] == ["delivered"]
