from __future__ import annotations

from tests.gui.conversation.kit import items_of, measurer, text_item
from whispr.gui.conversation.rows import MAX_MEASURES, Rows


def rows_with(*ids):
    rows = Rows(measurer())
    rows.take_in(text_item(message_id) for message_id in ids)
    rows.stale.clear()
    return rows


def test_a_measure_is_taken_once():
    rows = rows_with(1, 2)
    assert rows.measure(1) is rows.measure(1)
    assert rows.height(1) == rows.measure(1).height


def test_a_new_message_changes_how_its_neighbours_are_grouped():
    rows = rows_with(10, 30)
    assert rows.measure(10).standing.ends_group
    arrival = rows.take_in([text_item(12)])
    assert not rows.measure(10).standing.ends_group
    assert rows.stale == {10, 12, 30}
    assert (arrival.own, arrival.below) == (False, 0)


def test_a_new_state_touches_its_own_row_alone():
    rows = rows_with(1, 2, 3)
    rows.take_in([text_item(2, "changed")])
    assert rows.stale == {2} and rows.measure(2).item.text == "changed"


def test_messages_below_are_counted_and_our_own_are_noted():
    rows = rows_with(1, 2)
    arrival = rows.take_in([text_item(5), text_item(6, outgoing=True), text_item(7)])
    assert (arrival.own, arrival.below) == (True, 2)


def test_a_deleted_message_lets_its_neighbours_join():
    rows = rows_with(1, 2, 3)
    rows.measure(1)
    assert rows.remove(2) and not rows.remove(2)
    assert rows.loaded.ids == [1, 3] and rows.stale == {1, 3}


def test_the_first_unread_message_gets_the_line():
    rows = Rows(measurer())
    rows.take_in([text_item(1), text_item(2, outgoing=True, read=False), text_item(3, read=False)])
    assert rows.mark_unread() == 1 and rows.unread_id == 3
    assert rows.measure(3).standing.begins_unread
    assert rows_with(1).mark_unread() == 0


def test_measures_do_not_pile_up():
    rows = Rows(measurer())
    rows.take_in(items_of(MAX_MEASURES + 5))
    before = [rows.measure(message_id) for message_id in rows.loaded.ids]
    rows.keep_measures({1, 2})
    assert rows.measure(1) is before[0] and rows.measure(9) is not before[8]


def test_clearing_leaves_nothing():
    rows = rows_with(1, 2)
    rows.clear()
    assert len(rows.loaded) == 0 and not rows.stale and rows.unread_id is None
