from __future__ import annotations

import pytest

from tests.gui.conversation.kit import Recorder
from tests.gui.views.chat_kit import look_of, typed, written
from whispr.gui.views.composer import MAX_LINES, Composer


@pytest.fixture
def actions() -> Recorder:
    return Recorder()


@pytest.fixture
def composer(root, actions) -> Composer:
    made = Composer(root, look_of(root), actions)
    made.pack(fill="x")
    made.open("Alice", "")
    root.update()
    return made


def test_enter_sends_and_begins_a_new_message(composer, actions):
    written(composer.text, "hello you")
    typed(composer.text, "<Return>")
    assert actions.of("send") == [("hello you",)]
    assert composer.draft == "" and actions.of("draft_changed")[-1] == ("",)


def test_nothing_is_sent_when_nothing_is_written(composer, actions):
    typed(composer.text, "<space>", "<Return>")
    assert actions.of("send") == [] and not composer.send_button.is_enabled


def test_files_alone_can_be_sent(composer, actions):
    composer.set_staged(1)
    assert composer.send_button.is_enabled
    composer.submit()
    assert actions.of("send") == [("",)]


def test_every_change_is_handed_out_as_the_draft(composer, actions):
    written(composer.text, "ab")
    assert actions.of("draft_changed") == [("a",), ("ab",)]


def test_another_contact_gets_his_own_draft_and_none_is_reported(composer, actions):
    written(composer.text, "for Alice")
    actions.calls.clear()
    composer.open("Bob", "for Bob")
    composer.update()
    assert composer.draft == "for Bob" and actions.calls == []
    typed(composer.text, "<<Undo>>")
    assert "Alice" not in composer.draft


def test_the_placeholder_is_never_part_of_the_text(composer, actions):
    composer.submit()
    assert composer.draft == "" and actions.of("send") == []
    assert composer.field.placeholder == "Message Alice"


def test_it_grows_with_its_lines_up_to_six(composer):
    heights = []
    for count in (1, 2, 6, 7, 30):
        composer.open("Alice", "\n".join(["line"] * count))
        composer.update()
        heights.append(composer.field.winfo_height())
    assert heights[0] < heights[1] < heights[2] and heights[2] == heights[3] == heights[4]
    assert MAX_LINES == 6


def test_a_long_line_grows_it_too(composer):
    one = composer.field.winfo_height()
    composer.open("Alice", "word " * 60)
    composer.update()
    composer.update()
    assert composer.field.winfo_height() > one


def test_after_the_lock_nothing_can_be_brought_back(composer):
    written(composer.text, "a secret")
    composer.clear()
    typed(composer.text, "<<Undo>>", "<<Undo>>", "<<Redo>>")
    assert composer.draft == ""


def test_where_nobody_can_be_written_to_it_says_why(composer, actions):
    composer.set_enabled(False, "Blocked")
    composer.update()
    typed(composer.text, "<a>", "<Return>", "<Shift-Return>")
    assert composer.draft == "" and actions.calls == []
    composer.set_enabled(True)
    written(composer.text, "a")
    assert composer.draft == "a"


def test_a_quotation_stands_above_the_answer(composer):
    composer.open("Alice", "yes")
    composer.quote("> what?\n")
    assert composer.draft == "> what?\nyes"
    assert composer.text.index("insert") == "2.3"


def test_a_text_too_long_is_not_sent(composer, actions):
    composer.open("Alice", "x" * (48 * 1024))
    assert composer.send_button.is_enabled
    composer.open("Alice", "x" * (48 * 1024 + 1))
    composer.submit()
    assert not composer.send_button.is_enabled and actions.of("send") == []


def test_the_way_of_the_focus_is_that_of_the_eye(composer):
    composer.open("Alice", "a")
    composer.update()
    assert composer.attach.tk_focusNext() == composer.text
    assert composer.text.tk_focusNext() == composer.field.emoji
    assert composer.field.emoji.tk_focusNext() == composer.send_button
