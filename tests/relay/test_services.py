"""What connections share: limits that change while they hold, work that nobody waits for."""

from __future__ import annotations

import asyncio

from whispr.relay.config import RelayConfig
from whispr.relay.services import ConnectionLimits


def test_every_limit_follows_a_changed_configuration(clock):
    limits = ConnectionLimits(RelayConfig(), clock)
    assert limits.address_sends.limit.burst == 400
    limits.change(
        RelayConfig(
            address_send_burst=1,
            connection_send_burst=2,
            request_burst=3,
            address_auth_burst=4,
            address_handshake_burst=5,
            blob_burst_bytes=10**6,
        )
    )
    assert limits.address_sends.limit.burst == 1
    assert limits.connection_sends.limit.burst == 2
    assert limits.requests.limit.burst == 3
    assert limits.address_auths.limit.burst == 4
    assert limits.address_handshakes.limit.burst == 5
    assert limits.blob_bytes.limit.burst == 10**6


async def test_what_fails_in_the_background_is_told(relay):
    failures, done = [], asyncio.Event()

    async def fails_at_once():
        raise ValueError

    async def fails_later():
        await asyncio.sleep(0)
        done.set()
        raise KeyError

    relay.services.run_inline(fails_at_once(), failures.append)
    relay.services.run_inline(fails_later(), failures.append)
    await done.wait()
    await asyncio.sleep(0)
    assert [type(failure) for failure in failures] == [ValueError, KeyError]


async def test_new_connections_get_new_times_old_ones_keep_theirs(relay):
    relay.services.apply(RelayConfig(auth_seconds=3.0, output_bytes=2**21))
    assert relay.services.timing.auth_seconds == 3.0
    assert relay.services.hub.output_bytes == 2**21
