"""Chores: timers, expiry, pulse; one that fails goes on."""

from __future__ import annotations

import asyncio
import json

import pytest

from whispr.errors import RelayUnavailableError
from whispr.relay.config import RelayConfig
from whispr.relay.upkeep import tick_seconds


def test_timers_are_looked_at_four_times_in_the_shortest_and_once_a_second_at_least():
    assert tick_seconds(RelayConfig()) == 1.0
    assert tick_seconds(RelayConfig(frame_seconds=2.0)) == 0.5


async def test_a_connection_that_never_proves_a_key_is_closed_by_itself(
    start_relay, connect, clock
):
    relay = await start_relay(auth_seconds=0.05)
    client = await connect(relay)
    clock.advance(50)
    assert (await client.receive()).reason == 5
    assert await client.is_closed()


@pytest.mark.parametrize(
    ("error", "event"),
    [(RelayUnavailableError("x"), "upkeep_failed"), (ValueError("x"), "internal_error")],
)
async def test_a_chore_that_fails_is_logged_and_done_again(
    start_relay, monkeypatch, log_lines, error, event
):
    monkeypatch.setattr("whispr.relay.upkeep.SWEEP_SECONDS", 0.001)
    relay = await start_relay()
    swept, good, failures = asyncio.Event(), relay.services.blobs.sweep, [error]

    async def sweep():
        if failures:
            raise failures.pop()
        swept.set()
        await good()

    monkeypatch.setattr(relay.services.blobs, "sweep", sweep)
    await asyncio.wait_for(swept.wait(), 5)
    assert [e for line in log_lines if (e := json.loads(line))["event"] == event]
