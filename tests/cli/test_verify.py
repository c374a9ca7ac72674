from __future__ import annotations

from tests.cli.cli_kit import Person


def test_both_see_the_same_number(friends: tuple[Person, Person]) -> None:
    alice, bob = friends
    (mine,) = alice.json("verify", "Bob").objects
    (theirs,) = bob.json("verify", "Alice").objects
    assert mine["number"] == theirs["number"]
    assert len(mine["number"].replace(" ", "")) == 60
    assert mine == {**theirs, "name": "Bob"} and mine["verified"] is False
    assert mine["protection"].startswith("older: ")
    assert f"Protection: {mine['protection']}\n" in alice.run("verify", "Bob").out


def test_comparison_is_noted_and_taken_back(friends: tuple[Person, Person]) -> None:
    alice, _ = friends
    assert alice.json("verify", "Bob", "--yes").objects[0]["verified"] is True
    assert alice.json("contacts").objects[0]["verified"] is True
    assert alice.json("verify", "Bob").objects[0]["verified"] is True
    assert "Bob is not verified" in alice.run("verify", "Bob", "--no").out
    assert alice.json("contacts").objects[0]["verified"] is False


def test_person_at_a_terminal_is_asked(friends: tuple[Person, Person]) -> None:
    alice, _ = friends
    for answer, verified in (("", False), ("n\n", False), ("maybe\n", False), ("Y\n", True)):
        shown = alice.run("verify", "Bob", terminal=True, stdin=answer)
        assert "[y/N]" in shown.err
        assert alice.json("contacts").objects[0]["verified"] is verified


def test_nobody_is_asked_in_a_pipe(friends: tuple[Person, Person]) -> None:
    shown = friends[0].run("verify", "Bob", stdin="y\n")
    assert (shown.code, shown.err) == (0, "") and "not verified" in shown.out


def test_stranger_cannot_be_verified(alice: Person) -> None:
    assert alice.run("verify", "Carol", "--yes").code == 1
