"""Real relays: in this process with a clock that stands still, and as processes of their own."""

from __future__ import annotations

import contextlib

import pytest

from tests.hardening.relay_process import RelayProcess
from tests.relay.conftest import (  # noqa: F401 - fixtures
    alice,
    bob,
    clock,
    connect,
    log_lines,
    relay,
    start_relay,
)
from whispr.protocol.signatures import SigningKey


@pytest.fixture
def mallory():
    """The device key of somebody with no rights at all."""
    return SigningKey(b"m" * 32)


@pytest.fixture
async def spawn_relay(tmp_path):
    """Starts relays as processes; they are ended after the test."""
    async with contextlib.AsyncExitStack() as stack:

        async def spawn(**settings: object) -> RelayProcess:
            process = await RelayProcess.start(tmp_path / "relay", settings)
            stack.push_async_callback(process.close)
            return process

        yield spawn
