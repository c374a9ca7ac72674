from __future__ import annotations

import pytest

from tests.gui.conversation.kit import Recorder
from tests.gui.views.chat_kit import look_of, typed, written
from whispr.gui.views.findbar import FindBar


@pytest.fixture
def calls():
    return Recorder()


@pytest.fixture
def bar(root, calls):
    made = FindBar(root, look_of(root), find=calls.find, reveal=calls.reveal, close=calls.close)
    made.pack(fill="x")
    made.begin()
    root.update()
    return made


def test_what_is_typed_is_searched_once_it_rests(bar, calls, settle):
    written(bar.entry, "relay")
    settle(lambda: bool(calls.of("find")))
    assert calls.of("find") == [("relay",)]


def test_the_newest_hit_is_shown_and_the_next_are_reached_by_key(bar, calls, settle):
    written(bar.entry, "relay")
    settle(lambda: bool(calls.of("find")))
    bar.show_hits("relay", [3, 40, 7])
    assert bar.words == "1 of 3"
    typed(bar.entry, "<Return>", "<Return>", "<Shift-Return>")
    assert calls.of("reveal") == [(40,), (7,), (3,), (7,)] and bar.words == "2 of 3"


def test_an_answer_to_an_older_question_is_ignored(bar, calls, settle):
    written(bar.entry, "re")
    settle(lambda: bool(calls.of("find")))
    bar.show_hits("r", [1])
    assert calls.of("reveal") == [] and bar.words == ""
    bar.show_hits("re", [])
    assert bar.words == "No match"


def test_escape_closes_and_clearing_forgets(bar, calls):
    written(bar.entry, "secret")
    typed(bar.entry, "<Escape>")
    assert calls.of("close") == [()]
    bar.clear()
    assert bar.entry.get() == "" and bar.words == ""
