from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.cli_kit import Person, RelayThread

FIRE = "first 🔥 line\nsecond — line\n\tüñí 👩‍👩‍👧"


def test_text_arrives_once_and_verified(friends: tuple[Person, Person]) -> None:
    alice, bob = friends
    listening = bob.start("listen", "--count", "1", "--timeout", "30")
    sent = alice.json("send", "Bob", FIRE, "--wait", "delivered")
    assert sent.code == 0, sent.err
    listening.wait()
    assert listening.code == 0
    (fate,) = sent.objects
    (message,) = listening.of_type("message")
    assert fate == {
        **{"type": "fate", "id": message["id"], "to": "Bob"},
        **{"state": "delivered", "reason": ""},
    }
    assert (message["text"], message["from"], message["verified"]) == (FIRE, "Alice", True)
    again = bob.json("listen", "--timeout", "0.3s")
    assert (again.code, again.of_type("message")) == (3, [])
    assert [row["text"] for row in bob.json("history", "Alice").objects] == [FIRE]


@pytest.mark.parametrize("relays", [1, 2])
def test_file_of_nine_megabytes_arrives_whole(
    relays: int,
    alice: Person,
    make_person: Callable[..., Person],
    make_relay: Callable[..., RelayThread],
    tmp_path: Path,
) -> None:
    bob = make_person("Bob", on=make_relay() if relays == 2 else None)
    alice.add(bob)
    bob.add(alice)
    content = random.Random(relays).randbytes(9_000_000)
    (tmp_path / "holiday.bin").write_bytes(content)
    listening = bob.start("listen", "--count", "2", "--timeout", "50")
    sent = alice.json(
        *("send", "Bob", "look", "--file", tmp_path / "holiday.bin"),
        *("--wait", "delivered", "--timeout", "50"),
    )
    assert sent.code == 0, sent.out + sent.err
    listening.wait()
    (attachment,) = listening.of_type("attachment")
    (message,) = listening.of_type("message")
    path = Path(attachment["path"])
    assert hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(content).digest()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert (attachment["name"], attachment["size"]) == ("holiday.bin", 9_000_000)
    assert {fate["id"] for fate in sent.objects} == {attachment["id"], message["id"]}
    assert "#" not in sent.err, "a bar was drawn although nobody looks at a terminal"


def test_bar_of_a_file_is_drawn_on_a_terminal(
    friends: tuple[Person, Person], tmp_path: Path
) -> None:
    (tmp_path / "small.bin").write_bytes(bytes(300_000))
    sent = friends[0].run("send", "Bob", "--file", tmp_path / "small.bin", terminal=True)
    assert sent.code == 0
    assert "% of 300.0 kB" in sent.err
    assert "accepted" in sent.out and "%" not in sent.out


def test_accepted_does_not_wait_for_the_other_side(friends: tuple[Person, Person]) -> None:
    sent = friends[0].json("send", "Bob", "hello")
    assert (sent.code, sent.objects[0]["state"]) == (0, "accepted")


def test_not_in_time_is_3_and_still_queued(friends: tuple[Person, Person]) -> None:
    alice, bob = friends
    sent = alice.json("send", "Bob", "later", "--wait", "delivered", "--timeout", "0.5")
    assert (sent.code, sent.objects[0]["state"]) == (3, "accepted")
    assert "stays queued" in sent.err
    listening = bob.json("listen", "--count", "1", "--timeout", "20")
    assert listening.of_type("message")[0]["text"] == "later"
    fates = alice.listen_until('"fate"').of_type("fate")
    assert [fate["state"] for fate in fates] == ["delivered"]


def test_expired_is_4(friends: tuple[Person, Person]) -> None:
    sent = friends[0].json(
        *("send", "Bob", "now or never", "--wait", "delivered", "--life", "1s", "--timeout", "20")
    )
    assert (sent.code, sent.objects[0]["state"]) == (4, "expired")
    assert sent.objects[0]["reason"]


def test_text_on_standard_input_keeps_all_but_one_line_end(
    friends: tuple[Person, Person],
) -> None:
    alice, bob = friends
    assert alice.run("send", "Bob", "-", stdin="two\nlines\n\n").code == 0
    message = bob.json("listen", "--count", "1", "--timeout", "20").of_type("message")[0]
    assert message["text"] == "two\nlines\n"


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (["send", "Bob"], "nothing to send"),
        (["send", "Bob", ""], "empty"),
        (["send", "Bob", "x" * 49_153], "--file"),
        (["send", "Carol", "hello"], "no contact is called 'Carol'"),
        (["send", "Bob", "--file", "/nowhere/at/all"], "no such file"),
    ],
)
def test_what_cannot_be_sent_is_said_in_one_line(
    words: list[str], advice: str, friends: tuple[Person, Person]
) -> None:
    sent = friends[0].json(*words)
    assert (sent.code, sent.out) == (1, "")
    assert advice in sent.err and sent.err.count("\n") == 1


def test_text_that_is_too_long_does_not_let_its_file_go_alone(
    friends: tuple[Person, Person], tmp_path: Path
) -> None:
    (tmp_path / "small.bin").write_bytes(b"x")
    alice, _ = friends
    assert alice.run("send", "Bob", "x" * 50_000, "--file", tmp_path / "small.bin").code == 1
    assert alice.json("history", "Bob").objects == []


def test_longest_text_goes(friends: tuple[Person, Person]) -> None:
    assert friends[0].run("send", "Bob", "-", stdin="x" * 49_152 + "\n").code == 0
    assert friends[0].run("send", "Bob", "-", stdin="x" * 49_153 + "\n").code == 1


def test_unreachable_relay_is_named(
    alice: Person, make_person: Callable[..., Person], make_relay: Callable[..., RelayThread]
) -> None:
    gone = make_relay()
    carol = make_person("Carol", on=gone)
    alice.add(carol)
    gone.stop()
    sent = alice.run("send", "Carol", "hello", "--timeout", "2")
    assert sent.code == 3
    assert "127.0.0.1" in sent.err
    assert json.loads(alice.json("history", "Carol").out)["state"] == "queued"
