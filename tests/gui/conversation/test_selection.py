from __future__ import annotations

import pytest

from tests.gui.conversation.kit import file_item, text_item
from whispr.gui.conversation.loaded import LoadedMessages
from whispr.gui.conversation.selection import WHOLE, Selection, plain_text, whole, word_at

FAMILY = "👨‍👩‍👧"


@pytest.fixture
def loaded() -> LoadedMessages:
    loaded = LoadedMessages()
    for item in (text_item(1, "first line"), text_item(2, f"a {FAMILY} b"), text_item(3, "third")):
        loaded.put(item)
    return loaded


@pytest.mark.parametrize("backwards", [False, True])
def test_the_text_of_three_bubbles_is_the_original(loaded, backwards):
    start, end = (1, 6), (3, 2)
    selection = Selection(end, start) if backwards else Selection(start, end)
    assert selection.text(loaded) == f"line\na {FAMILY} b\nth"


def test_each_message_knows_its_part(loaded):
    selection = Selection((1, 6), (3, 2))
    assert [selection.span(number) for number in (0, 1, 2, 3, 4)] == [
        None,
        (6, WHOLE),
        (0, WHOLE),
        (0, 2),
        None,
    ]


def test_nothing_is_selected_between_a_place_and_itself(loaded):
    empty = Selection((1, 3), (1, 3))
    assert empty.is_empty and empty.span(1) is None and empty.text(loaded) == ""
    assert Selection((1, 3), (2, 0)).span(2) is None


def test_a_deleted_message_is_missing_from_the_text(loaded):
    loaded.remove(2)
    assert Selection((1, 0), (3, WHOLE)).text(loaded) == "first line\nthird"


def test_a_file_is_copied_as_its_name(loaded):
    loaded.put(file_item(4, "saved", name="plan.pdf"))
    assert whole(loaded[4]).text(loaded) == "plan.pdf"
    assert plain_text(text_item(9, "x")) == "x"


@pytest.mark.parametrize(
    ("at", "expected"),
    [(0, (0, 5)), (4, (0, 5)), (5, (5, 6)), (8, (6, 11)), (11, (11, 12)), (99, (11, 12))],
)
def test_a_double_click_takes_a_word(at, expected):
    assert word_at("Hello wörld!", at) == expected


def test_there_is_no_word_in_nothing():
    assert word_at("", 3) == (0, 0)
