"""When buckets are looked at: those with something due, the others now and then."""

from __future__ import annotations

import pytest

from tests.relay import store_process
from tests.relay.stores.store_kit import envelope, named
from whispr.relay.redis import keys, sweeper
from whispr.relay.stores.limits import StoreLimits
from whispr.relay.stores.redis import RedisStore


@pytest.fixture
async def store(clock):
    store = RedisStore(StoreLimits(), store_process.valkey().backend(clock), clock)
    await store.open()
    yield store
    await store.close()


def looks(store, monkeypatch) -> list[int]:
    found = []
    look = store._sweeper._look

    async def noting(bucket):
        found.append(bucket)
        return await look(bucket)

    monkeypatch.setattr(store._sweeper, "_look", noting)
    return found


async def test_only_buckets_with_something_due_are_looked_at(store, clock, monkeypatch):
    await store.enqueue(envelope(1, life_ms=3000, remember_ms=3000))
    found = looks(store, monkeypatch)
    clock.advance(2999)
    await store.sweep()
    assert found == []
    clock.advance(1)
    await store.sweep()
    assert set(found) == {keys.bucket_of(named("bob"))}
    assert store.usage().messages == 0


async def test_every_bucket_is_looked_at_now_and_then(store, clock, monkeypatch):
    found = looks(store, monkeypatch)
    clock.advance(round(sweeper.LONGEST_UNSEEN_MS * 1.2))
    await store.sweep()
    assert set(found) == set(range(keys.BUCKETS))


async def test_what_another_process_left_is_dropped(store, clock):
    process = store_process._RUNNING["valkey"]
    second = RedisStore(StoreLimits(), process.backend(clock), clock)
    await second.open()
    for number in range(250):
        await second.enqueue(envelope(1, mailbox=f"mailbox {number}", life_ms=1000))
    await second.close()
    clock.advance(15_000)
    await store.sweep()
    assert store.usage().messages == store.usage().mailboxes == 0
    assert store.usage().expired == 250
    left = process.command("KEYS", "{w???}[hb]:*")
    assert left == []


async def test_envelopes_go_by_themselves_where_no_relay_is_left(store, clock):
    await store.enqueue(envelope(1, life_ms=2000))
    process = store_process._RUNNING["valkey"]
    for name in (keys.heads(named("bob")), keys.bodies(named("bob"))):
        assert 55_000 < process.command("PTTL", name) <= 62_000


async def test_books_are_right_again_after_bodies_went_by_themselves(store, clock):
    for number in range(3):
        await store.enqueue(envelope(number, life_ms=2000, remember_ms=1000))
    process = store_process._RUNNING["valkey"]
    process.command("UNLINK", keys.heads(named("bob")), keys.bodies(named("bob")))
    clock.advance(2000)
    await store.sweep()
    assert store.usage().memory_bytes == store.usage().messages == 0
    assert store.usage().expired == 3
