"""Sums over the books of all buckets."""

from __future__ import annotations

import struct

from whispr.relay.redis.ledgers import LISTS, OWNERS, REMEMBERED, Ledgers
from whispr.relay.stores.limits import REMEMBERED_BYTES, SEEN_OVERHEAD_BYTES, StoreLimits


def books(*columns: int) -> bytes:
    return struct.pack(">9d", *columns)


def test_sums_follow_every_bucket():
    ledgers = Ledgers()
    ledgers.note(1, books(2, 1, 1000, 0, 3, 500, 4, 6, 7))
    ledgers.note(9, books(1, 1, 100, 100, 1, 0, 0, 0, 1))
    ledgers.note(1, books(3, 1, 1400, 0, 3, 500, 4, 6, 7))
    usage = ledgers.usage(StoreLimits(ceiling_bytes=1 << 20))
    assert (usage.messages, usage.mailboxes, usage.expired, usage.evicted) == (4, 2, 6, 8)
    expected = 1500 + 500 + 4 * REMEMBERED_BYTES + 4 * SEEN_OVERHEAD_BYTES
    assert usage.memory_bytes == ledgers.memory_bytes == expected
    assert usage.limit_bytes == 1 << 20
    assert [ledgers.sum(column) for column in (REMEMBERED, LISTS, OWNERS)] == [4, 500, 4]
    assert ledgers.most_owners() == 1 and ledgers.owners(1) == 4


def test_an_answer_without_books_changes_nothing_and_an_empty_bucket_is_empty():
    ledgers = Ledgers()
    ledgers.note(1, books(2, 1, 1000, 0, 0, 0, 0, 0, 0))
    ledgers.note(1, b"")
    assert ledgers.memory_bytes == 1000
    ledgers.note(1, None)
    assert ledgers.memory_bytes == 0
    ledgers.note(2, books(2, 1, 1000, 0, 0, 0, 0, 0, 0))
    ledgers.clear()
    assert ledgers.memory_bytes == 0
