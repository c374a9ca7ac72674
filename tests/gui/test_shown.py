from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whispr.gui import shown as module
from whispr.gui.shown import clipped, jumbo, one_line, shown, without_emoji

FAMILY = "👨\u200d👩\u200d👧"


@pytest.mark.parametrize(
    ("source", "drawn"),
    [
        ("plain", "plain"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\u2066b\u2069c\u200ed", "abcd"),
        (FAMILY, "👨👩👧"),
        ("👍🏽 ok", "👍 ok"),
        ("❤️", "❤"),
        ("1️⃣", "1"),
        ("a\tb", "a    b"),
        ("a\r\nb\rc\u2028d\x85e", "a\nb\nc\nd\ne"),
        ("bell\x07 \x1b[31m\x9b", "bell� �[31m�"),
        ("\ud800x", "�x"),
        ("\ufeffzero\u200bwidth\u00ad", "zerowidth"),
        ("z" + "\u0301" * 20 + "q", "z" + "\u0301" * 4 + "q"),
        ("🏴\U000e0067\U000e0062\U000e007f", "🏴"),
    ],
)
def test_what_is_drawn(source: str, drawn: str) -> None:
    assert shown(source).text == drawn


def test_copying_gives_the_original() -> None:
    source = f"hi {FAMILY} x\r\ny\tz"
    text = shown(source)
    assert text.original(0, len(text.text)) == source
    start = text.text.index("👨")
    assert text.original(start, start + 3) == FAMILY + ""
    assert text.original(start + 4, len(text.text)) == "x\r\ny\tz"


def test_removed_signs_at_both_ends_are_copied_with_the_whole() -> None:
    source = "\u202ehello\u202c"
    assert shown(source).original(0, 5) == source


def test_search_hits_find_their_place_in_what_is_drawn() -> None:
    text = shown("a\u200d\u200dneedle")
    assert text.text[text.shown_index(3) :] == "needle"
    assert shown("needle").shown_index(3) == 3
    assert text.shown_index(len(text.source)) == len(text.text)


@pytest.mark.parametrize(
    ("source", "drawn"),
    [
        ("yes 🎉", "yes :party_popper:"),
        ("🇩🇪", "DE"),
        ("☀️", ":black_sun_with_rays:"),
        ("⌚", ":watch:"),
        ("→ café 你好", "→ café 你好"),
    ],
)
def test_where_emoji_are_not_safe_they_are_spelled(source: str, drawn: str) -> None:
    text = shown(source, emoji_safe=False)
    assert text.text == drawn
    assert text.original(0, len(drawn)) == source


def test_no_emoji_passes_where_they_are_not_safe() -> None:
    pictures = [chr(code) for code in (*range(0x1F000, 0x1FB00), *range(0x2600, 0x27C0))]
    text = shown("".join(pictures), emoji_safe=False).text
    assert not any(ord(sign) >= 0x1F000 or 0x2600 <= ord(sign) < 0x27C0 for sign in text)


@given(st.text(alphabet=st.characters(), max_size=60))
def test_any_text_maps_back_without_loss(source: str) -> None:
    text = shown(source)
    assert text.original(0, len(text.text)) == (source if text.text else text.original(0, 0))
    parts = [text.original(place, place + 1) for place in range(len(text.text))]
    assert "".join(parts) == (source if text.text else "")
    text.text.encode()
    assert not any(ord(sign) < 32 and sign != "\n" for sign in text.text)


@given(st.text(alphabet="a\u0301\u200d\ufe0f\U0001f468\U0001f3fd\u202e\r\n\t", max_size=40))
def test_drawn_text_is_safe_already(source: str) -> None:
    once = shown(source)
    assert shown(once.text).text == once.text


def test_a_text_is_clipped_by_characters_and_by_lines() -> None:
    assert clipped("short") == ("short", False)
    whole = "x" * module.MAX_CHARACTERS
    assert clipped(whole) == (whole, False)
    assert clipped(whole + "x") == (whole, True)
    lines = "\n".join(["line"] * module.MAX_LINES)
    assert clipped(lines) == (lines, False)
    assert clipped(lines + "\nmore") == (lines, True)


@pytest.mark.parametrize(
    ("source", "signs"),
    [
        ("🎉", "🎉"),
        (" 🎉 👍\n", "🎉👍"),
        ("❤️", "❤"),
        (FAMILY, "👨👩👧"),
        ("🇩🇪🇫🇷🇵🇱", "🇩🇪🇫🇷🇵🇱"),
        ("🎉🎉🎉🎉", None),
        ("🎉 yes", None),
        ("❤", None),
        ("", None),
        ("1", None),
    ],
)
def test_up_to_three_emoji_alone_are_drawn_large(source: str, signs: str | None) -> None:
    assert jumbo(shown(source)) == signs


def test_nothing_is_jumbo_where_emoji_are_spelled() -> None:
    assert jumbo(shown("🎉", emoji_safe=False)) is None


def test_one_line() -> None:
    assert one_line("a\n\n b\u202e\tc") == "a b c"
    assert one_line("x" * 500) == "x" * 200
    assert one_line("🎉 x", emoji_safe=False) == ":party_popper: x"


def test_a_window_title_has_no_emoji() -> None:
    assert without_emoji("Alice 🎉❤️ B\u202eob") == "Alice Bob"


def test_a_text_stays_out_of_logs() -> None:
    assert "secret" not in repr(shown("secret"))
