from __future__ import annotations

import tkinter

import pytest

from whispr.gui import fonts
from whispr.gui.fonts import Fonts


@pytest.mark.parametrize(
    ("installed", "chosen"),
    [({"Noto Sans", "Ubuntu"}, "Noto Sans"), ({"Ubuntu"}, "Ubuntu"), (set(), "Fixed")],
)
def test_the_first_family_that_is_there(installed: set[str], chosen: str) -> None:
    assert fonts.first_of(fonts.FAMILIES, installed, "Fixed") == chosen


def test_roles_have_their_sizes_and_weights(root: tkinter.Tk) -> None:
    made = Fonts(root, lambda length: round(length * 2))
    for role, (_family, size, bold) in fonts.ROLES.items():
        actual = made[role].actual()
        assert made[role].cget("size") == -round(size * 2)
        assert (actual["weight"] == "bold") is bold
    assert made["link"].actual("underline")
    assert not made["body"].actual("underline")


def test_a_change_of_scale_changes_the_same_fonts(root: tkinter.Tk) -> None:
    made = Fonts(root, round)
    body, initials = made["body"], made.sized(16, bold=True)
    before = body.measure("hello"), initials.measure("AB")
    made.apply(lambda length: round(length * 2))
    assert made["body"] is body
    assert made.sized(16, bold=True) is initials
    assert body.measure("hello") > before[0] * 1.7
    assert initials.measure("AB") > before[1] * 1.7


def test_the_chosen_family_comes_first_and_an_unknown_one_does_nothing(root: tkinter.Tk) -> None:
    made = Fonts(root, round)
    plain = made["body"].cget("family")
    other = next(name for name in sorted(made.installed) if name not in (plain, "Noto Color Emoji"))
    made.apply(round, other)
    assert made["body"].cget("family") == other
    made.apply(round, "No such family")
    assert made["body"].cget("family") == plain


def test_numbers_are_as_wide_as_each_other(root: tkinter.Tk) -> None:
    made = Fonts(root, round)
    assert len({made["mono"].measure(digit * 5) for digit in "0123456789"}) == 1
