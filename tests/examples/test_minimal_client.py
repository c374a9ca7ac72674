"""The smallest client, which knows the document alone, against the real relay and client."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "minimal_client.py"
PASSPHRASE = "lava orbit mustard cactus violin seven"
PATIENCE_SECONDS = 60
Run = Callable[..., subprocess.CompletedProcess[str]]


def finished(words: list[object], *, expect: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert (done.returncode == 0) == (expect == 0), done.stderr
    return done


@pytest.fixture(scope="module")
def relay_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    data = tmp_path_factory.mktemp("relay")
    words = ["-m", "whispr", "relay", "--listen", "127.0.0.1:0", "--data", str(data)]
    with subprocess.Popen(
        [sys.executable, *words],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    ) as relay:
        assert relay.stdout is not None
        try:
            yield relay.stdout.readline().strip()
        finally:
            relay.terminate()


class Minimal:
    """One profile of the example."""

    def __init__(self, path: Path, address: str, name: str) -> None:
        self.path = path
        self.card = self.run("init", address, name).stdout.strip()

    def run(self, *words: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
        return finished([EXAMPLE, self.path, *words], expect=expect)

    def receive(self) -> Any:
        return json.loads(self.run("receive").stdout)


class Whole:
    """One profile of the real client, from its command line."""

    def __init__(self, folder: Path, address: str, name: str) -> None:
        self.words = ["--profile", str(folder), "--pin-file", str(folder) + ".pin", "--json"]
        Path(str(folder) + ".pin").write_text(PASSPHRASE + "\n")
        Path(str(folder) + ".pin").chmod(0o600)
        self.run("init", "--relay", address, "--name", name)
        self.card = json.loads(self.run("card").stdout)["card"]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return finished(["-m", "whispr", *words, *self.words])

    def listen(self) -> dict[str, Any]:
        lines = self.run("listen", "--count", "1", "--timeout", "30s").stdout.splitlines()
        (message,) = [line for line in map(json.loads, lines) if line["type"] == "message"]
        return dict(message)


@pytest.fixture
def bob(tmp_path: Path, relay_address: str) -> Minimal:
    return Minimal(tmp_path / "bob.json", relay_address, "Bob")


@pytest.fixture
def eve(tmp_path: Path, relay_address: str) -> Minimal:
    return Minimal(tmp_path / "eve.json", relay_address, "Eve")


def test_it_is_short_and_needs_nothing_of_the_package() -> None:
    source = EXAMPLE.read_text(encoding="utf-8")
    assert len(source.splitlines()) < 200
    imported: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add(str(node.module).split(".")[0])
    assert imported - sys.stdlib_module_names == {"msgpack", "nacl"}


def test_two_of_them_talk(bob: Minimal, eve: Minimal) -> None:
    bob.run("add", eve.card)
    eve.run("add", bob.card)
    bob.run("send", "the door is open \u2713")
    assert eve.receive() == "the door is open \u2713"
    eve.run("send", "x" * 40_000)
    assert bob.receive() == "x" * 40_000


def test_to_and_from_the_real_client(tmp_path: Path, relay_address: str, bob: Minimal) -> None:
    alice = Whole(tmp_path / "alice", relay_address, "Alice")
    alice.run("add", bob.card)
    bob.run("add", alice.card)

    bob.run("send", "the door is open")
    message = alice.listen()
    assert (message["from"], message["text"]) == ("Bob", "the door is open")
    assert message["verified"] is True

    alice.run("send", "Bob", "then close it, \u00fcber")
    assert bob.receive() == "then close it, \u00fcber"


def test_who_is_not_the_peer_is_dropped_and_does_not_block(
    tmp_path: Path, relay_address: str, bob: Minimal, eve: Minimal
) -> None:
    stranger = Minimal(tmp_path / "stranger.json", relay_address, "Bob")
    stranger.run("add", eve.card)
    stranger.run("send", "I am Bob")
    bob.run("add", eve.card)
    eve.run("add", bob.card)
    bob.run("send", "I am really Bob")
    received = eve.run("receive")
    assert json.loads(received.stdout) == "I am really Bob"
    assert "from a stranger" in received.stderr


def test_another_relay_key_than_the_pinned_one_is_refused(
    tmp_path: Path, relay_address: str
) -> None:
    scheme, rest = relay_address.split("whispr://")
    pin, place = rest.split("@")
    other = ("B" if pin[0] != "B" else "C") + pin[1:]
    words = [EXAMPLE, tmp_path / "eve.json", "init", f"{scheme}whispr://{other}@{place}", "Eve"]
    assert "pinned" in finished(words, expect=1).stderr
    assert not (tmp_path / "eve.json").exists()


def test_requests_may_follow_auth_in_one_write(bob: Minimal, relay_address: str) -> None:
    """docs/protocol.md §3, and that the id 0 is answered under 0."""
    code = (
        "import json, os, struct, sys, msgpack\n"
        f"sys.path.insert(0, {str(EXAMPLE.parent)!r})\n"
        "import minimal_client as m\n"
        "kept = json.loads(open(sys.argv[1]).read())\n"
        "me, box = m.Card(kept['card']), []\n"
        "relay = m.Connection(me.host, me.port, me.pins)\n"
        "tls = relay.tls\n"
        "relay.tls = type('Held', (), {'sendall': lambda self, data: box.append(data)})()\n"
        "relay.wait_for = lambda code: None\n"
        "relay.prove(m.READ_SCOPE, m.SigningKey(bytes.fromhex(kept['mailbox'])))\n"
        "relay.write(m.SUBSCRIBE, 1, 0)\n"
        "relay.request_id = -1\n"
        "relay.write(0x04)\n"
        "tls.sendall(b''.join(box))\n"
        "for _ in range(4):\n"
        "    size = int.from_bytes(relay.input.read(4))\n"
        "    print(*msgpack.unpackb(relay.input.read(size))[:2])\n"
    )
    lines = finished(["-c", code, bob.path]).stdout.splitlines()
    assert set(lines) == {"3 1", "19 2", "21 2", "5 0"}
    assert lines.index("3 1") < lines.index("19 2") < lines.index("21 2")


@pytest.mark.parametrize("position", [60, 300, -3])
def test_a_damaged_card_is_refused(bob: Minimal, eve: Minimal, position: int) -> None:
    damaged = list(eve.card)
    damaged[position] = "A" if damaged[position] != "A" else "B"
    assert "card" in bob.run("add", "".join(damaged), expect=1).stderr
    assert "peer" not in json.loads(bob.path.read_text())
