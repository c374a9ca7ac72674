from __future__ import annotations

import json

import pytest

from whispr.gui import tokens
from whispr.gui.tokens import DARK, LIGHT, Theme, contrast

THEMES = [LIGHT, DARK]


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("pair", tokens.TEXT_PAIRS, ids="/".join)
def test_text_can_be_read(theme: Theme, pair: tuple[str, str]) -> None:
    assert contrast(theme[pair[0]], theme[pair[1]]) >= 4.5


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("pair", tokens.SHAPE_PAIRS, ids="/".join)
def test_shapes_can_be_seen(theme: Theme, pair: tuple[str, str]) -> None:
    assert contrast(theme[pair[0]], theme[pair[1]]) >= 3.0


@pytest.mark.parametrize("color", tokens.AVATAR_COLORS)
def test_initials_can_be_read(color: str) -> None:
    assert contrast(tokens.ON_AVATAR, color) >= 4.5


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("surface", ["bg", "sidebar", "raised"])
def test_a_field_differs_from_its_surface_and_can_be_read(theme: Theme, surface: str) -> None:
    ground = tokens.quiet_ground(theme, theme[surface])
    assert contrast(ground, theme[surface]) >= 1.08
    for text in ("text", "text2", "text3"):
        assert contrast(theme[text], ground) >= 4.5


def test_both_themes_name_the_same_colours_and_all_are_colours() -> None:
    assert set(LIGHT) == set(DARK)
    assert all(tokens.is_color(color) for theme in THEMES for color in theme.values())
    assert {token for pair in tokens.TEXT_PAIRS + tokens.SHAPE_PAIRS for token in pair} <= set(
        LIGHT
    )


@pytest.mark.parametrize(
    ("pair", "ratio"),
    [
        (("#000000", "#ffffff"), 21.0),
        (("#ffffff", "#ffffff"), 1.0),
        (("#777777", "#ffffff"), 4.48),
        (("#16161d", "#ffffff"), 18.00),
    ],
)
def test_contrast_is_the_published_formula(pair: tuple[str, str], ratio: float) -> None:
    assert contrast(*pair) == pytest.approx(ratio, abs=0.01)
    assert contrast(*reversed(pair)) == contrast(*pair)


@pytest.mark.parametrize("text", ["#fff", "red", "#12345g", "#1234567", "", 5, None, "#123456\n"])
def test_what_is_no_colour(text: object) -> None:
    assert not tokens.is_color(text)


def test_mixing() -> None:
    assert tokens.mix("#000000", "#ffffff", 0) == "#000000"
    assert tokens.mix("#000000", "#ffffff", 1) == "#ffffff"
    assert tokens.mix("#204060", "#406080", 0.5) == "#305070"


def test_dark_and_light_are_told_from_the_colours() -> None:
    assert DARK.is_dark
    assert not LIGHT.is_dark


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_the_shade_darkens_every_colour(theme: Theme) -> None:
    dimmed = theme.dimmed()
    assert len(dimmed) == len(theme)
    for token, color in theme.items():
        assert tokens.luminance(dimmed[token]) <= tokens.luminance(color)
    assert tokens.luminance(dimmed["bg"]) < 0.4


def test_hard_to_read_names_pair_and_ratio() -> None:
    bad = Theme("Bad", {**LIGHT, "text3": "#cccccc", "focus": "#eeeeee"})
    found = {(above, below): ratio for above, below, ratio in tokens.hard_to_read(bad)}
    assert found["text3", "sidebar"] == pytest.approx(contrast("#cccccc", "#f5f5f9"))
    assert ("focus", "bg") in found
    assert not any("text2" in pair for pair in found)


def test_a_theme_is_a_mapping_that_hides_its_colours_from_logs() -> None:
    assert json.loads(json.dumps(dict(LIGHT)))["bg"] == "#ffffff"
    assert repr(LIGHT) == "Theme(name='Light')"
