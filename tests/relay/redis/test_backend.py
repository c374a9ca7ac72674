"""The store goes away, stands still, fills up, forgets; and comes back."""

from __future__ import annotations

import asyncio
import contextlib
import json

import pytest

from tests.relay import store_process
from tests.relay.fake_clock import FakeClock
from tests.relay.stores.store_kit import NotingWatcher, envelope, named
from whispr.errors import ConfigError, RelayError, RelayFullError, RelayUnavailableError
from whispr.relay.clock import SystemClock
from whispr.relay.log import Log
from whispr.relay.stores.base import Kept, Refusal, Refused
from whispr.relay.stores.limits import StoreLimits
from whispr.relay.stores.redis import RedisStore

BOB = named("bob")


@pytest.fixture
def lines():
    return []


@pytest.fixture
async def store(own_process, lines):
    log = Log(SystemClock(), level="debug", write=lines.append)
    store = RedisStore(StoreLimits(), own_process.backend(log=log), FakeClock())
    await store.open()
    yield store
    await store.close()


async def again(call, *, seconds=10.0):
    """Ask until it is answered."""
    async with asyncio.timeout(seconds):
        while True:
            with contextlib.suppress(RelayError):
                return await call()
            await asyncio.sleep(0.01)


async def test_killed_it_refuses_and_comes_back_with_everything(store, own_process):
    epoch = store.epoch
    await store.enqueue(envelope(1))
    own_process.kill()
    with pytest.raises(RelayUnavailableError) as refused:
        await store.enqueue(envelope(2))
    assert refused.value.retry_after_ms > 0
    own_process.start()
    assert await again(lambda: store.enqueue(envelope(2))) == Kept(60_000)
    items = await store.fetch(BOB, after=0, max_messages=9, max_bytes=9999)
    assert [item.data for item in items] == [envelope(1).data, envelope(2).data]
    assert store.epoch == epoch
    assert store.up


async def test_what_waits_for_an_answer_is_refused_when_the_store_stands_still(store, own_process):
    own_process.pause()
    try:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        with pytest.raises(RelayUnavailableError):
            await store.enqueue(envelope(1))
        assert 1.5 < loop.time() - begun < 4
        with pytest.raises(RelayUnavailableError):
            await store.enqueue(envelope(2))
        assert not store.up
    finally:
        own_process.resume()
    # What was sent before may have been carried out meanwhile: the repetition tells.
    kept = await again(lambda: store.enqueue(envelope(1)))
    assert kept.expires_in_ms == 60_000
    await store.enqueue(envelope(2))
    items = await store.fetch(BOB, after=0, max_messages=9, max_bytes=9999)
    assert len(items) == 2


async def test_a_full_store_refuses_envelopes_and_still_delivers_them(store, own_process):
    await store.watch(BOB, NotingWatcher())
    await store.enqueue(envelope(1))
    own_process.command("CONFIG", "SET", "maxmemory", 1)
    refused = await store.enqueue(envelope(2))
    assert isinstance(refused, Refused) and refused.refusal is Refusal.RELAY_FULL
    assert refused.retry_after_ms > 0
    with pytest.raises(RelayFullError):
        await store.allow(BOB, frozenset([named("alice")]))
    await store.watch(BOB, NotingWatcher())
    await store.sweep()
    (item,) = await store.fetch(BOB, after=0, max_messages=9, max_bytes=9999)
    assert await store.acknowledge(BOB, item.position) == 1
    own_process.command("CONFIG", "SET", "maxmemory", 0)
    assert await store.enqueue(envelope(2)) == Kept(60_000)
    assert store.usage().messages == 1


async def test_a_store_that_forgot_has_another_epoch_and_says_so(store, own_process, lines):
    forgotten, epoch = [], store.epoch
    store._backend.on_forgotten = lambda: forgotten.append(1)
    own_process.command("FLUSHALL")
    own_process.kill()
    own_process.start()
    await again(lambda: store.last_position(BOB))
    assert forgotten == [1]
    assert store.epoch != epoch
    assert "store_forgot" in {json.loads(line)["event"] for line in lines}


async def test_scripts_that_were_flushed_are_sent_again(store, own_process):
    await store.enqueue(envelope(1))
    own_process.command("SCRIPT", "FLUSH")
    assert await store.enqueue(envelope(2)) == Kept(60_000)


async def test_a_store_that_came_back_unfit_is_not_used(store, own_process, lines):
    own_process.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    own_process.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    async with asyncio.timeout(10):
        while not any("store_unfit" in line for line in lines):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    with pytest.raises(RelayUnavailableError):
        await store.enqueue(envelope(1))
    own_process.command("CONFIG", "SET", "maxmemory-policy", "noeviction")
    assert await again(lambda: store.enqueue(envelope(1))) == Kept(60_000)


async def test_a_store_that_is_not_there_is_named(own_process):
    own_process.kill()
    try:
        with pytest.raises(ConfigError, match=rf"127\.0\.0\.1:{own_process.port}"):
            await own_process.backend().open()
    finally:
        own_process.start()


async def test_an_eviction_policy_that_deletes_is_refused_at_the_start():
    process = store_process.valkey()
    process.command("CONFIG", "SET", "maxmemory-policy", "volatile-lru")
    try:
        with pytest.raises(ConfigError, match=r"volatile-lru.*noeviction"):
            await process.backend().open()
    finally:
        process.command("CONFIG", "SET", "maxmemory-policy", "noeviction")


async def test_a_wrong_password_is_told_without_it(own_process):
    own_process.command("CONFIG", "SET", "requirepass", "secret")
    with pytest.raises(ConfigError) as refused:
        await own_process.backend().open()
    assert "NOAUTH" in str(refused.value) or "WRONGPASS" in str(refused.value)
    assert "secret" not in str(refused.value)
