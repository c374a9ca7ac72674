from __future__ import annotations

import pytest

from tests.gui.conversation.kit import Recorder
from tests.gui.views.chat_kit import look_of, placed, typed
from tests.gui.views.state_kit import STRANGER, texts_of
from whispr.gui.items import RequestItem
from whispr.gui.views.parts import surface
from whispr.gui.views.requests import TEXT_CHARACTERS, RequestsView


@pytest.fixture
def calls():
    return Recorder()


@pytest.fixture
def shown(root, calls):
    def show(*requests):
        parent = surface(root, "raised")
        view = RequestsView(parent, look_of(root), requests, accept=calls.accept, block=calls.block)
        placed(parent, width=540, height=600)
        return view, texts_of(parent)

    return show


def test_who_it_is_and_what_was_written(shown):
    _, words = shown(STRANGER)
    assert {"Mallory", "hello", "are you there"} <= set(words)
    assert any(text.startswith("wsp1mmm") for text in words)


def test_nobody_is_said(shown):
    view, words = shown()
    assert "Nobody is waiting." in words and view.accept_buttons == {}


def test_each_is_accepted_by_its_own_button(shown, calls):
    other = RequestItem(10, "Oscar", b"o" * 32, "wsp1" + "o" * 40)
    view, _ = shown(STRANGER, other)
    typed(view.accept_buttons[10], "<Return>")
    assert calls.calls == [("accept", 10)]


def test_hostile_words_are_cut_and_cleaned(shown):
    item = RequestItem(9, "Eve\u202e", b"e" * 32, "wsp1e", ("x" * 10_000, "a\u202eb\x07c"))
    _, words = shown(item)
    assert "Eve" in words and max(map(len, words)) <= TEXT_CHARACTERS
    assert not any("\u202e" in text or "\x07" in text for text in words)
