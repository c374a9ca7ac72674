"""A relay of several workers: one address, one port of metrics, deaths, signals."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.relay import store_process
from tests.relay.raw_client import RawClient
from whispr.protocol import frames
from whispr.protocol.address import RelayAddress
from whispr.protocol.codes import GoawayReason

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no inherited sockets")

PROGRAM = """
import sys
from pathlib import Path
from whispr.relay.config import load_config
from whispr.relay.process import run
read = lambda: load_config(path=Path(sys.argv[1]))
sys.exit(run(read(), ready=lambda text: print(text, flush=True), read_config=read))
"""


class Running:
    """A parent and what it says."""

    def __init__(self, process, settings: Path) -> None:
        self.process, self.settings = process, settings
        self.address: RelayAddress
        self.events: list[dict[str, object]] = []

    async def event(self, name: str) -> dict[str, object]:
        async with asyncio.timeout(30):
            while True:
                line = await self.process.stderr.readline()
                assert line, self.events
                self.events.append(json.loads(line))
                if self.events[-1]["event"] == name:
                    return self.events[-1]

    async def wait(self) -> int:
        async with asyncio.timeout(20):
            self.events += [json.loads(line) async for line in self.process.stderr]
            return await self.process.wait()

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]


@pytest.fixture
async def start(tmp_path):
    async with contextlib.AsyncExitStack() as stack:

        async def start(workers: int = 2, **more: object) -> Running:
            settings = {
                **{"listen": "127.0.0.1:0", "data": str(tmp_path / "data"), "workers": workers},
                **{"store": "redis", "redis_url": store_process.valkey().url},
                **{"drain_seconds": 0.3, "log_level": "debug"},
                **more,
            }
            path = tmp_path / "relay.toml"
            path.write_text("\n".join(f"{key} = {json.dumps(v)}" for key, v in settings.items()))
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", PROGRAM, str(path)),
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
            running = Running(process, path)
            stack.push_async_callback(end, running)
            line = await process.stdout.readline()
            assert line, (await process.stderr.read()).decode()
            running.address = RelayAddress.parse(line.decode())
            return running

        async def end(running: Running) -> None:
            if running.process.returncode is None:
                running.process.terminate()
                await running.wait()
            await running.process.communicate()

        yield start


async def connected(relay: Running) -> RawClient:
    return await RawClient.connect(relay.address.port)


async def until(probe, *, seconds=15.0):
    async with asyncio.timeout(seconds):
        while not (found := await probe()):  # noqa: ASYNC110 - other processes make it true
            await asyncio.sleep(0.02)
        return found


async def test_workers_share_the_address_and_stop_in_order(start):
    relay = await start(3)
    assert len(relay.workers()) == 3
    clients = [await connected(relay) for _ in range(12)]
    relay.process.send_signal(signal.SIGTERM)
    for client in clients:
        assert (await client.receive(frames.Goaway)).reason == GoawayReason.DRAINING
    assert await relay.wait() == 0
    assert [event["event"] for event in relay.events].count("stopped") == 3
    for client in clients:
        await client.close()


async def test_a_worker_that_dies_is_started_again_and_the_others_serve_on(start):
    relay = await start(2)
    victim, _ = relay.workers()
    os.kill(victim, signal.SIGKILL)
    died = await relay.event("worker_died")
    assert died["code"] == -signal.SIGKILL
    client = await connected(relay)  # somebody accepts all the time
    await client.close()
    await relay.event("worker_started")
    assert len(relay.workers()) == 2
    assert victim not in relay.workers()


async def test_when_the_parent_is_killed_its_workers_end(start):
    relay = await start(2)
    workers = relay.workers()
    relay.process.kill()

    async def all_gone():
        return not any(running(pid) for pid in workers)

    await until(all_gone)
    await relay.wait()


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def test_hangup_reaches_every_worker(start):
    relay = await start(2)
    text = relay.settings.read_text()
    relay.settings.write_text(text + "\nno_such_setting = 1")
    relay.process.send_signal(signal.SIGHUP)
    assert "no_such_setting" in (await relay.event("reload_failed"))["why"]
    relay.settings.write_text(text + "\nmax_connections = 7")
    relay.process.send_signal(signal.SIGHUP)
    for _ in range(2):
        await relay.event("reloaded")


async def test_metrics_of_all_workers_are_on_one_port_and_never_fall(start, unused_port):
    relay = await start(2, metrics=f"127.0.0.1:{unused_port}")
    clients = [await connected(relay) for _ in range(10)]

    async def scraped() -> dict[str, float]:
        url = f"http://127.0.0.1:{unused_port}/metrics"
        text = await asyncio.to_thread(lambda: urllib.request.urlopen(url).read().decode())
        lines = (line.rpartition(" ") for line in text.splitlines() if line[:1] != "#")
        return {name: float(value) for name, _, value in lines}

    async def all_opened():
        return (await scraped()).get("whispr_connections_opened_total") == 10

    await until(all_opened)
    found = await scraped()
    assert found["whispr_connections"] == 10
    assert found["whispr_workers"] == 2
    assert found["whispr_store_up"] == 1
    os.kill(relay.workers()[0], signal.SIGKILL)
    await relay.event("worker_died")
    after = await scraped()
    assert after["whispr_connections_opened_total"] == 10
    assert after["whispr_worker_restarts_total"] == 1
    for client in clients:
        await client.close()


@pytest.fixture
def unused_port():
    import socket

    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


async def test_what_a_worker_cannot_use_is_told_by_the_parent(start, tmp_path):
    with pytest.raises(AssertionError, match=r"ConfigError.*cannot use the store"):
        await start(2, redis_url="redis://127.0.0.1:1")
