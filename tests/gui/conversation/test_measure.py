from __future__ import annotations

import struct

import pytest

from tests.gui.conversation.kit import NOON_MS, file_item, measurer, text_item
from whispr.gui.conversation.grouping import Standing
from whispr.gui.conversation.measure import foot_words, notice_words

ALONE = Standing(True, True, False, False)
FAMILY = "👨‍👩‍👧"


def measured(item, standing=ALONE, width=800):
    return measurer(width).measure(item, standing)


def test_the_time_stands_in_the_last_line_where_it_fits():
    short = measured(text_item(1, "hello"))
    assert short.shape == "bubble" and short.body_height == 20 + 16
    # 560 wide, 24 of them padding: 67 characters fill a line.
    full = measured(text_item(1, "x" * 67))
    assert len(full.lines) == 1 and full.body_height == 20 + 16 + 15


def test_a_bubble_is_never_wider_than_72_percent_nor_560():
    long = text_item(1, "word " * 100)
    assert measured(long).width <= 560
    assert measured(long, width=500).width <= 360


def test_ours_stand_right_and_theirs_left():
    assert measured(text_item(1)).left == 20
    ours = measured(text_item(1, outgoing=True, fate="read"))
    assert ours.right == 780


@pytest.mark.parametrize(
    ("standing", "top"),
    [
        (Standing(True, True, False, False), 10),
        (Standing(False, True, False, False), 2),
        (Standing(True, True, True, False), 54),
        (Standing(True, True, True, True), 94),
    ],
)
def test_what_stands_above_a_bubble_has_its_room(standing, top):
    row = measured(text_item(1), standing)
    assert row.top == top and row.height == top + row.body_height


@pytest.mark.parametrize("fate", ["expired", "failed"])
def test_a_lost_message_has_a_line_below(fate):
    row = measured(text_item(1, outgoing=True, fate=fate))
    assert row.height == row.bottom + 22


def test_the_line_says_the_reason():
    assert foot_words(text_item(1, outgoing=True, fate="failed", reason="Refused.")) == "Refused."
    assert foot_words(text_item(1, outgoing=True, fate="failed")) == "Not sent."
    assert "Expired" in foot_words(text_item(1, outgoing=True, fate="expired"))


@pytest.mark.parametrize(
    ("text", "signs"), [("🎉", "🎉"), ("👍🎉😂", "👍🎉😂"), (FAMILY, "👨👩👧")]
)
def test_few_emoji_alone_are_large(text, signs):
    row = measured(text_item(1, text))
    assert (row.shape, row.jumbo) == ("jumbo", signs)


@pytest.mark.parametrize("text", ["🎉 yes", "🎉🎉🎉🎉", "yes"])
def test_anything_else_is_a_bubble(text):
    assert measured(text_item(1, text)).shape == "bubble"


@pytest.mark.parametrize("kind", ["notice", "undecryptable", "unsupported"])
def test_notices_stand_in_the_middle(kind):
    row = measured(text_item(1, "Alice uses a new device", kind=kind))
    assert row.shape == "notice" and abs(row.left + row.width / 2 - 400) <= 1
    assert notice_words(row.item)


def test_a_file_is_a_card_that_fits_a_narrow_window():
    assert measured(file_item(1, "offered")).width == 330
    assert measured(file_item(1, "offered"), width=400).width == 288


def test_a_reason_that_is_too_long_makes_the_card_higher():
    usual = measured(file_item(1, "gone")).body_height
    assert measured(file_item(1, "broken")).body_height == usual + 16


def png(width, height):
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)


def test_a_picture_has_the_size_of_its_thumbnail_before_it_is_decoded():
    row = measured(file_item(1, "saved", kind="image", preview=png(600, 300)))
    assert (row.shape, row.width, row.body_height) == ("picture", 300, 150)


@pytest.mark.parametrize("preview", [None, b"\xff\xd8\xff" + bytes(90), png(9_000, 9_000)])
def test_what_must_not_be_decoded_is_a_card(preview):
    row = measured(file_item(1, "saved", kind="image", preview=preview))
    assert row.shape == "card"


@pytest.mark.parametrize(
    ("text", "is_cut"),
    [
        ("line\n" * 499 + "line", False),
        ("line\n" * 600, True),
        ("x" * 1_000_000, True),
        ("word " * 13_200, True),
    ],
)
def test_a_text_without_end_is_cut_to_500_lines(text, is_cut):
    row = measured(text_item(1, text))
    assert row.is_cut is is_cut and len(row.lines) <= 500
    assert row.height < 20 * 502 + 100


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n\n\n",
        "\x00\x1b[2J\x7f",
        "\ud800",
        "a\u202egnp.exe",
        "e" + "\u0301" * 900,
        "\r\n",
    ],
)
def test_hostile_texts_have_a_size(text):
    row = measured(text_item(1, stored_at_ms=NOON_MS).__class__(1, 1, False, "text", text, 0, 0))
    assert row.width > 0 and row.body_height > 0
    assert "\u202e" not in "".join(run.text for line in row.lines for run in line.runs)
