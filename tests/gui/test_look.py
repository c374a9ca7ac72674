from __future__ import annotations

import tkinter

import pytest

from whispr.gui.look import Look
from whispr.gui.tokens import DARK, LIGHT, Theme


@pytest.fixture
def look(root: tkinter.Tk) -> Look:
    return Look(root)


def test_pixels_follow_the_scale(root: tkinter.Tk, look: Look) -> None:
    assert [look.px(length) for length in (0, 1, 14.5, 36)] == [0, 1, 14, 36]
    look.set_scale(1.5)
    assert look.px(36) == 54


def test_a_token_is_a_colour_and_a_colour_is_itself(look: Look) -> None:
    assert look.color("accent") == LIGHT["accent"]
    assert look.color("#123456") == "#123456"
    with pytest.raises(KeyError):
        look.color("no such token")


def test_everybody_draws_again_after_a_change(look: Look) -> None:
    seen: list[tuple[Theme, float]] = []
    look.subscribe(lambda: seen.append((look.theme, look.scale)))
    look.set_theme(DARK)
    look.set_scale(2)
    look.set_family(None)
    assert seen == [(DARK, 1.0), (DARK, 2), (DARK, 2)]


def test_who_stopped_is_not_called(look: Look) -> None:
    seen: list[str] = []
    stop = look.subscribe(lambda: seen.append("drawn"))
    stop()
    stop()
    look.set_theme(DARK)
    assert seen == []


def test_a_widget_that_is_gone_is_not_called(root: tkinter.Tk, look: Look) -> None:
    seen: list[str] = []
    frame = tkinter.Frame(root)
    look.follow(frame, lambda: seen.append("drawn"))
    tkinter.Frame(frame).destroy()
    look.set_theme(DARK)
    frame.destroy()
    look.set_theme(LIGHT)
    assert seen == ["drawn"]


def test_old_pictures_are_there_until_everybody_drew(root: tkinter.Tk, look: Look) -> None:
    picture = str(look.images.icon("check", 20, "text", "bg"))
    during: list[bool] = []
    look.subscribe(lambda: during.append(picture in root.image_names()))
    look.set_theme(DARK)
    assert during == [True]
    assert picture not in root.image_names()


def test_a_dialog_keeps_its_colours_while_the_window_is_in_the_shade(look: Look) -> None:
    calls: list[str] = []
    look.subscribe(lambda: calls.append("window"))
    look.overlay.subscribe(lambda: calls.append("dialog"))
    look.set_scrim(True)
    assert look.is_shaded
    assert dict(look.theme) == dict(LIGHT.dimmed())
    assert dict(look.overlay.theme) == dict(LIGHT)
    assert look.shaded("#ffffff") == LIGHT.dimmed()["bg"]
    assert look.overlay.shaded("#ffffff") == "#ffffff"
    look.set_scrim(False)
    assert dict(look.theme) == dict(LIGHT)
    assert calls == ["window", "window"]


def test_shades_nest(look: Look) -> None:
    calls: list[str] = []
    look.subscribe(lambda: calls.append("window"))
    look.set_scrim(True)
    look.set_scrim(True)
    look.set_scrim(False)
    assert look.is_shaded
    look.set_scrim(False)
    look.set_scrim(False)
    assert not look.is_shaded
    look.set_scrim(True)
    assert look.is_shaded
    assert len(calls) == 3


def test_a_theme_changed_under_a_dialog_is_there_afterwards(look: Look) -> None:
    overlay = look.overlay
    look.set_scrim(True)
    look.set_theme(DARK)
    look.set_scale(2)
    assert dict(overlay.theme) == dict(DARK)
    assert overlay.scale == 2
    assert dict(look.theme) == dict(DARK.dimmed())
    look.set_scrim(False)
    assert dict(look.theme) == dict(DARK)


def test_looks_of_one_window_share_fonts_and_shapes(look: Look) -> None:
    assert look.overlay.fonts is look.fonts
    assert look.overlay.images.covered is look.images.covered
    assert look.overlay is look.overlay


def test_a_line_of_text_has_room(look: Look) -> None:
    assert look.line_px == look.font("body").metrics("linespace") + 2
