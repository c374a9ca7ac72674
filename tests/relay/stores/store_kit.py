"""What every store test needs: a store of each kind, envelopes, a watcher that notes."""

from __future__ import annotations

import hashlib

import pytest

from tests.relay import store_process
from tests.relay.fake_clock import FakeClock
from whispr.relay.stores.base import Incoming
from whispr.relay.stores.limits import StoreLimits
from whispr.relay.stores.memory import MemoryStore
from whispr.relay.stores.redis import RedisStore

EPOCH = bytes(range(16))


def memory_store(clock: FakeClock, **limits: object) -> MemoryStore:
    return MemoryStore(StoreLimits(**limits), clock, EPOCH)


async def new_memory_store(clock: FakeClock, **limits: object) -> MemoryStore:
    return memory_store(clock, **limits)


async def valkey_store(clock: FakeClock, **limits: object) -> RedisStore:
    return await _redis_store(store_process.valkey(), clock, limits)


async def redis_tls_store(clock: FakeClock, **limits: object) -> RedisStore:
    return await _redis_store(store_process.redis_tls(), clock, limits)


async def _redis_store(process, clock, limits) -> RedisStore:
    store = RedisStore(StoreLimits(**limits), process.backend(clock), clock)
    await store.open()
    return store


STORES = [
    pytest.param(new_memory_store, id="memory"),
    pytest.param(valkey_store, id="valkey"),
    pytest.param(redis_tls_store, id="redis_tls"),
]
"""Every store joins here and then passes the whole suite."""


def named(text: str, size: int = 32) -> bytes:
    """Bytes that look random and are the same for the same text."""
    return hashlib.sha256(text.encode()).digest()[:size]


def envelope(
    envelope_id: str | int,
    *,
    mailbox: str = "bob",
    sender: str = "alice",
    address: str = "192.0.2.1",
    size_bytes: int = 100,
    data: bytes | None = None,
    life_ms: int = 60_000,
    remember_ms: int = 120_000,
    origin: object | None = None,
) -> Incoming:
    if data is None:
        data = named(f"{mailbox}{sender}{envelope_id}").ljust(size_bytes, b"\0")[:size_bytes]
    return Incoming(
        mailbox=named(mailbox),
        key_id=named(sender),
        envelope_id=named(str(envelope_id), 16),
        digest=hashlib.sha256(data).digest(),
        data=data,
        life_ms=life_ms,
        remember_ms=remember_ms,
        address=address,
        origin=origin,
    )


class NotingWatcher:
    """Notes what a store tells it."""

    def __init__(self) -> None:
        self.wakes = 0
        self.displacements = 0
        self.pushed: list[bytes] = []

    def wake(self) -> None:
        self.wakes += 1

    def displaced(self) -> None:
        self.displacements += 1

    def push_ephemeral(self, data: bytes) -> None:
        self.pushed.append(data)
