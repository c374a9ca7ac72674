from __future__ import annotations

from dataclasses import replace

import pytest

from tests.gui.conversation.kit import Recorder
from tests.gui.views.chat_kit import look_of
from whispr.gui.items import ConnectionItem, ConversationItem
from whispr.gui.views.header import Header

ALICE = ConversationItem(1, "Alice", bytes(range(32)), verified=True)
ONLINE = ConnectionItem("online", "relay.example.org:443", message_life_ms=60_000)


@pytest.fixture
def actions():
    return Recorder()


@pytest.fixture
def header(root, actions):
    made = Header(root, look_of(root), actions)
    made.pack(fill="x")
    root.update()
    return made


def texts(widget):
    return [widget.itemcget(one, "text") for one in widget.find_all() if widget.type(one) == "text"]


def test_it_says_who_and_how_safe(header):
    header.show(ALICE, ONLINE)
    assert {"Alice", "Verified contact · relay keeps messages 60 s"} <= set(texts(header))


def test_a_changed_key_comes_before_everything(header):
    header.show(replace(ALICE, key_changed=True), ConnectionItem("waiting"))
    assert any("another device" in words for words in texts(header))


def test_a_long_name_leaves_the_buttons_their_room(header, root):
    header.show(replace(ALICE, name="name " * 100), ONLINE)
    root.update()
    names = [words for words in texts(header) if words.startswith("name")]
    assert names[0].endswith("…")
    right = header.bbox(header.find_withtag("all")[-1])
    assert right[2] <= header.winfo_width()


def test_its_buttons_do_what_they_say(header, actions):
    header.show(ALICE, ONLINE)
    for button in header.buttons:
        button.invoke()
    assert [call[0] for call in actions.calls] == ["search_conversation", "verify", "contact_menu"]
