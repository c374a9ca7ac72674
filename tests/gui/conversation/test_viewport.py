from __future__ import annotations

import itertools
import random
from bisect import bisect_left

import pytest

from whispr.gui.conversation.viewport import Anchor, Viewport

VIEW, PADDING, NEAR = 300, 10, 40


class Rows:
    """Rows of any height, and which of them were measured."""

    def __init__(self, ids: list[int]) -> None:
        self.ids = ids
        self.heights: dict[int, int] = {}
        self.measured: set[int] = set()
        self.is_end = True
        self.viewport = Viewport(lambda: self.ids, self.height, lambda: self.is_end)
        self.viewport.resize(VIEW, padding=PADDING, near=NEAR)

    def height(self, message_id: int) -> int:
        self.measured.add(message_id)
        return self.heights.get(message_id, 50)

    def place(self, message_id: int) -> int:
        return bisect_left(self.ids, message_id)

    def refresh(self) -> None:
        self.viewport.refresh(self.place)

    def scroll(self, pixels: int) -> None:
        self.viewport.scroll(pixels, self.place)

    @property
    def tops(self) -> dict[int, int]:
        return {row.message_id: row.top for row in self.viewport.rows}


@pytest.fixture
def rows() -> Rows:
    rows = Rows(list(range(1, 10_001)))
    rows.viewport.to_bottom()
    return rows


def test_it_opens_at_the_newest_message_and_measures_only_what_is_in_view(rows):
    assert rows.viewport.rows[-1].bottom == VIEW - PADDING
    assert len(rows.measured) == 6
    assert rows.viewport.stick_to_bottom and rows.viewport.below == 0


def test_rows_in_view_are_gapless(rows):
    rows.heights = {number: 30 + number % 70 for number in rows.ids}
    rows.viewport.to_bottom()
    for step in (-500, -77, -10_000, 60, 3):
        rows.scroll(step)
        view = rows.viewport.rows
        assert all(upper.bottom == lower.top for upper, lower in itertools.pairwise(view))
        assert view[0].top <= 0 and view[-1].bottom >= VIEW - PADDING


def test_an_empty_conversation_has_no_rows():
    rows = Rows([])
    rows.refresh()
    rows.scroll(60)
    assert rows.viewport.rows == [] and rows.viewport.to_bottom() == []
    assert rows.viewport.below == 0


def test_a_short_conversation_stands_at_the_bottom_and_does_not_scroll():
    rows = Rows([1, 2])
    rows.refresh()
    assert rows.tops == {1: 190, 2: 240}
    for step in (-60, 60):
        rows.scroll(step)
        assert rows.tops == {1: 190, 2: 240}


def test_scrolling_ends_at_both_ends():
    rows = Rows(list(range(1, 21)))
    rows.viewport.to_bottom()
    rows.scroll(60)
    assert rows.tops[20] == VIEW - PADDING - 50
    rows.scroll(-5_000)
    assert rows.tops[1] == PADDING
    rows.scroll(5_000)
    assert rows.viewport.rows[-1].bottom == VIEW - PADDING


def test_near_the_bottom_it_sticks(rows):
    rows.scroll(-NEAR)
    assert rows.viewport.stick_to_bottom
    rows.ids.append(10_001)
    rows.refresh()
    assert rows.viewport.rows[-1].message_id == 10_001 and rows.viewport.below == 0


def test_a_change_near_the_bottom_does_not_pull_the_view_down(rows):
    rows.scroll(-30)
    before = rows.tops
    rows.refresh()
    assert rows.tops == before


def test_one_pixel_further_up_nothing_that_comes_moves_a_row(rows):
    rows.scroll(-NEAR - 1)
    assert not rows.viewport.stick_to_bottom
    before = rows.tops
    for number in range(10_001, 10_051):
        rows.ids.append(number)
        rows.refresh()
    assert {key: top for key, top in rows.tops.items() if key in before} == before


def test_older_rows_put_in_above_do_not_move_the_view():
    rows = Rows(list(range(100, 200)))
    rows.viewport.to_bottom()
    rows.scroll(-1_000)
    before = rows.tops
    rows.ids[:0] = range(1, 100)
    rows.refresh()
    assert rows.tops == before


def test_a_row_that_grows_above_the_anchor_grows_upwards(rows):
    rows.scroll(-1_025)
    first, second = rows.viewport.rows[:2]
    assert first.top < 0
    assert rows.viewport.anchor == Anchor(second.message_id, second.top)
    rows.heights[first.message_id] = 90
    rows.refresh()
    assert rows.tops[second.message_id] == second.top


def test_after_another_window_height_the_bottom_stays_the_bottom(rows):
    rows.viewport.resize(200, padding=PADDING, near=NEAR)
    rows.refresh()
    assert rows.viewport.rows[-1].bottom == 190


def test_a_deleted_anchor_gives_its_place_to_the_next_row(rows):
    rows.scroll(-1_025)
    anchor = rows.viewport.anchor
    rows.ids.remove(anchor.message_id)
    rows.refresh()
    assert rows.tops[anchor.message_id + 1] == anchor.offset


def test_everything_deleted_leaves_nothing(rows):
    rows.ids.clear()
    rows.refresh()
    assert rows.viewport.rows == [] and rows.viewport.anchor is None


def test_a_row_is_shown_at_the_wanted_height(rows):
    rows.viewport.show(4_999, 100)
    assert rows.tops[5_000] == 100 and not rows.viewport.stick_to_bottom
    rows.viewport.show(9_999, 100)
    assert rows.viewport.rows[-1].bottom == VIEW - PADDING


def test_while_newer_rows_are_not_loaded_there_is_no_bottom(rows):
    rows.is_end = False
    rows.viewport.to_bottom()
    assert not rows.viewport.stick_to_bottom and rows.viewport.below > NEAR


def test_a_row_is_found_by_its_height(rows):
    row = rows.viewport.row_at(100)
    assert row.top <= 100 < row.bottom
    assert Rows([]).viewport.row_at(100) is None


def test_a_row_taller_than_the_view_can_be_read_to_both_its_ends():
    rows = Rows([1, 2, 3])
    rows.heights[2] = 5_000
    rows.viewport.to_bottom()
    for _ in range(60):
        rows.scroll(-100)
    assert rows.tops[1] == PADDING
    for _ in range(60):
        rows.scroll(100)
    assert rows.viewport.rows[-1].bottom == VIEW - PADDING


def test_random_changes_keep_the_promises():
    chance = random.Random(11)
    rows = Rows(list(range(1_000, 1_200)))
    rows.viewport.to_bottom()
    for _ in range(400):
        match chance.randrange(4):
            case 0:
                rows.scroll(chance.randrange(-400, 400))
            case 1:
                rows.ids.append(rows.ids[-1] + 1)
                rows.refresh()
            case 2:
                rows.heights[chance.choice(rows.ids)] = chance.randrange(20, 400)
                rows.refresh()
            case 3 if len(rows.ids) > 50:
                rows.ids.remove(chance.choice(rows.ids))
                rows.refresh()
        view = rows.viewport.rows
        assert all(upper.bottom == lower.top for upper, lower in itertools.pairwise(view))
        assert view[-1].bottom >= VIEW - PADDING or view[-1].message_id == rows.ids[-1]
        assert view[0].top <= PADDING
