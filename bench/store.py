"""What the memory store costs: time for a message, memory for each thing it holds.

Run `python bench/store.py`; it prints two tables. The time of a message is CPU time, the best of
several rounds; steps are wall clock. Memory is what `tracemalloc` saw. `ratio` compares with the
empty store, `reckoned` is what the store itself charges to its ceiling, which must not be less
than what was measured.
"""

from __future__ import annotations

import asyncio
import gc
import hashlib
import secrets
import sys
import time
import tracemalloc
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from whispr.relay.clock import SystemClock
from whispr.relay.limits import RateLimit
from whispr.relay.stores.base import Incoming, Kept
from whispr.relay.stores.limits import StoreLimits
from whispr.relay.stores.memory import MemoryStore

MESSAGES = 20_000
ROUNDS = 5
BODY_BYTES = 1024
MANY = 1_000_000
ROOMY = StoreLimits(ceiling_bytes=1 << 40, send_rate=RateLimit(1_000_000, 1_000_000))


class Nobody:
    """A watcher that does nothing."""

    def wake(self) -> None:
        """Nothing to do."""

    def displaced(self) -> None:
        """Nothing to do."""

    def push_ephemeral(self, data: bytes) -> None:
        """Nothing to do."""


def incoming(mailbox: bytes, body: bytes, *, key_id: bytes | None = None) -> Incoming:
    """An envelope with random ids, each an object of its own as when they come off the wire."""
    return Incoming(
        mailbox=mailbox,
        key_id=key_id or secrets.token_bytes(32),
        envelope_id=secrets.token_bytes(16),
        digest=hashlib.sha256(body).digest(),
        data=body,
        life_ms=3_600_000,
        remember_ms=120_000,
        address="192.0.2.1",
    )


def new_store() -> MemoryStore:
    """An empty store without a ceiling to speak of."""
    return MemoryStore(ROOMY, SystemClock(), secrets.token_bytes(16))


async def message_us(store: MemoryStore, mailboxes: list[bytes]) -> float:
    """CPU microseconds of one message, all steps; best of several rounds."""
    body = secrets.token_bytes(BODY_BYTES)
    best_us = float("inf")
    for _ in range(ROUNDS):
        messages = [
            incoming(mailboxes[number % len(mailboxes)], body) for number in range(MESSAGES)
        ]
        gc.collect()
        started = time.process_time()
        for message in messages:
            await store.repetition(message)
            await store.take_send_budget(message.key_id)
            await store.enqueue(message)
            found = await store.fetch(message.mailbox, after=0, max_messages=64, max_bytes=1 << 18)
            await store.acknowledge(message.mailbox, found[-1].position)
        best_us = min(best_us, (time.process_time() - started) / MESSAGES * 1e6)
    return best_us


async def step_us(store: MemoryStore, mailbox: bytes) -> dict[str, float]:
    """Microseconds of each step by itself."""
    body = secrets.token_bytes(BODY_BYTES)
    messages = [incoming(mailbox, body) for _ in range(MESSAGES)]
    steps = dict.fromkeys(("repetition", "budget", "enqueue", "fetch", "acknowledge"), 0.0)
    for message in messages:
        times = [time.perf_counter()]
        await store.repetition(message)
        times.append(time.perf_counter())
        await store.take_send_budget(message.key_id)
        times.append(time.perf_counter())
        await store.enqueue(message)
        times.append(time.perf_counter())
        found = await store.fetch(mailbox, after=0, max_messages=64, max_bytes=1 << 18)
        times.append(time.perf_counter())
        await store.acknowledge(mailbox, found[-1].position)
        times.append(time.perf_counter())
        for index, name in enumerate(steps):
            steps[name] += (times[index + 1] - times[index]) / MESSAGES * 1e6
    return steps


async def times() -> None:
    """Print the table of times."""
    write("time for a message of 1 KiB (repetition, budget, enqueue, fetch, acknowledge)")
    store = new_store()
    mailboxes = [secrets.token_bytes(32) for _ in range(1000)]
    for mailbox in mailboxes:
        await store.watch(mailbox, Nobody())
    empty_us = await message_us(store, mailboxes)
    write(f"  {'1,000 mailboxes watched, none waiting':<44}{empty_us:8.2f} us")
    for name, spent_us in (await step_us(store, mailboxes[0])).items():
        write(f"    {name:<42}{spent_us:8.2f} us")
    body = secrets.token_bytes(16)
    key_id = secrets.token_bytes(32)
    for _ in range(MANY):
        await store.enqueue(incoming(secrets.token_bytes(32), body, key_id=key_id))
    gc.collect()
    gc.freeze()
    full_us = await message_us(store, mailboxes)
    write(f"  {f'{MANY:,} more mailboxes, each with one waiting':<44}{full_us:8.2f} us")
    write(f"  {'ratio':<44}{full_us / empty_us:8.2f}")
    started = time.perf_counter()
    for _ in range(1000):
        await store.sweep()
    write(f"  {'a sweep when nothing is over':<44}{(time.perf_counter() - started) * 1e3:8.2f} us")
    await store.close()


async def memory() -> None:
    """Print the table of memory."""
    count = 20_000
    write("")
    write(f"{'memory of each':<36}{'measured':>10}{'reckoned':>10} B")
    tracemalloc.start()
    one, watcher = secrets.token_bytes(32), Nobody()
    body = bytes(100)

    async def waiting_alone(store: MemoryStore) -> None:
        await store.enqueue(incoming(secrets.token_bytes(32), bytes(bytearray(body))))

    async def waiting_together(store: MemoryStore) -> None:
        assert isinstance(await store.enqueue(incoming(one, bytes(bytearray(body)))), Kept)

    async def remembered(store: MemoryStore) -> None:
        await store.enqueue(incoming(one, body))
        await store.acknowledge(one, 1 << 60)

    async def seen(store: MemoryStore) -> None:
        mailbox = secrets.token_bytes(32)
        await store.watch(mailbox, watcher)
        await store.unwatch(mailbox, watcher)

    async def listed(store: MemoryStore) -> None:
        await store.allow(secrets.token_bytes(32), frozenset((one, secrets.token_bytes(32))))

    for name, act in (
        ("a lone envelope of 100 B, remembered", waiting_alone),
        ("one of many of 100 B, remembered", waiting_together),
        ("a remembered id", remembered),
        ("an owner who was seen", seen),
        ("a sender list of two", listed),
    ):
        limits = StoreLimits(mailbox_messages=1 << 40, mailbox_bytes=1 << 40, ceiling_bytes=1 << 40)
        store = MemoryStore(limits, SystemClock(), secrets.token_bytes(16))
        gc.collect()
        before_bytes = tracemalloc.get_traced_memory()[0]
        for _ in range(count):
            await act(store)
        gc.collect()
        measured = (tracemalloc.get_traced_memory()[0] - before_bytes) / count
        write(f"  {name:<36}{measured:8.0f}{store.usage().memory_bytes / count:10.0f}")
    tracemalloc.stop()


def write(line: str) -> None:
    """One line of a table."""
    sys.stdout.write(line + "\n")


async def main() -> None:
    """Both tables."""
    await times()
    await memory()


if __name__ == "__main__":
    asyncio.run(main())
