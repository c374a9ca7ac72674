from __future__ import annotations

from tests.gui.conversation.kit import text_item
from whispr.gui.conversation.pages import ListedPages
from whispr.gui.pages import MessagePage


def pages_of(count: int) -> ListedPages:
    return ListedPages([text_item(number * 2) for number in range(1, count + 1)])


def asked(call: object, *arguments: object) -> MessagePage:
    got: list[MessagePage] = []
    call(*arguments, got.append)  # type: ignore[operator]
    return got[0]


def ids(page: MessagePage) -> list[int]:
    return [item.message_id for item in page.items]


def test_the_last_page_ends_with_the_newest_message():
    page = asked(pages_of(10).page_before, None, 3)
    assert (ids(page), page.index, page.count) == ([16, 18, 20], 7, 10)


def test_a_page_before_a_message_ends_just_before_it():
    page = asked(pages_of(10).page_before, 8, 2)
    assert (ids(page), page.index) == ([4, 6], 1)
    assert ids(asked(pages_of(10).page_before, 2, 2)) == []


def test_a_page_after_a_message_begins_just_after_it():
    page = asked(pages_of(10).page_after, 8, 2)
    assert (ids(page), page.index) == ([10, 12], 4)
    assert ids(asked(pages_of(10).page_after, 20, 2)) == []


def test_a_page_at_a_place_stays_within_the_conversation():
    assert ids(asked(pages_of(10).page_at, 4, 2)) == [10, 12]
    assert ids(asked(pages_of(10).page_at, 9, 4)) == [14, 16, 18, 20]
    assert ids(asked(pages_of(3).page_at, 0, 40)) == [2, 4, 6]
