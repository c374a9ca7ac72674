from __future__ import annotations

import pytest

from tests.gui.conversation.kit import NOON_MS, Recorder, items_of, text_item
from tests.gui.views.chat_kit import look_of, placed
from whispr.gui.conversation.pages import ListedPages
from whispr.gui.items import ConversationItem
from whispr.gui.views.conversation import Conversation

ALICE = ConversationItem(1, "Alice Example", bytes(32))


@pytest.fixture
def actions():
    return Recorder()


@pytest.fixture
def view(root, actions):
    made = Conversation(root, look_of(root), actions, clock_ms=lambda: NOON_MS)
    placed(made)
    made.open(ALICE, ListedPages(items_of(300)))
    root.update()
    return made


def test_it_tells_what_was_seen(view, actions):
    assert actions.of("seen") == [(300,)]


def test_keys_of_the_composer_move_it(view, root):
    for where, first in (("first", 1), ("last", 300)):
        view.scroll(where)
        root.update()
        ids = [row.message_id for row in view.messages.viewport.rows]
        assert ids[0 if first == 1 else -1] == first
    view.scroll("page_up")
    assert view.position is not None
    view.scroll("page_down")
    assert view.position is None


def test_the_reading_view_takes_its_place_and_gives_it_back(view, root):
    view.toggle_reading()
    root.update()
    assert view.reading.winfo_ismapped() and not view.messages.winfo_ismapped()
    view.put([text_item(900, "arrived meanwhile")])
    root.update()
    assert "arrived meanwhile" in view.reading.text.get("1.0", "end")
    view.toggle_reading()
    root.update()
    assert view.messages.winfo_ismapped()
    assert view.messages.viewport.rows[-1].message_id == 900
    assert view.reading.text.get("1.0", "end-1c") == ""


def test_a_hit_is_revealed_wherever_it_is(view, root):
    view.toggle_reading()
    view.begin_search()
    view.findbar._asked = "word"
    view.show_hits("word", [5])
    root.update()
    assert not view.is_reading and 5 in view.messages.stage.drawn
    assert view.messages.painter.flashing == 5
    assert view.escape() and not view.findbar.winfo_manager()
    assert not view.escape()


def test_a_long_text_is_read_whole_until_escape(view, root):
    view.show_text("line\n" * 2_000)
    root.update()
    assert view.reading.text.get("1.0", "end-1c").count("line") == 2_000
    assert view.escape()
    root.update()
    assert view.messages.winfo_ismapped() and not view.escape()


def test_dragged_files_are_announced(view, root):
    view.show_drop("10 MB")
    root.update()
    zone = view.drop_zone
    texts = [zone.itemcget(one, "text") for one in zone.find_all() if zone.type(one) == "text"]
    assert texts == ["Drop to send to Alice", "Up to 10 MB. Encrypted before upload."]
    view.show_drop(None)
    root.update()
    assert not zone.winfo_ismapped()


def test_the_note_is_shown_inside_the_view(view, root):
    view.note.show("Monday, 1 June 2026 at 12:00:00", 740, 480)
    root.update()
    assert view.note.words.startswith("Monday")
    label = view.messages.winfo_children()[-1]
    assert label.winfo_x() + label.winfo_width() <= view.messages.winfo_width()
    view.note.show("", 0, 0)
    assert view.note.words == ""


def test_closing_forgets_everything(view, root):
    view.toggle_reading()
    view.close()
    root.update()
    assert view.messages.find_all() == () and view.reading.text.get("1.0", "end-1c") == ""
