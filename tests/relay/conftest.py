from __future__ import annotations

import contextlib

import pytest

from tests.relay import store_process
from tests.relay.fake_clock import FakeClock
from tests.relay.raw_client import RawClient
from whispr.protocol.signatures import SigningKey
from whispr.relay.config import RelayConfig
from whispr.relay.log import Log
from whispr.relay.relay import Relay


@pytest.fixture(scope="session", autouse=True)
def store_processes():
    """Redis and Valkey run from the first test that needs them to the last."""
    yield
    store_process.end_all()


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def log_lines():
    return []


@pytest.fixture
async def start_relay(clock, log_lines, tmp_path):
    """Starts a relay on loopback with given settings; it is stopped after the test."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(**settings: object) -> Relay:
            settings = {
                "listen": ("127.0.0.1:0",),
                "data": tmp_path / "relay",
                "drain_seconds": 0.05,
            } | settings
            relay = Relay(
                RelayConfig(**settings),
                clock=settings.pop("clock", clock),
                log=Log(clock, level="debug", write=log_lines.append),
            )
            await relay.start()
            stack.push_async_callback(relay.stop)
            return relay

        yield start


@pytest.fixture
async def relay(start_relay):
    return await start_relay()


@pytest.fixture
async def connect():
    """Connects clients to a relay; they are closed after the test."""
    async with contextlib.AsyncExitStack() as stack:

        async def connect(relay: Relay, **options: object) -> RawClient:
            client = await RawClient.connect(relay.port, **options)
            stack.push_async_callback(client.close)
            return client

        yield connect


@pytest.fixture
def alice():
    """The device key of Alice, who sends."""
    return SigningKey(b"a" * 32)


@pytest.fixture
def bob():
    """The mailbox key of Bob, who reads."""
    return SigningKey(b"b" * 32)
