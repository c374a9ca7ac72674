from __future__ import annotations

import pytest

from tests.relay.stores.store_kit import NotingWatcher, named
from whispr.errors import RelayFullError
from whispr.relay.stores.limits import SEEN_OVERHEAD_BYTES, StoreLimits
from whispr.relay.stores.owners import Owners

DAY_MS = 86_400_000
ROOM = 1 << 40
BOB = named("bob")


@pytest.fixture
def owners():
    return Owners(StoreLimits(ceiling_bytes=8 * 3 * SEEN_OVERHEAD_BYTES))


def come_and_go(owners, name, now_ms):
    watcher = NotingWatcher()
    owners.watch(named(name), watcher, now_ms)
    owners.unwatch(named(name), watcher, now_ms)


def test_an_owner_is_seen_while_he_watches_and_after(owners):
    assert not owners.is_seen(BOB)
    come_and_go(owners, "bob", 0)
    assert owners.is_seen(BOB)
    assert owners.watcher(BOB) is None


def test_the_one_not_seen_for_longest_makes_room(owners):
    for now_ms, name in enumerate(("a", "b", "c", "a", "d")):
        come_and_go(owners, name, now_ms)
    assert [owners.is_seen(named(name)) for name in "abcd"] == [True, False, True, True]
    assert owners.size_bytes == 3 * SEEN_OVERHEAD_BYTES


def test_who_has_a_list_is_not_pushed_out(owners):
    owners.allow(BOB, frozenset((named("alice"),)), ROOM, 0)
    for number in range(10):
        come_and_go(owners, str(number), number)
    assert owners.is_seen(BOB)
    assert named("alice") in owners.senders(BOB)


def test_lists_are_bounded_together_and_by_the_room_that_is_left(owners):
    with pytest.raises(RelayFullError):
        owners.allow(BOB, frozenset((named("alice"),)), 100, 0)
    owners.allow(BOB, frozenset((named("alice"),)), ROOM, 0)
    with pytest.raises(RelayFullError):
        owners.allow(named("carol"), frozenset((named("alice"),)), ROOM, 0)
    assert owners.senders(named("carol")) is None


def test_ending_a_list_gives_its_room_back(owners):
    for _ in range(5):
        owners.allow(BOB, frozenset((named("alice"),)), ROOM, 0)
        owners.allow(BOB, frozenset(), ROOM, 0)
    assert owners.senders(BOB) is None
    assert owners.is_seen(BOB)
    assert owners.size_bytes == SEEN_OVERHEAD_BYTES


def test_owners_are_forgotten_fourteen_days_after_they_left(owners):
    come_and_go(owners, "a", 0)
    owners.allow(BOB, frozenset((named("alice"),)), ROOM, 1)
    owners.expire(14 * DAY_MS - 1)
    assert owners.is_seen(named("a"))
    owners.expire(14 * DAY_MS)
    assert (owners.is_seen(named("a")), owners.is_seen(BOB)) == (False, True)
    owners.expire(14 * DAY_MS + 1)
    assert not owners.is_seen(BOB)
    assert owners.size_bytes == 0


@pytest.mark.parametrize("listed", [True, False])
def test_who_watches_is_not_forgotten(owners, listed):
    if listed:
        owners.allow(BOB, frozenset((named("alice"),)), ROOM, 0)
    watcher = NotingWatcher()
    owners.watch(BOB, watcher, 0)
    owners.expire(20 * DAY_MS)
    owners.unwatch(BOB, watcher, 21 * DAY_MS)
    owners.expire(34 * DAY_MS)
    assert owners.is_seen(BOB)
    assert (owners.senders(BOB) is not None) == listed


def test_many_are_forgotten_in_several_goes():
    owners = Owners(StoreLimits())
    for number in range(2500):
        come_and_go(owners, str(number), 0)
    goes = 1
    while owners.expire(15 * DAY_MS):
        goes += 1
    assert goes == 3
    assert owners.size_bytes == 0
