from __future__ import annotations

import pytest

from tests.gui.conversation.kit import file_item, text_item
from whispr.gui.conversation.menu import SEPARATOR, entries, quoted


def actions(item, link=None, has_selection=False):
    return [entry.action for entry in entries(item, link=link, has_selection=has_selection)]


def test_a_text_can_be_copied_quoted_looked_at_and_deleted():
    assert actions(text_item(1)) == ["copy", "reply", "details", None, "delete"]


def test_a_link_under_the_pointer_can_be_copied():
    assert "copy_link" in actions(text_item(1), link="https://example.org")
    assert "copy_link" not in actions(text_item(1))


def test_a_selection_is_what_is_copied():
    labels = [entry.label for entry in entries(text_item(1), link=None, has_selection=True)]
    assert labels[0] == "Copy selection"


@pytest.mark.parametrize(
    ("fate", "offered"), [("failed", True), ("expired", True), ("read", False)]
)
def test_only_what_was_lost_is_sent_again(fate, offered):
    assert ("send_again" in actions(text_item(1, outgoing=True, fate=fate))) is offered


@pytest.mark.parametrize(
    ("state", "offered"),
    [
        ("saved", {"open_copy", "save_as"}),
        ("sent", {"open_copy", "save_as"}),
        ("offered", {"fetch"}),
        ("failed", {"fetch"}),
        ("refused", {"fetch"}),
        ("downloading", {"cancel"}),
        ("gone", set()),
        ("broken", set()),
    ],
)
def test_a_file_offers_what_its_state_allows(state, offered):
    found = set(actions(file_item(1, state)))
    assert found & {"open_copy", "save_as", "fetch", "cancel"} == offered


def test_a_file_of_ours_that_failed_is_not_fetched():
    assert "fetch" not in actions(file_item(1, "failed", outgoing=True, fate="failed"))


def test_a_notice_has_no_details():
    assert actions(text_item(1, "New device", kind="notice")) == ["copy", None, "delete"]
    assert SEPARATOR.action is None


def test_a_quotation_marks_every_line_and_is_bounded():
    assert quoted("one\ntwo\n") == "> one\n> two\n"
    assert quoted("\n".join("abcdefghij")).endswith("> f …\n")
    assert len(quoted("x" * 5_000)) < 420
    assert quoted("   ") == ""
