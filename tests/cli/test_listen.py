from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from tests.cli.cli_kit import PASSPHRASE, Person, Ran, Stream

ESSENTIAL = {"type", "id", "from", "text", "sent_at", "verified"}


def texts(objects: list[dict[str, str]]) -> list[str]:
    return [found["text"] for found in objects if found["type"] == "message"]


def test_count_is_exact_and_the_rest_comes_the_next_time(friends: tuple[Person, Person]) -> None:
    alice, bob = friends
    for number in range(3):
        alice.run("send", "Bob", f"text {number}")
    first = bob.json("listen", "--count", "2", "--timeout", "20")
    assert (first.code, texts(first.objects)) == (0, ["text 0", "text 1"])
    second = bob.json("listen", "--count", "1", "--timeout", "20")
    assert (second.code, texts(second.objects)) == (0, ["text 2"])


def test_timeout_is_3(alice: Person) -> None:
    assert alice.json("listen", "--timeout", "0.1").code == 3


def test_connection_is_told(alice: Person) -> None:
    connected = alice.listen_until('"online"')
    assert [found["state"] for found in connected.objects] == ["connecting", "online"]


def test_message_object_has_what_was_promised(friends: tuple[Person, Person]) -> None:
    alice, bob = friends
    alice.run("send", "Bob", "hello")
    assert bob.run("verify", "Alice", "--yes").code == 0
    (message,) = bob.json("listen", "--count", "1", "--timeout", "20").of_type("message")
    assert message.keys() >= ESSENTIAL
    assert len(bytes.fromhex(message["id"])) == 16
    assert message["sent_at"].endswith("Z")
    assert (message["verified"], message["contact_verified"]) == (True, True)


def test_copy_of_the_profile_takes_over_for_good(alice: Person, tmp_path: Path) -> None:
    twin = Person("Alice", tmp_path / "copy", alice.pin_file)
    shutil.copytree(alice.folder, twin.folder)
    first = alice.start("listen", "--timeout", "40")
    first.stdout.wait_for('"online"')
    second = twin.json("listen", "--timeout", "1.5")
    assert first.wait().code == 4
    assert first.of_type("connection")[-1]["state"] == "replaced"
    assert [found["state"] for found in second.objects] == ["connecting", "online"]


def test_receipts_are_out_when_listening_ends(friends: tuple[Person, Person]) -> None:
    """So the sender knows, although both were never there at the same time again."""
    alice, bob = friends
    alice.run("send", "Bob", "hello")
    assert bob.json("listen", "--count", "1", "--timeout", "20").code == 0
    fates = alice.listen_until('"fate"').of_type("fate")
    assert [(fate["to"], fate["state"]) for fate in fates] == [("Bob", "delivered")]


def test_stranger_is_told_as_a_request_once_and_not_printed(alice: Person, bob: Person) -> None:
    alice.add(bob)
    alice.run("send", "Bob", "let me in")
    alice.run("send", "Bob", "please")
    first = bob.listen_until('"request"')
    heard = bob.json("listen", "--timeout", "1")
    assert heard.code == 3
    for ran in (first, heard):
        assert ran.of_type("message") == []
        assert [found["from"] for found in ran.of_type("request")] == ["Alice"]
        assert "let me in" not in ran.out


def test_copies_go_where_they_are_wanted_and_overwrite_nothing(
    friends: tuple[Person, Person], tmp_path: Path
) -> None:
    alice, bob = friends
    (tmp_path / "notes.txt").write_text("one")
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "notes.txt").write_text("mine")
    alice.run("send", "Bob", "--file", tmp_path / "notes.txt")
    heard = bob.json("listen", "--count", "1", "--timeout", "20", "--save", kept)
    (attachment,) = heard.of_type("attachment")
    assert Path(attachment["path"]).parent == kept
    assert Path(attachment["path"]).read_text() == "one"
    assert (kept / "notes.txt").read_text() == "mine"


def test_hostile_text_reaches_no_terminal(friends: tuple[Person, Person]) -> None:
    alice, bob = friends
    hostile = "a\x1b]0;title\x07\u202eevil\u2066\x9b31m\r\nbob: forged\x00"
    for _ in range(2):
        assert alice.run("send", "Bob", hostile).code == 0
    seen = bob.run("listen", "--count", "1", "--timeout", "20", terminal=True)
    assert "a\\x1b]0;title\\x07\\u202eevil\\u2066\\x9b31m\n    bob: forged\\x00\n" in seen.out
    machine = bob.json("listen", "--count", "1", "--timeout", "20")
    assert machine.out.isascii()
    assert texts(machine.objects) == [hostile]


class Broken(Stream):
    """Takes a number of lines, then the reader has left."""

    def __init__(self, lines: int) -> None:
        super().__init__()
        self.left = lines

    def flush(self) -> None:
        if self.left == 0:
            raise BrokenPipeError
        self.left -= 1


def test_row_that_was_not_flushed_comes_again(friends: tuple[Person, Person]) -> None:
    alice, bob = friends
    for number in range(3):
        alice.run("send", "Bob", f"text {number}")
    bob.json("listen", "--timeout", "40", ran=Ran(Broken(3)))
    rest = bob.json("listen", "--count", "2", "--timeout", "40")
    all_ids = [row["id"] for row in bob.json("history", "Alice").objects]
    assert len(all_ids) == 3
    assert [found["id"] for found in rest.of_type("message")] == all_ids[1:]


def lines_until(stream: IO[str], text: str) -> list[str]:
    """The lines up to the first that holds the text."""
    lines = []
    for line in stream:
        lines.append(line)
        if text in line:
            return lines
    raise AssertionError(f"{text} did not come: {lines}")


@pytest.mark.usefixtures("strong_keys")
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_kill_loses_no_row_and_arguments_hold_no_secret(friends: tuple[Person, Person]) -> None:
    alice, bob = friends
    for number in range(5):
        alice.run("send", "Bob", f"text {number}")
    words = ("--profile", bob.folder, "--pin-file", bob.pin_file, "listen", "--json")
    with subprocess.Popen(
        [sys.executable, "-m", "whispr", *map(str, words)], stdout=subprocess.PIPE, text=True
    ) as listening:
        assert listening.stdout is not None
        before = lines_until(listening.stdout, '"message"')
        for name in ("cmdline", "environ"):
            assert PASSPHRASE.encode() not in Path(f"/proc/{listening.pid}/{name}").read_bytes()
        listening.kill()
        before += listening.stdout.read().splitlines()
    printed = texts([json.loads(line) for line in before])
    everything = [f"text {number}" for number in range(5)]
    printed_later: list[str] = []
    if printed != everything:
        printed_later = texts(bob.listen_until(everything[-1]).objects)
    assert list(dict.fromkeys(printed + printed_later)) == everything
    assert len(printed + printed_later) <= len(everything) + 1, "more than the last line again"


@pytest.mark.usefixtures("strong_keys")
@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_interrupt_is_clean(alice: Person) -> None:
    words = ("--profile", alice.folder, "--pin-file", alice.pin_file, "listen", "--json")
    with subprocess.Popen(
        [sys.executable, "-m", "whispr", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as listening:
        assert listening.stdout is not None and listening.stderr is not None
        lines_until(listening.stdout, '"online"')
        second = alice.json("listen", "--timeout", "1")
        assert second.code == 5
        assert f"close the Whispr that has it open (process {listening.pid}" in second.err
        listening.send_signal(signal.SIGINT)
        assert listening.wait(20) == 130
        assert listening.stderr.read().strip() == ""
