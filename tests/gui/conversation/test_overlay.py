from __future__ import annotations

import pytest

from whispr.gui.conversation.overlay import Thumb, count_words, thumb_of


@pytest.mark.parametrize(
    ("first", "last", "thumb"),
    [
        (0.0, 1.0, None),
        (0.0, 0.5, Thumb(0, 250)),
        (0.5, 1.0, Thumb(250, 250)),
        (0.25, 0.75, Thumb(125, 250)),
        (0.0, 0.001, Thumb(0, 36)),
        (0.999, 1.0, Thumb(464, 36)),
    ],
)
def test_the_thumb_shows_which_part_is_in_view(first, last, thumb):
    assert thumb_of(first, last, 500, 36) == thumb


def test_a_view_too_small_has_no_thumb():
    assert thumb_of(0.0, 0.5, 30, 36) is None


def test_a_badge_stays_small():
    assert [count_words(count) for count in (1, 99, 100, 5_000)] == ["1", "99", "99+", "99+"]
