from __future__ import annotations

import pytest

from tests.relay.stores.store_kit import envelope, named
from whispr.protocol.limits import MAX_ENVELOPE_BYTES
from whispr.relay.stores.limits import StoreLimits
from whispr.relay.stores.mailbox import new_item
from whispr.relay.stores.senders import AllowedSenders
from whispr.relay.stores.shares import Full, has_plain_room, make_room

FRIENDS = AllowedSenders(frozenset((named("alice"),)))


def items(*incoming, now_ms=0):
    return [
        new_item(one, position, now_ms, origin=None) for position, one in enumerate(incoming, 1)
    ]


@pytest.mark.parametrize(
    ("messages", "strangers", "of_one_address"),
    [(1, 0, 0), (2, 1, 1), (3, 1, 1), (8, 4, 1), (20, 10, 2), (200, 100, 25)],
)
def test_shares_follow_from_the_size_of_a_mailbox(messages, strangers, of_one_address):
    limits = StoreLimits(mailbox_messages=messages)

    def fits(held, address):
        return make_room(held, envelope("x", sender="s", address=address), limits, FRIENDS) == []

    everywhere = [envelope(i, sender="s", address=str(i)) for i in range(strangers)]
    assert fits(items(*everywhere[:-1]), "new") == (strangers > 0)
    assert not fits(items(*everywhere), "new")
    near = [envelope(i, sender="s", address="near") for i in range(of_one_address)]
    assert fits(items(*near[:-1]), "near") == (of_one_address > 0)
    assert not fits(items(*near), "near")


def test_one_largest_envelope_of_an_address_fits_where_half_of_the_mailbox_allows_it():
    limits = StoreLimits(mailbox_bytes=2 * MAX_ENVELOPE_BYTES)
    largest = envelope(1, sender="stranger", size_bytes=MAX_ENVELOPE_BYTES)
    assert make_room([], largest, limits, FRIENDS) == []
    held = items(envelope(2, sender="stranger", size_bytes=1))
    assert make_room(held, largest, limits, FRIENDS) == Full(60_000)


def test_the_wait_is_for_the_first_of_the_share_that_is_full():
    limits = StoreLimits(mailbox_messages=2)
    held = items(
        envelope(1, sender="alice", life_ms=1000), envelope(2, sender="stranger", life_ms=5000)
    )
    assert make_room(held, envelope(3, sender="s"), limits, FRIENDS) == Full(5000)
    assert make_room(held, envelope(3, sender="alice"), limits, FRIENDS) == Full(1000)


def test_friends_push_out_the_oldest_of_anybody():
    limits = StoreLimits(mailbox_messages=2, drop_oldest=True)
    held = items(envelope(1, sender="alice"), envelope(2, sender="stranger"))
    assert make_room(held, envelope(3, sender="alice"), limits, FRIENDS) == held[:1]


@pytest.mark.parametrize(
    ("count", "data_bytes", "fits"),
    [(19, 0, True), (20, 0, False), (0, 900, True), (0, 901, False)],
)
def test_plain_room_has_two_edges(count, data_bytes, fits):
    limits = StoreLimits(mailbox_messages=20, mailbox_bytes=1000)
    assert has_plain_room(count, data_bytes, envelope(1, size_bytes=100), limits) == fits
