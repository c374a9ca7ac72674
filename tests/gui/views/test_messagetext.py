from __future__ import annotations

import pytest

from tests.gui.conversation.kit import Recorder
from tests.gui.views.chat_kit import look_of, typed, written
from whispr.gui.look import Look
from whispr.gui.views.messagetext import MAX_TEXT_BYTES, TOO_LONG, MessageText


@pytest.fixture
def calls() -> Recorder:
    return Recorder()


@pytest.fixture
def text(root, calls) -> MessageText:
    made = MessageText(root, look_of(root))
    made.place(x=0, y=0, width=500, height=100)
    made.on_submit, made.on_scroll = calls.submit, calls.scroll
    made.on_changed, made.on_up_when_empty = calls.changed, calls.up
    made.on_paste_files, made.on_refused = calls.paste_files, calls.refused
    root.update()
    return made


def test_shift_and_enter_is_a_new_line(text, calls):
    written(text, "a")
    typed(text, "<Shift-Return>", "<b>")
    assert text.draft == "a\nb" and calls.of("submit") == []


def test_the_keys_can_be_swapped(text, calls):
    text.enter_sends = False
    typed(text, "<a>", "<Return>", "<b>")
    assert text.draft == "a\nb" and calls.of("submit") == []
    typed(text, "<Control-Return>")
    assert calls.of("submit") == [()]


def test_nothing_is_sent_while_an_input_method_is_at_work(text, calls):
    typed(text, "<a>", "<<TkStartIMEMarkedText>>", "<Return>")
    assert calls.of("submit") == []
    typed(text, "<<TkEndIMEMarkedText>>", "<Return>")
    assert calls.of("submit") == [()]


def test_scrolling_keys_belong_to_the_messages(text, calls):
    typed(text, "<Prior>", "<Next>", "<Control-Home>", "<Control-End>")
    assert calls.of("scroll") == [("page_up",), ("page_down",), ("first",), ("last",)]


def test_up_belongs_to_the_messages_only_while_nothing_is_written(text, calls):
    typed(text, "<Up>")
    assert calls.of("up") == [()]
    typed(text, "<a>", "<Up>")
    assert calls.of("up") == [()]


def test_a_paste_takes_text_of_every_kind_of_line_end(text, root):
    root.clipboard_clear()
    root.clipboard_append("one\r\ntwo\rthree")
    typed(text, "<<Paste>>")
    assert text.draft == "one\ntwo\nthree"


def test_a_paste_too_long_is_refused(text, root, calls):
    root.clipboard_clear()
    root.clipboard_append("x" * (MAX_TEXT_BYTES + 1))
    typed(text, "<<Paste>>")
    assert text.draft == "" and calls.of("refused") == [(TOO_LONG,)]


def test_without_text_in_the_clipboard_files_are_looked_for(text, root, calls):
    root.clipboard_clear()
    typed(text, "<<Paste>>")
    assert calls.of("paste_files") == [()]


def test_where_emoji_are_dangerous_none_reaches_tk(root, calls):
    text = MessageText(root, Look(root, emoji_safe=False))
    text.place(x=0, y=0, width=500, height=100)
    text.on_changed = calls.changed
    text.fill("a 🎉")
    assert "🎉" not in text.draft and text.draft.startswith("a :")
    root.clipboard_clear()
    root.clipboard_append("🔑")
    typed(text, "<<Paste>>")
    assert "🔑" not in text.draft


def test_select_all_takes_everything(text):
    text.fill("one\ntwo")
    typed(text, "<Control-a>")
    assert text.get("sel.first", "sel.last") == "one\ntwo"
    text.put("x")
    assert text.draft == "x"


def test_lines_are_those_on_the_screen(text):
    text.fill("word " * 100)
    text.update()
    assert text.lines() > 3
