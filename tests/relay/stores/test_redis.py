"""What is true of the store in Redis alone; what all promise is in test_stores.py."""

from __future__ import annotations

import struct

import pytest

from tests.relay import store_process
from tests.relay.stores.store_kit import NotingWatcher, envelope, named, valkey_store
from whispr.relay.redis import keys
from whispr.relay.stores.base import Kept
from whispr.relay.stores.limits import MAX_LIFE_MS

BOB = named("bob")


async def test_lives_are_bounded(clock):
    store = await valkey_store(clock)
    for life_ms in (0, MAX_LIFE_MS + 1):
        with pytest.raises(ValueError, match="life"):
            await store.enqueue(envelope(1, life_ms=life_ms))
    await store.close()


async def test_keys_of_a_wrong_size_are_no_list(clock):
    store = await valkey_store(clock)
    with pytest.raises(ValueError, match="32 bytes"):
        await store.allow(BOB, frozenset([b"short"]))
    await store.close()


async def test_an_origin_is_given_back_by_the_process_that_took_it(clock):
    store = await valkey_store(clock, mailbox_messages=1, drop_oldest=True)
    other = await valkey_store(clock, mailbox_messages=1, drop_oldest=True)
    await store.enqueue(envelope(1, origin="here"))
    kept = await store.enqueue(envelope(2, origin="here too"))
    assert [item.origin for item in kept.evicted] == ["here"]
    kept = await other.enqueue(envelope(3, origin="there"))
    assert [item.origin for item in kept.evicted] == [None]
    await store.close()
    await other.close()


async def test_without_a_fed_clock_the_time_is_that_of_the_store(clock):
    process = store_process.valkey()
    store = await valkey_store(clock)
    await store.enqueue(envelope(1))
    fed = int((await store.fetch(BOB, after=0, max_messages=1, max_bytes=1))[0].position)
    assert fed == clock.monotonic_ms() * 1000
    store._backend._fed_clock = None
    await store.enqueue(envelope(2, mailbox="carol"))
    (item,) = await store.fetch(named("carol"), after=0, max_messages=1, max_bytes=1)
    seconds, micros = process.command("TIME")
    now_us = int(seconds) * 1_000_000 + int(micros)
    assert 0 <= now_us - item.position < 5_000_000
    assert 0 <= item.age_ms < 5000
    await store.close()


async def test_what_was_accepted_survives_the_process_that_took_it(clock):
    store = await valkey_store(clock)
    assert await store.enqueue(envelope(1)) == Kept(60_000)
    epoch = store.epoch
    await store.close()
    process = store_process._RUNNING["valkey"]
    again = type(store)(store._limits, process.backend(clock), clock)
    await again.open()
    assert again.epoch == epoch
    assert again.usage().messages == 1
    (item,) = await again.fetch(BOB, after=0, max_messages=9, max_bytes=9999)
    assert item.data == envelope(1).data
    await again.close()


async def test_the_store_never_holds_an_address_or_a_watcher_in_the_clear(clock):
    store = await valkey_store(clock)
    await store.watch(BOB, NotingWatcher())
    await store.enqueue(envelope(1, address="192.0.2.77"))
    process = store_process._RUNNING["valkey"]
    (head,) = process.command("LRANGE", keys.heads(BOB), 0, -1)
    assert b"192.0.2.77" not in head and len(head) == 84
    position, due, arrived, size = struct.unpack(">3dI", head[:28])
    assert (position, arrived) == (clock.monotonic_ms() * 1000, clock.monotonic_ms())
    assert (due - arrived, size) == (60_000, 100)
    await store.close()
