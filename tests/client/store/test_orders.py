"""Order counters: no number twice, gaps that late contents fill, hostile numbers bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from whispr.client.store.orders import MAX_GAPS, MAX_ORDER, OrderGap

if TYPE_CHECKING:
    from whispr.client.store.contacts import Contact
    from whispr.client.store.profile_store import ProfileStore


def test_numbers_in_order_leave_no_gap(store: ProfileStore, alice: Contact) -> None:
    for number in (1, 2, 3):
        store.orders.note(alice.contact_id, number)
    assert store.orders.gaps(alice.contact_id) == ()


def test_late_numbers_split_and_close_a_gap(store: ProfileStore, alice: Contact) -> None:
    steps = [
        (6, (OrderGap(1, 5),)),
        (3, (OrderGap(1, 2), OrderGap(4, 5))),
        (3, (OrderGap(1, 2), OrderGap(4, 5))),
        (1, (OrderGap(2, 2), OrderGap(4, 5))),
        (5, (OrderGap(2, 2), OrderGap(4, 4))),
        (4, (OrderGap(2, 2),)),
        (2, ()),
    ]
    for number, gaps in steps:
        store.orders.note(alice.contact_id, number)
        assert store.orders.gaps(alice.contact_id) == gaps
    assert OrderGap(4, 6).count == 3


@pytest.mark.parametrize("number", [-1, 0, MAX_ORDER + 1, 2**64])
def test_number_out_of_range_is_ignored(store: ProfileStore, alice: Contact, number: int) -> None:
    store.orders.note(alice.contact_id, number)
    assert store.orders.counters(alice.contact_id) == (1, 0)


def test_hostile_numbers_cost_a_bounded_number_of_rows(store: ProfileStore, alice: Contact) -> None:
    with store.transaction():
        for number in range(2, 400, 2):
            store.orders.note(alice.contact_id, number)
    store.orders.note(alice.contact_id, MAX_ORDER)
    gaps = store.orders.gaps(alice.contact_id)
    assert len(gaps) == MAX_GAPS
    assert gaps[-1] == OrderGap(399, MAX_ORDER - 1)  # the newest stay
    for number in range(1001, 1001 + 2 * MAX_GAPS, 2):
        store.orders.note(alice.contact_id, number)
    assert len(store.orders.gaps(alice.contact_id)) <= MAX_GAPS


def test_counters_of_an_export_never_go_back(store: ProfileStore, alice: Contact) -> None:
    store.orders.restore(alice.contact_id, next_order=9, highest_order=7)
    store.orders.restore(alice.contact_id, next_order=2, highest_order=1)
    assert store.orders.counters(alice.contact_id) == (9, 7)
    assert store.orders.take(alice.contact_id) == 9
    store.orders.note(alice.contact_id, 8)
    assert store.orders.gaps(alice.contact_id) == ()


def test_gaps_are_forgotten_on_request(store: ProfileStore, alice: Contact) -> None:
    store.orders.note(alice.contact_id, 5)
    store.orders.forget_gaps(alice.contact_id)
    assert store.orders.gaps(alice.contact_id) == ()


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(numbers=st.lists(st.integers(1, 40), max_size=40))
def test_gaps_are_what_did_not_come(
    store: ProfileStore, alice: Contact, numbers: list[int]
) -> None:
    class Undo(Exception):
        pass

    with pytest.raises(Undo), store.transaction():
        for number in numbers:
            store.orders.note(alice.contact_id, number)
        gaps = store.orders.gaps(alice.contact_id)
        missing = {number for gap in gaps for number in range(gap.first, gap.last + 1)}
        assert missing == set(range(1, max(numbers, default=0))) - set(numbers)
        raise Undo
