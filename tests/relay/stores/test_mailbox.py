from __future__ import annotations

from tests.relay.stores.store_kit import envelope, named
from whispr.relay.stores.limits import ITEM_OVERHEAD_BYTES, MAILBOX_OVERHEAD_BYTES
from whispr.relay.stores.mailbox import Mailbox, new_item


def filled(*lives_ms, size_bytes=100):
    mailbox = Mailbox(named("bob"), seen=True)
    for position, life_ms in enumerate(lives_ms, 1):
        incoming = envelope(position, life_ms=life_ms, size_bytes=size_bytes)
        mailbox.append(new_item(incoming, position, 0, origin=None))
    return mailbox


def positions(mailbox):
    return [item.position for item in mailbox.items]


def test_its_weight_is_bytes_and_overhead():
    assert filled().size_bytes == MAILBOX_OVERHEAD_BYTES
    assert filled(1, 1).size_bytes == MAILBOX_OVERHEAD_BYTES + 2 * (ITEM_OVERHEAD_BYTES + 100)


def test_the_first_to_expire_is_known_in_any_order():
    assert filled(5000, 1000, 3000).first_due_ms == 1000


def test_only_what_is_over_expires():
    mailbox = filled(5000, 1000, 3000)
    assert mailbox.expire(999) == 0
    assert mailbox.expire(1000) == 1
    assert (positions(mailbox), mailbox.first_due_ms) == ([1, 3], 3000)
    assert mailbox.expire(10_000) == 2
    assert mailbox.data_bytes == 0
    assert mailbox.expire(20_000) == 0


def test_acknowledging_leaves_the_rest_with_its_weight():
    mailbox = filled(*[1000] * 10)
    assert mailbox.acknowledge(0) == 0
    assert mailbox.acknowledge(4) == 4
    assert (positions(mailbox), mailbox.data_bytes) == ([5, 6, 7, 8, 9, 10], 600)
    assert mailbox.acknowledge(99) == 6
    assert mailbox.data_bytes == 0


def test_removing_takes_exactly_those():
    mailbox = filled(3000, 1000, 2000)
    mailbox.remove(mailbox.items[1:2])
    assert (positions(mailbox), mailbox.data_bytes, mailbox.first_due_ms) == ([1, 3], 200, 2000)


def test_reading_bounds_messages_and_bytes_but_gives_one():
    mailbox = filled(*[1000] * 10)
    assert [item.position for item in mailbox.read(3, 4, 10**6, 7)] == [4, 5, 6, 7]
    assert [item.position for item in mailbox.read(3, 4, 250, 7)] == [4, 5]
    assert [item.position for item in mailbox.read(3, 4, 0, 7)] == [4]
    assert mailbox.read(10, 4, 100, 7) == []
    assert [item.age_ms for item in mailbox.read(0, 1, 100, 7)] == [7]
