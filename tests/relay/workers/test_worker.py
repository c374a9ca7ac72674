"""A worker on its own: what it says, what it does when its parent is gone."""

from __future__ import annotations

import asyncio
import os
import socket
import sys

import pytest

from tests.relay.raw_client import RawClient
from whispr.protocol import frames
from whispr.protocol.address import RelayAddress
from whispr.relay.config import RelayConfig
from whispr.relay.workers.channel import channel_ends, open_channel, pack_config
from whispr.relay.workers.worker import EXIT_CONFIG

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no inherited sockets")


@pytest.fixture
async def worker():
    """A worker process that was told nothing yet, its line and a socket for it."""
    ours, theirs = channel_ends()
    listening = socket.create_server(("127.0.0.1", 0))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "whispr.relay.workers.worker", str(theirs.fileno())),
        pass_fds=(theirs.fileno(), listening.fileno()),
        stderr=asyncio.subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    theirs.close()
    channel = await open_channel(ours)
    yield process, channel, listening
    channel.close()
    listening.close()
    if process.returncode is None:
        process.kill()
    await process.wait()


def order(tmp_path, listening, **settings):
    config = RelayConfig(data=tmp_path, drain_seconds=0.05, **settings)
    return {"config": pack_config(config), "listening": [listening.fileno()]}


async def test_it_serves_on_the_socket_of_its_parent_tells_metrics_and_drains(worker, tmp_path):
    process, channel, listening = worker
    channel.send(order(tmp_path, listening))
    address = RelayAddress.parse((await channel.receive())["ready"])
    assert address.port == listening.getsockname()[1]
    client = await RawClient.connect(address.port)
    channel.send({"metrics": True})
    assert "whispr_connections 1.0" in (await channel.receive())["metrics"]
    channel.close()
    assert isinstance(await client.receive(), frames.Goaway)
    await client.close()
    assert await process.wait() == 0


async def test_it_says_what_it_cannot_use(worker, tmp_path):
    process, channel, listening = worker
    (tmp_path / "relay.pem").write_text("no certificate")
    channel.send(order(tmp_path, listening))
    assert "certificate" in (await channel.receive())["error"]
    assert await process.wait() == EXIT_CONFIG


async def test_without_an_order_it_ends(worker):
    process, channel, _ = worker
    channel.close()
    assert await process.wait() == 0
