from __future__ import annotations

from dataclasses import replace

import pytest

from tests.gui.conversation.kit import Recorder
from tests.gui.views.chat_kit import look_of, placed, typed
from tests.gui.views.state_kit import BOB, OWN, texts_of
from whispr.gui.views.parts import surface
from whispr.gui.views.verify import VerifyView

GROUPS = [f"{number:05}" for number in range(11_111, 11_123)]


@pytest.fixture
def calls():
    return Recorder()


@pytest.fixture
def shown(root, calls):
    def show(**changes):
        parent = surface(root, "raised")
        item = replace(BOB, **changes)
        view = VerifyView(parent, look_of(root), calls, own=OWN, item=item, number=" ".join(GROUPS))
        placed(parent, width=560, height=620)
        return view, texts_of(parent)

    return show


def test_twelve_groups_are_shown_in_their_order(shown):
    _, words = shown()
    assert [text for text in words if text in GROUPS] == GROUPS


def test_both_are_named_with_their_addresses(shown):
    _, words = shown()
    assert {"You", "Bob"} <= set(words)
    assert any(text.startswith("wsp1bbb") for text in words)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "You have not compared numbers with Bob yet."),
        ({"verified": True}, "You have compared numbers with Bob."),
        ({"verified": True, "key_changed": True}, "Bob uses another device now. Compare again."),
    ],
)
def test_it_says_how_things_stand(shown, changes, sentence):
    assert sentence in shown(**changes)[1]


def test_both_answers_are_reached_by_key(shown, calls):
    view, _ = shown()
    typed(view.match, "<Return>")
    typed(view.differ, "<space>")
    assert calls.calls == [("match",), ("differ",)]
