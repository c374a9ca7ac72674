from __future__ import annotations

import pytest

from tests.gui.conversation.kit import MINUTE_MS, NOON_MS, file_item, text_item
from whispr.gui.conversation.grouping import needs_line, standing_of


def standing(before, item, after, unread_id=None):
    return standing_of(item, before, after, unread_id)


def test_neighbours_of_one_person_within_five_minutes_are_a_group():
    first, second, third = (text_item(number) for number in (1, 2, 3))
    found = standing(first, second, third)
    assert not found.begins_group and not found.ends_group and not found.begins_day


@pytest.mark.parametrize(("gap_ms", "grouped"), [(5 * MINUTE_MS - 1, True), (5 * MINUTE_MS, False)])
def test_five_minutes_end_a_group(gap_ms, grouped):
    first, second = text_item(1), text_item(2, stored_at_ms=NOON_MS + MINUTE_MS + gap_ms)
    assert standing(first, second, None).begins_group is not grouped
    assert standing(None, first, second).ends_group is not grouped


@pytest.mark.parametrize(
    "other",
    [
        text_item(2, outgoing=True),
        text_item(2, kind="notice"),
        text_item(2, kind="undecryptable"),
        text_item(2, kind="unsupported"),
    ],
)
def test_another_writer_or_a_notice_ends_a_group(other):
    assert standing(text_item(1), other, text_item(3)).begins_group
    assert standing(None, text_item(1), other).ends_group


def test_the_unread_line_ends_a_group():
    first, second = text_item(1), text_item(2)
    assert standing(first, second, None, 2).begins_unread
    assert standing(first, second, None, 2).begins_group
    assert standing(None, first, second, 2).ends_group
    assert not standing(first, second, None, 1).begins_unread


def test_the_first_message_and_a_new_day_begin_a_day():
    first = text_item(1)
    next_day = text_item(2, stored_at_ms=first.stored_at_ms + 24 * 60 * MINUTE_MS)
    assert standing(None, first, next_day).begins_day
    assert standing(first, next_day, None).begins_day
    assert standing(first, next_day, None).begins_group


def test_files_and_texts_share_a_group():
    assert not standing(text_item(1), file_item(2, "offered"), None).begins_group


def test_only_our_own_lost_messages_need_a_line():
    assert needs_line(text_item(1, outgoing=True, fate="expired"))
    assert needs_line(text_item(1, outgoing=True, fate="failed"))
    assert not needs_line(text_item(1, outgoing=True, fate="read"))
    assert not needs_line(text_item(1))
