"""What only the memory store promises; the rest is in `test_stores`."""

from __future__ import annotations

import pytest

from tests.relay.fake_clock import FakeClock
from tests.relay.stores.store_kit import EPOCH, NotingWatcher, envelope, memory_store, named
from whispr.relay.limits import RateLimit
from whispr.relay.stores.base import Kept, Refusal
from whispr.relay.stores.limits import MAX_LIFE_MS, StoreLimits
from whispr.relay.stores.memory import MemoryStore


@pytest.fixture
def clock():
    return FakeClock()


@pytest.mark.parametrize("epoch", [b"", bytes(15), bytes(17)])
def test_an_epoch_has_sixteen_bytes(clock, epoch):
    with pytest.raises(ValueError, match="16"):
        MemoryStore(StoreLimits(), clock, epoch)


@pytest.mark.parametrize(("life_ms", "fits"), [(0, False), (1, True), (MAX_LIFE_MS, True)])
async def test_lives_are_bounded(clock, life_ms, fits):
    store = memory_store(clock)
    if fits:
        assert await store.enqueue(envelope(1, life_ms=life_ms)) == Kept(life_ms)
        assert await store.enqueue(envelope(1, life_ms=life_ms)) == Kept(life_ms, repeated=True)
        return
    with pytest.raises(ValueError, match="life"):
        await store.enqueue(envelope(1, life_ms=life_ms))


async def test_a_life_beyond_the_longest_is_refused(clock):
    with pytest.raises(ValueError, match="life"):
        await memory_store(clock).enqueue(envelope(1, life_ms=MAX_LIFE_MS + 1))


async def test_other_limits_hold_at_once_and_delete_nothing(clock):
    store = memory_store(clock)
    for number in range(5):
        await store.enqueue(envelope(number))
    store.change_limits(StoreLimits(mailbox_messages=3, send_rate=RateLimit(1, 1)))
    assert store.usage().messages == 5
    assert (await store.enqueue(envelope("x"))).refusal is Refusal.MAILBOX_FULL
    assert await store.take_send_budget(named("alice")) == 0
    assert await store.take_send_budget(named("alice")) == 1000
    store.change_limits(StoreLimits(mailbox_messages=6))
    assert isinstance(await store.enqueue(envelope("x")), Kept)


async def test_connections_are_not_held_where_nobody_is_told_of_evictions(clock):
    store = memory_store(clock)
    await store.enqueue(envelope(1, origin="a connection"))
    store.change_limits(StoreLimits(mailbox_messages=1, drop_oldest=True))
    kept = await store.enqueue(envelope(2))
    assert [item.origin for item in kept.evicted] == [None]


async def test_a_watched_mailbox_that_was_emptied_goes_when_its_owner_leaves(clock):
    store, watcher = MemoryStore(StoreLimits(), clock, EPOCH), NotingWatcher()
    await store.watch(named("bob"), watcher)
    await store.enqueue(envelope(1))
    await store.acknowledge(named("bob"), 1 << 60)
    assert store.usage().mailboxes == 1
    await store.unwatch(named("bob"), watcher)
    assert store.usage().mailboxes == 0


async def test_a_watched_mailbox_that_was_emptied_goes_in_its_turn(clock):
    store = memory_store(clock)
    await store.watch(named("bob"), NotingWatcher())
    await store.enqueue(envelope(1))
    await store.acknowledge(named("bob"), 1 << 60)
    clock.advance(62_000)
    await store.sweep()
    assert (store.usage().mailboxes, store.usage().expired) == (0, 0)


async def test_a_successor_keeps_the_mailbox_when_the_displaced_leaves(clock):
    store, old, new = memory_store(clock), NotingWatcher(), NotingWatcher()
    await store.watch(named("bob"), old)
    await store.watch(named("bob"), new)
    await store.enqueue(envelope(1))
    await store.unwatch(named("bob"), old)
    assert len(await store.fetch(named("bob"), after=0, max_messages=9, max_bytes=999)) == 1
