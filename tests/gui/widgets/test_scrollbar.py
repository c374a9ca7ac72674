from __future__ import annotations

import tkinter

import pytest

from whispr.gui.look import Look
from whispr.gui.widgets.scrollbar import ScrollBar


@pytest.fixture
def moved() -> list[float]:
    return []


@pytest.fixture
def bar(window: tkinter.Tk, look: Look, moved: list[float]) -> ScrollBar:
    made = ScrollBar(window, look, moved.append)
    made.place(x=0, y=0, height=408)
    made.set(0.25, 0.5)
    window.update()
    return made


def thumb(bar: ScrollBar) -> tuple[int, int, int, int]:
    box = bar.bbox("all")
    assert box is not None
    return box


def test_the_thumb_is_where_the_view_is(bar: ScrollBar) -> None:
    _left, top, _right, bottom = thumb(bar)
    assert top == pytest.approx(4 + 100, abs=2)
    assert bottom == pytest.approx(4 + 200, abs=2)
    bar.set("0.75", "1.0")
    assert thumb(bar)[3] == pytest.approx(404, abs=2)
    assert bar.range == (0.75, 1.0)


def test_it_is_gone_while_everything_is_in_view(bar: ScrollBar) -> None:
    bar.set(0, 1)
    assert not bar.is_needed
    assert bar.find_all() == ()
    bar.event_generate("<Button-1>", x=5, y=200)
    bar.event_generate("<Button-5>")


def test_a_small_thumb_can_still_be_held(bar: ScrollBar) -> None:
    bar.set(0.999, 1.0)
    _left, top, _right, bottom = thumb(bar)
    assert bottom - top >= 36
    assert bottom <= 405


def test_dragging_moves_the_view_and_stops_at_the_ends(bar: ScrollBar, moved: list[float]) -> None:
    bar.event_generate("<Button-1>", x=5, y=150)
    bar.event_generate("<B1-Motion>", x=5, y=250)
    bar.event_generate("<B1-Motion>", x=5, y=900)
    bar.event_generate("<B1-Motion>", x=5, y=-900)
    bar.event_generate("<ButtonRelease-1>", x=5, y=-900)
    bar.event_generate("<B1-Motion>", x=5, y=250)
    assert moved == [pytest.approx(0.5, abs=0.01), 0.75, 0.0]


def test_a_click_beside_the_thumb_turns_a_page(bar: ScrollBar, moved: list[float]) -> None:
    bar.event_generate("<Button-1>", x=5, y=390)
    bar.event_generate("<Button-1>", x=5, y=10)
    assert moved == [0.5, 0.0]


def test_the_wheel_turns_it(bar: ScrollBar, moved: list[float]) -> None:
    bar.event_generate("<Button-5>")
    bar.event_generate("<Button-4>")
    bar.event_generate("<MouseWheel>", delta=-120)
    assert moved == [pytest.approx(0.275), pytest.approx(0.225), pytest.approx(0.275)]


def test_it_darkens_under_the_pointer_and_while_it_moves(
    window: tkinter.Tk, look: Look, bar: ScrollBar
) -> None:
    def color() -> str:
        return str(bar.tk.call(bar, "itemcget", bar.find_all()[0], "-fill"))

    assert color() == look.color("scrollbar_hover")
    while color() != look.color("scrollbar"):
        window.tk.dooneevent(0)
    bar.event_generate("<Enter>")
    assert color() == look.color("scrollbar_hover")
    bar.event_generate("<Leave>")
    assert color() == look.color("scrollbar")


def test_its_timer_goes_with_it(window: tkinter.Tk, bar: ScrollBar) -> None:
    assert window.tk.splitlist(window.tk.call("after", "info"))
    bar.destroy()
    assert not window.tk.splitlist(window.tk.call("after", "info"))
