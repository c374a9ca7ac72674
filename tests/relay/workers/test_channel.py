"""The line between parent and worker: whole objects, a quiet end, every setting unchanged."""

from __future__ import annotations

from pathlib import Path

import pytest

from whispr.relay.config import RelayConfig
from whispr.relay.workers.channel import (
    channel_ends,
    inherited_end,
    open_channel,
    pack_config,
    unpack_config,
)


@pytest.fixture
async def ends():
    ours, theirs = channel_ends()
    descriptor = theirs.detach()
    channels = [await open_channel(ours), await open_channel(inherited_end(descriptor))]
    yield channels
    for channel in channels:
        channel.close()


async def test_objects_come_whole_and_in_order(ends):
    parent, worker = ends
    large = {"metrics": "x" * 300_000}
    for message in ({"config": {}}, large):
        parent.send(message)
    assert [await worker.receive(), await worker.receive()] == [{"config": {}}, large]
    worker.send({"ready": "address"})
    await worker.flush()
    assert await parent.receive() == {"ready": "address"}


async def test_the_end_is_told_once_and_for_all(ends):
    parent, worker = ends
    parent.close()
    assert await worker.receive() is None
    worker.send({"metrics": "x"})
    await worker.flush()
    assert await worker.receive() is None


async def test_half_an_object_is_none(ends):
    parent, worker = ends
    parent._writer.write(b"{")
    parent.close()
    assert await worker.receive() is None


@pytest.mark.parametrize(
    "config",
    [
        RelayConfig(),
        RelayConfig(
            listen=("127.0.0.1:1", "[::1]:2"),
            public_hosts=("relay.example.org",),
            data=Path("data"),
            store="redis",
            redis_url="redis://store",
            blob_store="redis",
            workers=3,
            retention="day",
            ttl_seconds=12.5,
            metrics="127.0.0.1:9464",
        ),
    ],
)
def test_a_configuration_arrives_as_it_was(config):
    import json

    assert unpack_config(json.loads(json.dumps(pack_config(config)))) == config
