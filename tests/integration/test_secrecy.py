"""What the relay has, what travels and what lies on the disk holds nothing that a person wrote."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from conftest import MakePerson, MakeRelay
from processes import befriend, until

TEXT = "the-needle-that-nobody-may-find-7f3a"
FILE_NAME = "secret-holiday-plans-91c2.txt"
FILE_TEXT = "what-is-inside-the-file-55d0 " * 4000
NAMES = ("Alicia-Needle-Example", "Robert-Needle-Example")
NEEDLES = [needle.encode() for needle in (TEXT, FILE_NAME, FILE_TEXT[:28], *NAMES)]


def holds(data: bytes) -> list[bytes]:
    """The needles that are in there, as UTF-8 or UTF-16."""
    return [
        needle
        for needle in NEEDLES
        if needle in data or needle.decode().encode("utf-16-le") in data
    ]


async def talk(tmp_path: Path, make_relay: MakeRelay, make_person: MakePerson, **settings: object):
    """A text and a file that wait on the relay, and their recipient's process."""
    relay = await make_relay(**settings)
    alice = await make_person(NAMES[0], relay)
    bob = await make_person(NAMES[1], relay)
    await befriend(alice, bob)
    await alice.ask("send", to=NAMES[1], text="first " + TEXT)
    await until(lambda: bob.ask("texts", name=NAMES[0]), lambda texts: len(texts) == 1)
    await bob.close()
    source = tmp_path / FILE_NAME
    await asyncio.to_thread(source.write_text, FILE_TEXT)
    await alice.ask("send", to=NAMES[1], text=TEXT)
    await alice.ask("send_file", to=NAMES[1], path=str(source))
    await until(lambda: alice.ask("fates", name=NAMES[1]), lambda fates: fates.get("ACCEPTED") == 2)
    return relay, alice, bob


async def test_relay_memory_and_spool_hold_no_plaintext(
    tmp_path: Path, make_relay: MakeRelay, make_person: MakePerson
) -> None:
    relay, _, _ = await talk(tmp_path, make_relay, make_person, blob_store="spool")
    memory = await asyncio.to_thread(memory_of, relay.pid)
    assert len(memory) > 1_000_000
    assert b"whispr.relay.session" in memory, "the dump is of the relay"
    assert holds(memory) == []
    spooled = await asyncio.to_thread(contents, relay.folder)
    assert len(spooled) > len(FILE_TEXT), "the file waits in the spool"
    assert holds(spooled) == []
    assert holds(relay.complaints().encode()) == [], "nor does its log"


async def test_profile_folders_hold_no_plaintext(
    tmp_path: Path, make_relay: MakeRelay, make_person: MakePerson
) -> None:
    _, alice, bob = await talk(tmp_path, make_relay, make_person)
    await bob.start()
    await until(lambda: alice.ask("fates", name=NAMES[1]), lambda fates: fates == {"DELIVERED": 3})
    for person in (alice, bob):
        running = await asyncio.to_thread(contents, person.folder)
        assert len(running) > len(FILE_TEXT)
        assert holds(running) == [], "while it runs"
        await person.close()
        assert holds(await asyncio.to_thread(contents, person.folder)) == [], "and afterwards"


async def test_what_is_handed_to_tls_holds_no_plaintext(
    tmp_path: Path,
    make_relay: MakeRelay,
    make_person: MakePerson,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recording = tmp_path / "recording.bin"
    monkeypatch.setenv("WHISPR_TEST_RECORDING", str(recording))
    _, alice, bob = await talk(tmp_path, make_relay, make_person)
    await bob.start()
    await until(lambda: alice.ask("fates", name=NAMES[1]), lambda fates: fates == {"DELIVERED": 3})
    recorded = await asyncio.to_thread(recording.read_bytes)
    assert len(recorded) > 2 * len(FILE_TEXT), "the file went up and down"
    assert holds(recorded) == []


def memory_of(pid: int) -> bytes:
    """Every readable and writable page of a process."""
    pages = []
    maps = Path(f"/proc/{pid}/maps").read_text()
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in maps.splitlines():
            match = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if match and "[v" not in line:
                start, end = int(match[1], 16), int(match[2], 16)
                memory.seek(start)
                pages.append(memory.read(end - start))
    return b"".join(pages)


def contents(folder: Path) -> bytes:
    """Names and bytes of everything below a folder."""
    parts = []
    for path in sorted(folder.rglob("*")):
        parts.append(path.name.encode())
        if path.is_file():
            parts.append(path.read_bytes())
    return b"\n".join(parts)
