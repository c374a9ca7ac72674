from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.cli_kit import Person


@pytest.fixture
def talked(friends: tuple[Person, Person], tmp_path: Path) -> tuple[Person, Person]:
    alice, bob = friends
    (tmp_path / "orchard map.txt").write_text("x")
    alice.run("send", "Bob", "Meet me at the Café\nat eight")
    alice.run("send", "Bob", "--file", tmp_path / "orchard map.txt")
    bob.run("listen", "--count", "2", "--timeout", "20")
    bob.run("send", "Alice", "I will be late")
    alice.run("listen", "--count", "1", "--timeout", "20")
    return alice, bob


def test_history_has_both_sides_in_order(talked: tuple[Person, Person]) -> None:
    rows = talked[0].json("history", "Bob").objects
    assert [row["type"] for row in rows] == ["message", "attachment", "message"]
    assert [row.get("to") or row["from"] for row in rows] == ["Bob", "Bob", "Bob"]
    assert ("to" in rows[0], "from" in rows[2]) == (True, True)
    assert (rows[0]["state"], rows[1]["state"]) == ("delivered", "delivered")
    assert "state" not in rows[2]
    assert (rows[1]["name"], rows[1]["size"], rows[1]["transfer"]) == (
        *("orchard map.txt", 1),
        "stored",
    )


def test_history_for_a_person(talked: tuple[Person, Person]) -> None:
    shown = talked[0].run("history", "Bob").out
    assert "me: Meet me at the Café\n    at eight  (delivered)\n" in shown
    assert "me: [file] orchard map.txt, 1 bytes  (delivered)\n" in shown
    assert "Bob: I will be late\n" in shown


def test_limit_keeps_the_last(talked: tuple[Person, Person]) -> None:
    (row,) = talked[0].json("history", "Bob", "--limit", "1").objects
    assert row["text"] == "I will be late"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["cafe"], 1),
        (["MEET", "eig"], 1),
        (["orch"], 1),
        (["late"], 1),
        (["nothing of it"], 0),
        (['"*('], 0),
        (["late", "--in", "Bob"], 1),
    ],
)
def test_search(words: list[str], found: int, talked: tuple[Person, Person]) -> None:
    assert len(talked[0].json("search", *words).objects) == found


def test_search_that_finds_nothing_says_so(talked: tuple[Person, Person]) -> None:
    assert talked[0].run("search", "unheard").out == "nothing found\n"


def test_unknown_name_is_one_line(alice: Person) -> None:
    for words in (["history", "Carol"], ["search", "x", "--in", "Carol"]):
        ran = alice.run(*words)
        assert (ran.code, ran.err.count("\n")) == (1, 1)
