"""A relay in this event loop: who attends to it, and that being asked twice ends it at once."""

from __future__ import annotations

import asyncio

from tests.relay.raw_client import RawClient
from whispr.protocol import frames
from whispr.protocol.address import RelayAddress
from whispr.relay.config import RelayConfig
from whispr.relay.serving import serve


async def test_it_is_handed_to_who_attends_and_ends_when_asked(tmp_path):
    attended, addresses = [], []
    config = RelayConfig(listen=("127.0.0.1:0",), data=tmp_path, drain_seconds=0.05)
    serving = asyncio.create_task(
        serve(config, addresses.append, None, {}, attend=lambda *both: attended.append(both))
    )
    while not addresses:  # noqa: ASYNC110 - it says when it is ready
        await asyncio.sleep(0.005)
    ((relay, stop),) = attended
    client = await RawClient.connect(RelayAddress.parse(addresses[0]).port)
    assert relay.port == RelayAddress.parse(addresses[0]).port
    stop()
    assert isinstance(await client.receive(), frames.Goaway)
    assert await serving == 0
    await client.close()


async def test_asked_twice_it_does_not_wait_for_anybody(tmp_path):
    attended, addresses = [], []
    config = RelayConfig(listen=("127.0.0.1:0",), data=tmp_path, drain_seconds=60)
    serving = asyncio.create_task(
        serve(config, addresses.append, None, {}, attend=lambda *both: attended.append(both))
    )
    while not addresses:  # noqa: ASYNC110 - it says when it is ready
        await asyncio.sleep(0.005)
    client = await RawClient.connect(RelayAddress.parse(addresses[0]).port)
    _, stop = attended[0]
    stop()
    stop()
    async with asyncio.timeout(5):
        assert await serving == 0
    await client.close()
