"""A relay as a service: its supervisor, a watchdog, restarts and reloads under load."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import json
import os
import signal
import socket
import sys

import pytest

from bench import restart
from tests.relay.raw_client import RawClient
from whispr.protocol import frames
from whispr.relay import certificate

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Unix sockets and signals")

PATIENCE_SECONDS = 20.0


class Supervised:
    """A relay process and what it tells its supervisor."""

    def __init__(self, process, heard: socket.socket, port: int) -> None:
        self.process, self.heard, self.port = process, heard, port

    async def hear(self, wanted: str) -> list[str]:
        """What is told up to a datagram that begins with `wanted`, the first line of each."""
        loop, told = asyncio.get_running_loop(), []
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not told or not told[-1].startswith(wanted):
                told.append((await loop.sock_recv(self.heard, 4096)).decode().partition("\n")[0])
        return told


@pytest.fixture
async def supervise(tmp_path, monkeypatch):
    """Starts `whispr relay` on a socket of the test, with a supervisor that listens."""
    monkeypatch.chdir(tmp_path)
    async with contextlib.AsyncExitStack() as stack:

        async def supervise(watchdog_seconds: float = 0.0, **settings: object) -> Supervised:
            heard = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
            # The abstract namespace of Linux has no paths that are too long.
            name = f"@whispr-{os.getpid()}" if sys.platform == "linux" else f"{tmp_path}/notify"
            heard.bind(name.replace("@", "\0"))
            heard.setblocking(False)
            monkeypatch.setenv("NOTIFY_SOCKET", name)
            if watchdog_seconds:
                monkeypatch.setenv("WATCHDOG_USEC", str(int(watchdog_seconds * 1e6)))
            listening = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=512))
            process = await stack.enter_async_context(
                restart.relay_process(listening, tmp_path / "data", **settings)
            )
            return Supervised(process, heard, listening.getsockname()[1])

        yield supervise


async def test_the_life_of_a_service_as_its_supervisor_hears_it(supervise):
    relay = await supervise(drain_seconds=0.2)
    told = await relay.hear("STATUS=")
    assert told == ["READY=1", "STATUS=serving 0 connections, store up"]
    client = await RawClient.connect(relay.port)
    relay.process.send_signal(signal.SIGHUP)
    assert (await relay.hear("READY=1")) == ["RELOADING=1", "READY=1"]
    assert isinstance(await client.ask(frames.Ping), frames.Pong)
    relay.process.send_signal(signal.SIGTERM)
    assert await relay.hear("STOPPING=1") == ["STOPPING=1"]
    await relay.hear("STATUS=draining 1")
    assert await relay.process.wait() == 0
    await client.close()


async def test_the_watchdog_is_fed_and_hears_nothing_of_a_process_that_hangs(supervise):
    relay = await supervise(watchdog_seconds=0.2)
    for _ in range(3):
        await relay.hear("WATCHDOG=1")
    relay.process.send_signal(signal.SIGSTOP)
    with contextlib.suppress(BlockingIOError):
        while relay.heard.recv(4096):
            continue  # what was told before it stopped
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await asyncio.get_running_loop().sock_recv(relay.heard, 4096)
    relay.process.send_signal(signal.SIGCONT)
    await relay.hear("WATCHDOG=1")


async def test_a_restart_tells_everybody_and_refuses_nobody(tmp_path):
    drain_seconds = 5.0
    outcome = await restart.scene(200, tmp_path / "data", drain_seconds)
    assert (outcome.told, outcome.back, outcome.refused) == (200, 200, 0)
    assert outcome.exit_code == 0
    assert outcome.stop_seconds < drain_seconds + 1
    assert outcome.bytes_each < 256 * 1024


async def test_new_certificates_under_load_drop_nobody(supervise, tmp_path, alice, bob):
    relay = await supervise(**{"sends-per-second": 1e5, "send-burst": 1e5 // 1})
    paths = certificate.own_paths(tmp_path / "data")
    clients = [await RawClient.connect(relay.port) for _ in range(8)]
    for client in clients:
        await client.send_as(alice)
    over = asyncio.Event()
    load = [asyncio.create_task(_send_until(over, client, alice, bob)) for client in clients]
    pin = clients[0].relay_id
    await relay.hear("READY=1")
    serials = [await _serial(relay.port)]
    for day in range(10):
        now = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=day)
        certificate.renew(paths, ("localhost",), now)
        relay.process.send_signal(signal.SIGHUP)
        await relay.hear("READY=1")
        serials.append(await _serial(relay.port))
    assert len(set(serials)) == 11  # each was served
    good = paths.certificate.read_bytes()
    other = certificate.ensure(tmp_path / "other", ("localhost",), now)
    key, _, _ = other.key.read_bytes().partition(b"-----BEGIN CERTIFICATE")
    _, mark, chain = good.partition(b"-----BEGIN CERTIFICATE")
    paths.certificate.write_bytes(key + mark + chain)  # a key of something else
    relay.process.send_signal(signal.SIGHUP)
    await relay.hear("READY=1")
    assert await _serial(relay.port) == serials[-1]  # refused: the old pair is kept
    late = await RawClient.connect(relay.port)
    assert late.relay_id == pin
    await late.close()
    over.set()
    sent = await asyncio.gather(*load)
    assert min(sent) > 10
    for client in clients:
        assert isinstance(await client.ask(frames.Ping), frames.Pong)
        await client.close()


async def _send_until(over: asyncio.Event, client: RawClient, alice, bob) -> int:
    """Send ephemeral envelopes one after the other; how many were accepted."""
    sent = 0
    while not over.is_set():
        answer = await client.submit(client.envelope(alice, bob, ephemeral=True))
        if isinstance(answer, frames.Accepted):
            sent += 1
        else:
            await asyncio.sleep(0.01)  # a limit; what is shown here is that nothing breaks
    return sent


async def _serial(port: int) -> bytes:
    """What tells one certificate from another: the certificate."""
    client = await RawClient.connect(port)
    shown = client.writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    await client.close()
    return shown


async def test_what_a_process_counted_is_told_by_stats(supervise, tmp_path, alice, bob):
    relay = await supervise()
    client = await RawClient.connect(relay.port)
    await client.send_as(alice)
    await client.submit(client.envelope(alice, bob))
    await relay.hear("READY=1")
    asked = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "whispr", "relay", "stats", "--data", "data", "--json"),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    out, _ = await asked.communicate()
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["messages"] for line in lines] == [1, 1]
    assert alice.public.hex() not in out.decode() and "127.0.0.1" not in out.decode()
    await client.close()
