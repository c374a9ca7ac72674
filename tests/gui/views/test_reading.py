from __future__ import annotations

from datetime import date

import pytest

from tests.gui.conversation.kit import file_item, items_of, text_item
from tests.gui.views.chat_kit import look_of, placed
from whispr.gui.conversation.pages import ListedPages
from whispr.gui.views.reading import PIECE, ReadingView, in_pieces


@pytest.fixture
def reading(root):
    made = ReadingView(root, look_of(root), lambda: date(2026, 6, 1))
    placed(made)
    return made


def words(reading):
    return reading.text.get("1.0", "end-1c")


def test_a_conversation_is_plain_text(reading):
    items = [
        text_item(1, "hello"),
        text_item(2, "yes", outgoing=True, fate="delivered"),
        file_item(3, "offered"),
        text_item(4, kind="undecryptable"),
    ]
    reading.open("Alice", ListedPages(items))
    text = words(reading)
    assert text.startswith("Today\n")
    assert "Alice: hello" in text and "You: yes [delivered]" in text
    assert "File report.pdf (842 kB · Click to download)" in text
    assert "could not be opened" in text


def test_what_arrives_is_added_and_what_changes_is_changed(reading):
    reading.open("Alice", ListedPages(items_of(3)))
    reading.put([text_item(9, "new one", outgoing=True, fate="queued"), text_item(5, "between")])
    reading.put([text_item(9, "new one", outgoing=True, fate="read")])
    text = words(reading)
    assert "new one [read]" in text and "waiting" not in text
    assert text.index("between") < text.index("new one")
    reading.remove(5)
    assert "between" not in words(reading)


def test_nothing_can_be_written_into_it(reading):
    reading.open("Alice", ListedPages(items_of(3)))
    before = words(reading)
    reading.text.focus_force()
    reading.text.event_generate("<a>")
    assert words(reading) == before


def test_older_messages_come_at_the_top(reading, settle):
    reading.open("Alice", ListedPages(items_of(1_000)))
    reading.update()
    assert "message 1\n" not in words(reading)

    def at_first() -> bool:
        reading.text.yview_moveto(0)
        return "message 1\n" in words(reading)

    settle(at_first)


def test_closing_leaves_no_word(reading):
    reading.open_text("secret " * 100)
    assert "secret" in words(reading)
    reading.close()
    assert words(reading) == ""
    reading.put([text_item(1)])
    assert words(reading) == ""


def test_a_line_without_end_is_cut_in_pieces(reading):
    reading.open_text("x" * 1_000_000)
    assert max(map(len, words(reading).split("\n"))) == PIECE
    assert in_pieces("ab\n\ncd") == "ab\n\ncd"
