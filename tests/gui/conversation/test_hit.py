from __future__ import annotations

import pytest

from tests.gui.conversation.kit import Metrics, file_item, measurer, text_item, typesetter
from whispr.gui.conversation.grouping import Standing
from whispr.gui.conversation.hit import HitTest
from whispr.gui.conversation.selection import WHOLE

ALONE = Standing(True, True, False, False)
HITS = HitTest(Metrics(), typesetter())


def at(item, left, down):
    return HITS.target(measurer().measure(item, ALONE), left, down)


# A bubble of theirs begins at 20, its text at 32; a row at 0, its text at 18.
@pytest.mark.parametrize(("left", "place"), [(32, 0), (35, 0), (37, 1), (71, 5), (500, 5), (0, 0)])
def test_the_nearest_place_between_two_characters_is_found(left, place):
    assert at(text_item(1, "hello"), left, 25).position == (1, place)


def test_lines_above_and_below_are_the_nearest_lines():
    item = text_item(1, "first\nsecond")
    assert at(item, 32, -40).position == (1, 0)
    assert at(item, 32, 500).position == (1, 6)


def test_places_are_those_of_the_original_text():
    target = at(text_item(1, "a👨‍👩‍👧b"), 32 + 8 * 4, 25)
    assert target.position == (1, len("a👨‍👩‍👧"))


def test_a_link_is_found_where_it_is_drawn():
    item = text_item(1, "see https://example.org/a now")
    assert at(item, 32 + 8 * 10, 25).link.target == "https://example.org/a"
    assert at(item, 32 + 8 * 10, 25).is_pressed
    assert at(item, 32 + 4, 25).kind == "text"
    assert at(item, 32 + 8 * 27, 25).kind == "text"


@pytest.mark.parametrize("text", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x"])
def test_only_the_web_is_linked(text):
    assert at(text_item(1, text), 60, 25).kind == "text"


def test_a_file_is_pressed_where_it_can_be():
    assert at(file_item(1, "offered"), 60, 40).kind == "file"
    assert at(file_item(1, "gone"), 60, 40).kind == "bubble"
    assert at(file_item(1, "offered"), 700, 40).kind == "row"


def test_a_card_is_taken_whole():
    assert at(file_item(1, "gone"), 60, 12).position == (1, 0)
    assert at(file_item(1, "gone"), 60, 70).position == (1, WHOLE)


def test_send_again_is_pressed_below_a_lost_message_only():
    lost = text_item(1, "hello", outgoing=True, fate="expired")
    row = measurer().measure(lost, ALONE)
    assert HITS.target(row, row.right - 10, row.bottom + 10).kind == "send_again"
    assert HITS.target(row, row.right - 200, row.bottom + 10).kind != "send_again"
    assert HITS.target(row, row.right - 10, row.bottom - 2).kind != "send_again"


def test_show_all_is_below_the_lines():
    row = measurer().measure(text_item(1, "line\n" * 600), ALONE)
    target = HITS.target(row, 40, row.top + 8 + 500 * 20 + 5)
    assert target.kind == "show_all"
    assert HITS.target(row, 140, row.top + 8 + 500 * 20 + 5).kind == "bubble"


def test_beside_a_bubble_is_the_row():
    assert at(text_item(1, "hello"), 700, 25).kind == "row"
    assert not at(text_item(1, "hello"), 700, 25).is_pressed
