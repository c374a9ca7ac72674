from __future__ import annotations

import pytest

from tests.cli.cli_kit import Person


@pytest.fixture
def asked(alice: Person, bob: Person) -> tuple[Person, Person]:
    """Alice has written to Bob, who does not know her."""
    alice.add(bob)
    for text in ("let me in", "\x1b[31mplease"):
        sent = alice.json("send", "Bob", text, "--wait", "delivered", "--timeout", "0.3")
        assert (sent.code, sent.objects[0]["state"]) == (3, "accepted")
    bob.listen_until('"request"')
    while len(bob.json("requests").objects[0]["texts"]) < 2:
        bob.run("listen", "--timeout", "0.5")
    return alice, bob


def test_request_is_listed_with_its_texts(asked: tuple[Person, Person]) -> None:
    alice, bob = asked
    (request,) = bob.json("requests").objects
    assert request.pop("identity").startswith("wsp1")
    assert request == {
        **{"type": "request", "from": "Alice"},
        "texts": ["let me in", "\x1b[31mplease"],
    }
    shown = bob.run("requests", "list").out
    assert "let me in" in shown and "\x1b" not in shown
    assert bob.json("contacts").objects == []
    assert alice.json("listen", "--timeout", "0.5").of_type("fate") == []


def test_accepted_stranger_is_a_contact_and_hears_of_it(asked: tuple[Person, Person]) -> None:
    alice, bob = asked
    accepted = bob.json("requests", "accept", "Alice")
    assert (accepted.code, accepted.objects[0]["state"]) == (0, "accepted")
    assert bob.run("requests").out == "no message requests\n"
    alice.listen_until('"fate"')
    while "delivered" not in alice.json("history", "Bob", "--limit", "1").out:
        alice.run("listen", "--timeout", "0.5")
    states = [row["state"] for row in alice.json("history", "Bob").objects]
    assert states == ["delivered", "delivered"]
    heard = bob.json("listen", "--count", "2", "--timeout", "20").of_type("message")
    assert [message["text"] for message in heard] == ["let me in", "\x1b[31mplease"]


def test_blocked_stranger_is_gone(asked: tuple[Person, Person]) -> None:
    _, bob = asked
    assert bob.json("requests", "block", "Alice").objects[0]["state"] == "blocked"
    assert bob.json("requests").objects == []
    assert bob.json("history", "Alice").objects == []


@pytest.mark.parametrize("action", ["accept", "block"])
def test_contact_is_no_request(action: str, friends: tuple[Person, Person]) -> None:
    ran = friends[0].run("requests", action, "Bob")
    assert (ran.code, ran.out) == (1, "")
