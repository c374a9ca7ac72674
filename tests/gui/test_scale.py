from __future__ import annotations

import sys
import tkinter

import pytest

from whispr.gui import scale


@pytest.mark.parametrize(
    ("dpi", "resources", "gdk_scale", "expected"),
    [
        (96, "", "", 1.0),
        (192, "", "", 2.0),
        (72, "", "", 1.0),
        (1000, "", "", 4.0),
        (96, "Xcursor.size:\t24\nXft.dpi:\t144\nXft.rgba:\tnone\n", "", 1.5),
        (96, "Xft.dpi: 192.5\n", "3", 192.5 / 96),
        (96, "", "2", 2.0),
        (192, "", "1", 1.0),
        (96, "Xft.dpi: 0\n", "junk", 1.0),
        (96, "Xft.dpi: 1.2.3\n", "", 1.0),
        (96, "NotXft.dpi: 192\n", "", 1.0),
    ],
)
def test_the_scale_of_a_screen(dpi: float, resources: str, gdk_scale: str, expected: float) -> None:
    assert scale.screen_scale(dpi, resources=resources, gdk_scale=gdk_scale) == expected


def test_the_scale_of_a_window_is_screen_times_choice(root: tkinter.Tk) -> None:
    asked: list[tuple[str, ...]] = []

    def query(command: object) -> str:
        asked.append(tuple(command))  # type: ignore[arg-type]
        return "Xft.dpi: 192\n"

    assert scale.scale_of(root, query=query) == 2.0
    assert scale.scale_of(root, text_percent=150, query=query) == 3.0
    assert scale.scale_of(root, text_percent=10, query=query) == 1.5
    assert asked[0] == ("xrdb", "-query")


def test_gdk_scale_counts_where_the_desktop_says_nothing(root: tkinter.Tk) -> None:
    assert scale.scale_of(root, gdk_scale="2", query=lambda _command: "") == 2.0


@pytest.mark.parametrize(
    ("percent", "direction", "following"),
    [(100, 1, 110), (100, -1, 90), (300, 1, 300), (75, -1, 75), (104, 1, 110), (104, -1, 100)],
)
def test_steps_of_the_text_size(percent: int, direction: int, following: int) -> None:
    assert scale.next_step(percent, direction) == following


def test_limits_of_the_text_size() -> None:
    assert [scale.within_limits(percent) for percent in (74, 75, 300, 301)] == [75, 75, 300, 300]
    assert scale.TEXT_PERCENT_STEPS[0] == scale.MIN_TEXT_PERCENT
    assert scale.TEXT_PERCENT_STEPS[-1] == scale.MAX_TEXT_PERCENT


def test_asking_a_command() -> None:
    assert scale.ask((sys.executable, "-c", "import sys; sys.stdout.write('yes')")) == "yes"
    assert scale.ask((sys.executable, "-c", "raise SystemExit(3)")) == ""
    assert scale.ask(("/nowhere/at/all",)) == ""


def test_only_windows_is_told_about_scaling() -> None:
    scale.claim_dpi_awareness("linux")
    if sys.platform != "win32":
        with pytest.raises(AttributeError):
            scale.claim_dpi_awareness("win32")
