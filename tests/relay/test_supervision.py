"""A relay as a service: what its supervisor hears in each stage, what the counts tell."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket

import pytest

from whispr.relay import supervision
from whispr.relay.notify import Notifier
from whispr.relay.supervision import Supervision

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="Unix sockets")


@pytest.fixture
def heard(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind("notify")
        heard.setblocking(False)
        yield heard


def said(heard):
    found = []
    with contextlib.suppress(BlockingIOError):
        while True:
            found.append(heard.recv(4096).decode().partition("\n")[0])
    return found


async def supervise(relay, stack, watchdog_seconds=0.0):
    watching = Supervision(relay, Notifier("notify", watchdog_seconds), relay.services.log)
    await watching.start()
    stack.push_async_callback(watching.stop)
    return watching


async def test_what_is_told_from_start_to_stop(start_relay, heard, tmp_path):
    relay = await start_relay()
    async with contextlib.AsyncExitStack() as stack:
        watching = await supervise(relay, stack, 30.0)
        await asyncio.sleep(0)
        assert said(heard) == [*("READY=1", "WATCHDOG=1", "STATUS=serving 0 connections, store up")]
        watching.reloading()
        watching.reloaded()
        assert said(heard) == ["RELOADING=1", "READY=1"]
        watching.stopping()
        assert said(heard) == ["STOPPING=1", "STATUS=draining 0 connections, store up"]


async def test_a_relay_that_accepts_no_more_is_not_well(start_relay, heard):
    relay = await start_relay()
    async with contextlib.AsyncExitStack() as stack:
        watching = await supervise(relay, stack)
        assert watching._is_well()
        relay._listener._accepting[0].cancel()
        await asyncio.gather(*relay._listener._accepting, return_exceptions=True)
        assert not watching._is_well()
        watching.stopping()
        assert watching._is_well()


async def test_counts_are_told_on_the_private_socket(
    start_relay, connect, alice, bob, heard, monkeypatch, tmp_path
):
    monkeypatch.setattr(supervision, "TICK_SECONDS", 0.001)
    monkeypatch.chdir(tmp_path)
    relay = await start_relay(data=type(tmp_path)("relay"))
    client = await connect(relay)
    async with contextlib.AsyncExitStack() as stack:
        watching = await supervise(relay, stack)
        await client.send_as(alice)
        data = client.envelope(alice, bob)
        await client.submit(data)
        await client.submit(data)
        await client.submit(client.envelope(alice, bob, relay_id=b"x" * 32))
        reader, writer = await asyncio.open_unix_connection(watching._stats.path)
        report = json.loads(await reader.read())
        writer.close()
        await writer.wait_closed()
    (hour,) = report["hours"]
    counted = {name: hour[name] for name in ("messages", "message_bytes", "refused", "users")}
    assert counted == {"messages": 1, "message_bytes": len(data), "refused": 1, "users": 0}
    assert {"expired", "evicted", "files", "file_bytes", "delivered", "acknowledged"} < set(hour)
