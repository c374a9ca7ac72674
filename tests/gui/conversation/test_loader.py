from __future__ import annotations

import pytest

from tests.gui.conversation.kit import items_of
from whispr.gui.conversation.loaded import LoadedMessages
from whispr.gui.conversation.loader import AHEAD_ITEMS, PageLoader
from whispr.gui.conversation.pages import PAGE_ITEMS, ListedPages


class LatePages(ListedPages):
    """Answers when told to, as the network thread does."""

    def __init__(self, count: int) -> None:
        super().__init__(items_of(count))
        self.waiting: list = []

    def _deliver(self, start, end, deliver):
        self.waiting.append(lambda: ListedPages._deliver(self, start, end, deliver))

    def answer(self) -> None:
        """Answer everything that was asked."""
        waiting, self.waiting = self.waiting, []
        for each in waiting:
            each()


class Reader:
    def __init__(self, count: int = 1_000) -> None:
        self.loaded, self.changes, self.arrivals = LoadedMessages(), [], []
        self.pages = LatePages(count)
        self.loader = PageLoader(self.loaded, self.changes.append)
        self.loader.open(self.pages)

    def latest(self) -> None:
        self.loader.latest(PAGE_ITEMS, lambda: self.arrivals.append(list(self.loaded.ids)))


@pytest.fixture
def reader() -> Reader:
    reader = Reader()
    reader.latest()
    reader.pages.answer()
    return reader


def test_the_end_is_read_first(reader):
    assert reader.arrivals == [list(range(801, 1_001))] and not reader.loader.is_waiting


def test_the_next_page_is_asked_for_once_and_before_it_is_needed(reader):
    last = reader.loaded.ids[-1]
    reader.loader.look_ahead(reader.loaded.ids[AHEAD_ITEMS], last)
    assert reader.pages.waiting == []
    for _ in range(3):
        reader.loader.look_ahead(reader.loaded.ids[AHEAD_ITEMS - 1], last)
    assert len(reader.pages.waiting) == 1
    reader.pages.answer()
    assert reader.loaded.ids[0] == 601 and reader.changes == [list(range(601, 801))]


def test_around_an_old_message_both_directions_are_read(reader):
    arrived = []
    reader.loader.around(300, lambda: arrived.append(reader.loaded.ids[-1]))
    assert reader.loader.is_waiting
    reader.pages.answer()
    assert arrived == [] and reader.loader.is_waiting
    reader.pages.answer()
    assert arrived == [500] and not reader.loader.is_waiting
    assert reader.loaded.ids[0] == 101 and reader.loaded.more_below


def test_around_the_newest_message_nothing_follows(reader):
    arrived = []
    reader.loader.around(1_000, lambda: arrived.append(reader.loaded.ids[-1]))
    reader.pages.answer()
    assert arrived == [1_000]


def test_a_place_is_read_with_what_is_around_it(reader):
    reader.loader.at(500, lambda: None)
    reader.pages.answer()
    assert 501 in reader.loaded and reader.loaded.index == 400


def test_answers_of_another_conversation_are_dropped(reader):
    reader.loader.look_ahead(801, 1_000)
    reader.latest()
    stale = list(reader.pages.waiting)
    reader.loader.open(ListedPages(items_of(3)))
    reader.loaded.clear()
    for answer in stale:
        answer()
    assert reader.loaded.ids == [] and len(reader.arrivals) == 1


def test_a_page_asked_for_before_a_jump_is_dropped(reader):
    reader.loader.look_ahead(801, 1_000)
    reader.loader.around(300, lambda: None)
    reader.pages.answer()
    assert reader.loaded.ids[-1] == 300 and reader.changes == []


def test_a_closed_loader_asks_for_nothing(reader):
    reader.loader.open(None)
    reader.latest()
    reader.loader.around(5, lambda: None)
    reader.loader.at(5, lambda: None)
    reader.loader.look_ahead(801, 1_000)
    assert reader.pages.waiting == [] and not reader.loader.is_open
