from __future__ import annotations

import random

import pytest

from tests.gui.conversation.kit import text_item
from whispr.gui.conversation.loaded import LoadedMessages, Put
from whispr.gui.conversation.pages import ListedPages
from whispr.gui.pages import MessagePage


def page(*ids: int, index: int = 0, count: int | None = None) -> MessagePage:
    items = tuple(text_item(message_id) for message_id in ids)
    return MessagePage(1, items, index, len(ids) if count is None else count)


@pytest.fixture
def middle() -> LoadedMessages:
    """Four messages of twelve: three older, five newer."""
    loaded = LoadedMessages()
    loaded.replace(page(40, 50, 60, 70, index=3, count=12))
    return loaded


def test_a_run_knows_its_place_in_the_conversation(middle):
    assert len(middle) == 4 and 50 in middle and 51 not in middle
    assert middle.more_above and middle.more_below
    assert middle.neighbour(50, -1).message_id == 40
    assert middle.neighbour(50, 1).message_id == 60
    assert middle.neighbour(40, -1) is None and middle.neighbour(70, 1) is None
    assert middle.between(45, 60) == [50, 60]


def test_a_page_before_or_after_extends_the_run(middle):
    assert middle.extend(page(10, 20, 30, index=0, count=12)) == [10, 20, 30]
    assert not middle.more_above and middle.index == 0
    assert middle.extend(page(80, 90, index=7, count=12)) == [80, 90]
    assert middle.ids == [10, 20, 30, 40, 50, 60, 70, 80, 90] and middle.more_below


def test_a_page_that_does_not_touch_the_run_is_refused(middle):
    assert middle.extend(page(1, index=0, count=12)) == []
    assert middle.extend(page(120, index=11, count=12)) == []
    assert middle.extend(page(index=7, count=12)) == []
    assert middle.ids == [40, 50, 60, 70]


def test_a_page_that_overlaps_adds_what_is_new(middle):
    assert middle.extend(page(70, 80, index=6, count=12)) == [80]


def test_the_first_page_of_an_empty_run_is_the_run():
    loaded = LoadedMessages()
    assert loaded.extend(page(1, 2)) == [1, 2]


def test_a_new_message_within_the_run_is_put_in_its_place(middle):
    assert middle.put(text_item(55)) is Put.ADDED
    assert middle.ids == [40, 50, 55, 60, 70] and middle.count == 13


def test_a_known_message_takes_its_new_state(middle):
    assert middle.put(text_item(50, "changed")) is Put.CHANGED
    assert middle[50].text == "changed" and middle.count == 12


def test_beyond_the_run_a_message_is_only_counted(middle):
    assert middle.put(text_item(99)) is Put.OUTSIDE
    assert middle.put(text_item(5)) is Put.OUTSIDE
    assert (middle.ids, middle.index, middle.count) == ([40, 50, 60, 70], 4, 14)


def test_at_the_ends_of_the_conversation_a_message_is_added():
    loaded = LoadedMessages()
    loaded.replace(page(10, 20))
    assert loaded.put(text_item(30)) is Put.ADDED
    assert loaded.put(text_item(5)) is Put.ADDED
    assert loaded.ids == [5, 10, 20, 30] and not loaded.more_above and not loaded.more_below


def test_removing_forgets_one(middle):
    assert middle.remove(50) and not middle.remove(50)
    assert middle.ids == [40, 60, 70] and middle.count == 11


def test_any_order_of_arrival_ends_in_the_same_run():
    chance = random.Random(4)
    for _ in range(30):
        wanted = list(range(1, 60))
        arriving = chance.sample(wanted, len(wanted))
        loaded = LoadedMessages()
        for message_id in arriving:
            loaded.put(text_item(message_id))
        assert loaded.ids == wanted and loaded.count == len(wanted)


def test_paging_up_reads_everything_once():
    source = ListedPages([text_item(number) for number in range(1, 101)])
    loaded = LoadedMessages()
    source.page_before(None, 30, loaded.replace)
    while loaded.more_above:
        source.page_before(loaded.ids[0], 30, loaded.extend)
    assert loaded.ids == list(range(1, 101)) and loaded.count == 100
