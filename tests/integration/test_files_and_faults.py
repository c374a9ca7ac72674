"""Files while things break: the relay, the sender or the recipient is killed in the middle."""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path

import pytest
from conftest import MakePerson, MakeRelay
from processes import Person, RelayProcess, befriend, until

SIZE = 3_000_000
SLOW = {"blob_bytes_per_second": 1_500_000, "blob_burst_bytes": 400_000}
"""A file takes about two seconds: time to kill somebody in the middle of it."""


@pytest.mark.parametrize("victim", ["relay", "sender"])
@pytest.mark.parametrize("blob_store", ["memory", "spool"])
async def test_killed_in_the_middle_of_an_upload(
    tmp_path: Path, make_relay: MakeRelay, make_person: MakePerson, victim: str, blob_store: str
) -> None:
    relay = await make_relay(**SLOW, blob_store=blob_store)
    alice, bob = await make_person("Alice", relay), await make_person("Bob", relay)
    await befriend(alice, bob)
    source = await random_file(tmp_path)
    await alice.ask("send_file", to="Bob", path=str(source))
    await until(lambda: alice.ask("moved_bytes"), lambda count: count > SIZE // 5)
    assert await alice.ask("fates", name="Bob") == {"QUEUED": 1}, "it is under way"
    process: RelayProcess | Person = relay if victim == "relay" else alice
    await process.kill()
    await process.start()
    await arrived(tmp_path, alice, bob, source)


@pytest.mark.parametrize("victim", ["relay", "recipient"])
async def test_killed_in_the_middle_of_a_download(
    tmp_path: Path, make_relay: MakeRelay, make_person: MakePerson, victim: str
) -> None:
    relay = await make_relay()
    alice, bob = await make_person("Alice", relay), await make_person("Bob", relay)
    await befriend(alice, bob)
    await bob.ask("die_in_download", after_parts=20)
    source = await random_file(tmp_path)
    if victim == "relay":
        await bob.ask("die_in_download", after_parts=0)
        await bob.ask("pause_download", after_parts=20)
    await alice.ask("send_file", to="Bob", path=str(source))
    if victim == "recipient":
        assert await bob.wait() == -9
        await bob.start()
    else:
        await until(lambda: bob.ask("paused"), bool)
        await relay.kill()
        await relay.start()
        await bob.ask("resume_download")
    await arrived(tmp_path, alice, bob, source)


async def arrived(tmp_path: Path, alice: Person, bob: Person, source: Path) -> None:
    """One row, one file, equal to what was sent, and the sender knows."""
    await until(lambda: alice.ask("fates", name="Bob"), lambda fates: fates == {"DELIVERED": 1})
    assert await bob.ask("texts", name="Alice") == [""]
    (copy,) = await bob.ask("files", name="Alice", folder=str(tmp_path))
    assert await asyncio.to_thread(sha256, Path(copy)) == await asyncio.to_thread(sha256, source)


async def random_file(tmp_path: Path) -> Path:
    """Bytes that no padding and no compression could make up."""
    source = tmp_path / "source.bin"
    await asyncio.to_thread(source.write_bytes, os.urandom(SIZE))
    return source


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
