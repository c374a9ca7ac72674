from __future__ import annotations

from dataclasses import replace

import pytest

from tests.gui.conversation.kit import Recorder
from tests.gui.views.chat_kit import look_of, placed
from tests.gui.views.state_kit import BOB, clock_ms, state_of, texts_of
from whispr.gui.views.contactlist import ContactList


@pytest.fixture
def words(root):
    contacts = ContactList(root, look_of(root), Recorder(), clock_ms=clock_ms)
    placed(contacts, width=316, height=300)

    def of(**changes):
        contacts.show(state_of(replace(BOB, **changes)))
        contacts.update()
        return texts_of(contacts)

    of.canvas = contacts.canvas
    return of


def test_a_draft_is_shown_in_place_of_the_last_message(words):
    shown = words(draft="not yet")
    assert "Draft:" in shown and "not yet" in shown and "See you tonight" not in shown


def test_what_was_not_delivered_is_said(words):
    assert "Not delivered: expired" in words(last_outgoing=True, last_fate="expired")
    assert "Not delivered" in words(last_outgoing=True, last_fate="failed")


@pytest.mark.parametrize(("count", "badge"), [(1, "1"), (99, "99"), (100, "99+")])
def test_unread_messages_are_counted(words, count, badge):
    assert badge in words(unread=count)


def test_nothing_unread_has_no_badge(words):
    assert len(words(unread=0)) + 1 == len(words(unread=1))


def test_a_shield_stands_beside_the_name(words):
    def pictures():
        canvas = words.canvas
        return sum(canvas.type(item) == "image" for item in canvas.find_all())

    words()
    without = pictures()
    words(verified=True)
    assert pictures() == without + 1
    words(key_changed=True)
    assert pictures() == without + 1


def test_a_name_that_turns_the_direction_shows_no_control(words):
    assert "Bobexe.fdp" in words(name="Bob\u202eexe.fdp")


def test_a_long_name_is_cut(words):
    shown = words(name="B" * 60)
    assert any(text.startswith("BBB") and text.endswith("…") for text in shown)
