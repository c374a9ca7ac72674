"""A worker: one relay on sockets that its parent has bound, with a line to its parent.

    python -m whispr.relay.workers.worker DESCRIPTOR

The parent sends the configuration and the sockets' descriptors first, later other configurations
and requests for metrics. Where the line ends the parent is gone, and the worker drains.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Any

from whispr.errors import ConfigError
from whispr.relay.process import forbid_dumps, limit_resources, loop_factory
from whispr.relay.relay import Relay
from whispr.relay.serving import serve
from whispr.relay.workers.channel import Channel, inherited_end, open_channel, unpack_config

EXIT_CONFIG = 78


async def work(descriptor: int) -> int:
    """Run until told to stop; returns the exit code."""
    channel = await open_channel(inherited_end(descriptor))
    order = await channel.receive()
    if order is None:
        return 0
    listeners: set[asyncio.Task[None]] = set()

    def attend(relay: Relay, stop: Callable[[], None]) -> None:
        listeners.add(asyncio.get_running_loop().create_task(_listen(channel, relay, stop)))

    try:
        return await serve(
            unpack_config(order["config"]),
            lambda address: channel.send({"ready": address}),
            None,
            {},
            inherited=order["listening"],
            attend=attend,
        )
    except ConfigError as error:
        channel.send({"error": str(error)})
        await channel.flush()
        return EXIT_CONFIG
    finally:
        for task in listeners:
            task.cancel()
        channel.close()


async def _listen(channel: Channel, relay: Relay, stop: Callable[[], None]) -> None:
    while (message := await channel.receive()) is not None:
        _carry_out(message, channel, relay)
    stop()


def _carry_out(message: dict[str, Any], channel: Channel, relay: Relay) -> None:
    if "metrics" in message:
        channel.send({"metrics": relay.render_metrics().decode()})
    elif "config" in message:
        relay.reload(unpack_config(message["config"]))


def main(descriptor: int) -> int:
    """A whole worker process."""
    limit_resources()
    forbid_dumps()
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        return runner.run(work(descriptor))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
