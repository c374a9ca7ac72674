"""A relay as a process of its own: start, signals, limits of the system, kill."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.relay.raw_client import RawClient
from whispr.protocol import frames
from whispr.protocol.address import RelayAddress
from whispr.protocol.codes import GoawayReason
from whispr.relay import process
from whispr.relay.config import RelayConfig
from whispr.relay.process import limit_resources

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals and limits")

PROGRAM = """
import resource, sys
from pathlib import Path
from whispr.relay.config import load_config
from whispr.relay.process import run
limit, data, settings = int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
if limit:
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
def read():
    return load_config(path=settings, overrides={"listen": "127.0.0.1:0", "data": data})
sys.exit(run(read(), ready=lambda text: print(text, flush=True), read_config=read))
"""


class Process:
    """The process, its address and its log."""

    def __init__(self, process: asyncio.subprocess.Process, address: RelayAddress) -> None:
        self.process, self.address = process, address
        self.events: list[dict[str, object]] = []

    async def wait_event(self, name: str) -> dict[str, object]:
        async with asyncio.timeout(20):
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


@pytest.fixture
async def start(tmp_path):
    async with contextlib.AsyncExitStack() as stack:

        async def start(descriptors: int = 0, settings: str = "") -> Process:
            (tmp_path / "relay.toml").write_text(settings)
            arguments = (str(descriptors), str(tmp_path / "data"), str(tmp_path / "relay.toml"))
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", PROGRAM, *arguments),
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
            stack.push_async_callback(end, process)
            line = await process.stdout.readline()
            assert line, (await process.stderr.read()).decode()
            return Process(process, RelayAddress.parse(line.decode()))

        async def end(process: asyncio.subprocess.Process) -> None:
            if process.returncode is None:
                process.kill()
            await process.communicate()

        yield start


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_drains_and_ends_with_0(start, connect_to, number):
    relay = await start()
    client = await connect_to(relay)
    relay.process.send_signal(number)
    assert (await client.receive(frames.Goaway)).reason == GoawayReason.DRAINING
    assert await client.is_closed()
    assert await relay.wait() == 0
    assert [event["event"] for event in relay.events][-2:] == ["draining", "stopped"]


async def test_one_line_is_printed_and_nothing_else(start):
    relay = await start()
    relay.process.send_signal(signal.SIGTERM)
    assert await relay.process.stdout.read() == b""
    assert await relay.wait() == 0


async def test_hangup_reads_limits_and_certificate_again_and_drops_nobody(
    start, connect_to, tmp_path
):
    relay = await start()
    client = await connect_to(relay)
    pem = tmp_path / "data" / "relay.pem"
    good = pem.read_bytes()
    pem.write_text("wrong")
    relay.process.send_signal(signal.SIGHUP)
    assert (await relay.wait_event("reload_failed"))["reason"] == "certificate"
    pem.write_bytes(good)
    (tmp_path / "relay.toml").write_text("no_such_setting = 1")
    relay.process.send_signal(signal.SIGHUP)
    failed = await relay.wait_event("reload_failed")
    assert failed["reason"] == "configuration" and "no_such_setting" in failed["why"]
    (tmp_path / "relay.toml").write_text(
        'max_connections_per_address = 1\naccess = "token"\npublic_port = 443'
    )
    relay.process.send_signal(signal.SIGHUP)
    await relay.wait_event("reloaded")
    waiting = [event["setting"] for event in relay.events if event["event"] == "restart_needed"]
    assert waiting == ["public_port", "access"]
    assert isinstance(await client.ask(frames.Ping), frames.Pong)
    with pytest.raises((EOFError, OSError)):
        await RawClient.connect(relay.address.port)


async def test_killed_and_started_again_it_is_the_same_relay_with_another_epoch(
    start, connect_to, bob
):
    first = await start()
    client = await connect_to(first)
    epoch = (await client.prove(bob, 1)).epoch
    first.process.kill()
    assert await client.is_closed()
    second = await start()
    assert second.address.relay_ids == first.address.relay_ids
    again = await connect_to(second)
    assert (await again.prove(bob, 1)).epoch != epoch


async def test_out_of_descriptors_it_copes_and_recovers(start, connect_to):
    settings = "max_connections_per_address = 1000\naddress_handshake_burst = 1000\n"
    relay = await start(100, settings)
    held = []
    with contextlib.suppress(EOFError, OSError):
        for _ in range(120):
            held += [await RawClient.connect(relay.address.port)]
    assert 20 <= len(held) < 100
    assert isinstance(await held[0].ask(frames.Ping), frames.Pong)
    for client in held:
        await client.close()
    async with asyncio.timeout(10):
        while True:
            with contextlib.suppress(EOFError, OSError):
                await connect_to(relay)
                break
    relay.process.send_signal(signal.SIGTERM)
    assert await relay.wait() == 0
    assert len(relay.events) <= 30


@pytest.mark.skipif(sys.platform != "linux", reason="prctl")
async def test_nobody_but_root_reads_its_memory(start):
    relay = await start()
    # The kernel gives the files of a process that may not be dumped to root.
    assert os.stat(f"/proc/{relay.process.pid}/mem").st_uid == 0
    limits = await asyncio.to_thread(Path(f"/proc/{relay.process.pid}/limits").read_text)
    (core,) = [line for line in limits.splitlines() if line.startswith("Max core file size")]
    assert core.split()[4:6] == ["0", "0"]
    get_dumpable = (
        "import ctypes, sys; from whispr.relay.process import forbid_dumps; forbid_dumps();"
        "sys.exit(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    )
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", get_dumpable),
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert await child.wait() == 0


def test_dumps_are_forbidden_before_anything_is_served(monkeypatch, tmp_path):
    """As root the owner of a file under /proc tells nothing: so look at the order of steps."""
    steps = []
    monkeypatch.setattr(process, "limit_resources", lambda: steps.append("limits"))
    monkeypatch.setattr(process, "forbid_dumps", lambda: steps.append("dumps"))
    monkeypatch.setattr(process, "serve", lambda *_: steps.append("serve") or asyncio.sleep(0))
    process.run(RelayConfig(data=tmp_path), ready=print)
    assert steps == ["limits", "dumps", "serve"]


def test_no_core_is_dumped_and_as_many_files_as_allowed():
    import resource

    before = {
        kind: resource.getrlimit(kind) for kind in (resource.RLIMIT_CORE, resource.RLIMIT_NOFILE)
    }
    try:
        limit_resources()
        assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        assert soft == hard
    finally:
        with contextlib.suppress(ValueError, OSError):
            for kind, limits in before.items():
                resource.setrlimit(kind, limits)


@pytest.fixture
async def connect_to():
    async with contextlib.AsyncExitStack() as stack:

        async def connect_to(relay: Process) -> RawClient:
            client = await RawClient.connect(relay.address.port)
            stack.push_async_callback(client.close)
            return client

        yield connect_to
