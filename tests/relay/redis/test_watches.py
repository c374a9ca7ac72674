"""Watchers of two processes on one store: wake-ups, takeovers, EPHEMERAL, what gets lost."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from tests.relay import store_process
from tests.relay.fake_clock import FakeClock
from tests.relay.stores.store_kit import NotingWatcher, envelope, named
from whispr.relay.redis import keys, watches
from whispr.relay.stores.base import Kept
from whispr.relay.stores.limits import StoreLimits
from whispr.relay.stores.redis import RedisStore

BOB = named("bob")


async def until(condition) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - another process makes it true
            await asyncio.sleep(0.005)


@pytest.fixture
async def two(process):
    """Two stores on one process, as in two relays; no clock is fed."""
    async with contextlib.AsyncExitStack() as stack:
        found = []
        for _ in range(2):
            backend = process.backend()
            store = RedisStore(StoreLimits(), backend, FakeClock())
            await store.open()
            stack.push_async_callback(store.close)
            found.append(store)
        yield found


async def test_a_watcher_is_woken_by_what_another_process_accepts(two):
    here, there = two
    watcher = NotingWatcher()
    await here.watch(BOB, watcher)
    assert isinstance(await there.enqueue(envelope(1)), Kept)
    await until(lambda: watcher.wakes)
    (item,) = await here.fetch(BOB, after=0, max_messages=9, max_bytes=9999)
    assert item.data == envelope(1).data
    assert await there.acknowledge(BOB, item.position) == 1


async def test_the_newest_watcher_takes_over_across_processes(two):
    here, there = two
    old, new = NotingWatcher(), NotingWatcher()
    await here.watch(BOB, old)
    await there.watch(BOB, new)
    await until(lambda: old.displacements)
    await here.enqueue(envelope(1))
    await until(lambda: new.wakes)
    assert (old.displacements, old.wakes, new.displacements) == (1, 0, 0)
    await here.unwatch(BOB, old)
    await here.enqueue(envelope(2))
    await until(lambda: new.wakes == 2)


async def test_taken_to_and_fro_only_the_last_one_stays(two):
    watchers = [NotingWatcher() for _ in range(20)]
    for number, watcher in enumerate(watchers):
        await two[number % 2].watch(BOB, watcher)
    await until(lambda: sum(watcher.displacements for watcher in watchers) == 19)
    await two[0].enqueue(envelope(1))
    await until(lambda: watchers[-1].wakes)
    assert [watcher.displacements for watcher in watchers] == [1] * 19 + [0]


async def test_ephemeral_crosses_processes_and_is_not_kept(two):
    here, there = two
    watcher = NotingWatcher()
    assert await there.publish(BOB, b"nobody") is False
    await here.watch(BOB, watcher)
    assert await there.publish(BOB, b"typing") is True
    await until(lambda: watcher.pushed)
    assert watcher.pushed == [b"typing"]
    assert await here.last_position(BOB) == 0


async def test_a_repetition_and_a_budget_are_known_everywhere(two):
    here, there = two
    assert await here.enqueue(envelope(1)) == Kept(60_000)
    assert await there.repetition(envelope(1)) == Kept(60_000, repeated=True)
    assert await there.enqueue(envelope(1)) == Kept(60_000, repeated=True)
    taken = [await store.take_send_budget(BOB) for store in two for _ in range(5)]
    assert taken == [0] * 10
    assert 0 < await here.take_send_budget(BOB) <= 100


async def test_a_lost_wake_up_is_found_by_a_look(two):
    here, there = two
    watcher = NotingWatcher()
    await here.watch(BOB, watcher)
    here._backend.on_push = lambda channel, message: None  # every notification is lost
    await there.enqueue(envelope(1))
    await here.sweep()
    assert watcher.wakes == 1


async def test_a_lost_takeover_is_found_by_a_look(two):
    here, there = two
    old = NotingWatcher()
    await here.watch(BOB, old)
    here._backend.on_push = lambda channel, message: None
    await there.watch(BOB, NotingWatcher())
    await here.sweep()
    assert old.displacements == 1


async def test_what_came_while_notifications_were_away_is_there_after_subscribing_again(
    two, process
):
    here, there = two
    watcher = NotingWatcher()
    await here.watch(BOB, watcher)
    here._backend.on_push = lambda channel, message: None
    await there.enqueue(envelope(1))
    process.command("CLIENT", "KILL", "TYPE", "pubsub")
    await until(lambda: watcher.wakes)


async def test_watchers_are_known_again_after_the_store_lost_everything(two, process):
    here, there = two
    watcher = NotingWatcher()
    await here.watch(BOB, watcher)
    process.command("FLUSHALL")
    process.command("CLIENT", "KILL", "TYPE", "pubsub")
    await until(lambda: process.command("EXISTS", keys.owner(BOB)))
    await there.enqueue(envelope(1))
    await until(lambda: watcher.wakes)


async def test_a_watcher_of_a_dead_process_is_forgotten_with_its_lease():
    clock = FakeClock()
    process = store_process.valkey()
    stores = [RedisStore(StoreLimits(), process.backend(clock), clock) for _ in range(2)]
    for store in stores:
        await store.open()
    await stores[0].watch(BOB, NotingWatcher())
    await stores[0].close()
    assert await stores[1].publish(BOB, b"x") is True
    clock.advance(watches.LEASE_MS)
    assert await stores[1].publish(BOB, b"x") is False
    await stores[1].close()


async def test_looking_takes_a_round_and_begins_again(two):
    here, _ = two
    watchers = [NotingWatcher() for _ in range(70)]
    for number, watcher in enumerate(watchers):
        await here.watch(named(f"mailbox {number}"), watcher)
        await here.enqueue(envelope(1, mailbox=f"mailbox {number}"))
    before = sum(watcher.wakes for watcher in watchers)
    for _ in range(24):
        await here.sweep()
    assert all(watcher.wakes == 2 for watcher in watchers) and before == 70
    for number, watcher in enumerate(watchers):
        await here.unwatch(named(f"mailbox {number}"), watcher)
    await here.sweep()
    assert all(watcher.wakes == 2 for watcher in watchers)
