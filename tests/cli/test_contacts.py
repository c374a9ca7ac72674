from __future__ import annotations

import pytest

from tests.cli.cli_kit import Person


def names(person: Person, *more: str) -> list[str]:
    return [found["name"] for found in person.json("contacts", *more).objects]


def test_added_contact_is_listed(alice: Person, bob: Person) -> None:
    assert alice.run("contacts").out == "no contacts yet: whispr add\n"
    assert alice.run("add", bob.card()).code == 0
    (contact,) = alice.json("contacts", "list").objects
    assert contact.keys() == {
        *("type", "name", "identity", "state", "verified", "key_changed", "relay", "last_seen"),
        "protection",
    }
    assert (contact["type"], contact["name"], contact["state"]) == ("contact", "Bob", "accepted")
    assert contact["identity"].startswith("wsp1") and contact["verified"] is False
    shown = alice.run("contacts").out
    assert contact["identity"] in shown
    assert contact["protection"].startswith("older: ")
    assert f"\n    protection {contact['protection']}\n" in shown


def test_card_on_standard_input_with_another_name(alice: Person, bob: Person) -> None:
    assert alice.run("add", "-", "--name", "Robert", stdin=bob.card() + "\n").code == 0
    assert names(alice) == ["Robert"]


@pytest.mark.parametrize("damage", ["", "whispr://host:1/#AAAA", "cut", "own"])
def test_card_that_cannot_be_added_is_one_line(damage: str, alice: Person, bob: Person) -> None:
    card = {"cut": bob.card()[:-9], "own": alice.card()}.get(damage, damage)
    ran = alice.run("add", card)
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)


def test_rename_and_remove(friends: tuple[Person, Person]) -> None:
    alice, _ = friends
    assert alice.run("contacts", "rename", "Bob", "Bob from work").code == 0
    assert names(alice) == ["Bob from work"]
    assert alice.run("contacts", "rename", "Bob", "B").code == 1
    assert alice.json("contacts", "remove", "bob from WORK").objects == [
        {"type": "removed", "name": "Bob from work"}
    ]
    assert names(alice) == []


def test_identity_names_a_contact_too(friends: tuple[Person, Person]) -> None:
    alice, _ = friends
    identity = alice.json("contacts").objects[0]["identity"]
    assert alice.run("history", identity).code == 0


def test_blocked_person_is_not_heard_until_unblocked(friends: tuple[Person, Person]) -> None:
    alice, bob = friends
    assert bob.json("contacts", "block", "Alice").objects[0]["state"] == "blocked"
    assert alice.run("send", "Bob", "hello?").code == 0
    assert bob.json("listen", "--timeout", "1").of_type("message") == []
    refused = bob.run("send", "Alice", "no")
    assert refused.code == 1 and "unblock" in refused.err
    assert bob.run("contacts", "unblock", "Alice").code == 0
    assert alice.run("send", "Bob", "again").code == 0
    heard = bob.json("listen", "--count", "1", "--timeout", "20").of_type("message")
    assert [message["text"] for message in heard] == ["again"]


def test_blocked_people_are_listed_apart(friends: tuple[Person, Person]) -> None:
    alice, _ = friends
    assert alice.run("contacts", "list", "--blocked").out == "nobody is blocked\n"
    alice.run("contacts", "block", "Bob")
    assert names(alice) == []
    assert names(alice, "list", "--blocked") == ["Bob"]
