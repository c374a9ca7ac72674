from __future__ import annotations

import pytest

from tests.gui.conversation.kit import Recorder
from tests.gui.views.chat_kit import look_of, placed, typed, written
from tests.gui.views.state_kit import OWN, caption, texts_of
from whispr.gui.checks import CardCheck
from whispr.gui.views.addcontact import AddContactView
from whispr.gui.views.parts import surface

VALID = CardCheck("valid", "A good card.", b"b" * 32, "Bob", "wsp1" + "b" * 40)
KNOWN = CardCheck("known", "Already in your list as Bob.", b"b" * 32, "Bob", "wsp1bob", 7)


@pytest.fixture
def calls():
    return Recorder()


@pytest.fixture
def view(root, calls):
    parent = surface(root, "raised")
    made = AddContactView(parent, look_of(root), calls, OWN)
    placed(parent, width=700, height=520)
    made.parent = parent
    return made


def test_what_is_typed_is_judged_once_it_rests(view, calls, settle):
    written(view.field.entry, "abc")
    settle(lambda: bool(calls.of("check_card")))
    assert calls.of("check_card") == [("abc",)] and not view.button.is_enabled


def test_a_good_card_brings_its_name_and_can_be_added(view, calls):
    view.field.set("whispr://card")
    view.show_check(VALID)
    assert view.note.text == "A good card." and view.name.get() == "Bob"
    assert view.button.is_enabled and not view.field.has_error
    assert any(text.startswith("wsp1bbb") for text in texts_of(view.parent))
    typed(view.name.entry, "<Return>")
    assert calls.of("add") == [("whispr://card", "Bob")] and not view.button.is_enabled


def test_a_name_of_ones_own_is_kept(view):
    written(view.name.entry, "bo")
    view.show_check(VALID)
    assert view.name.get() == "bo"


@pytest.mark.parametrize("verdict", ["invalid", "own", "blocked"])
def test_what_cannot_be_added_is_said(view, calls, verdict):
    view.show_check(CardCheck(verdict, "Not this one."))
    assert view.field.has_error and view.note.text == "Not this one."
    view.submit()
    assert not view.button.is_enabled and calls.of("add") == []


def test_who_is_known_is_opened(view, calls):
    view.show_check(KNOWN)
    assert caption(view.button) == "Open" and not view.field.has_error
    view.button.invoke()
    assert calls.of("open_known") == [(7,)] and calls.of("add") == []


def test_a_refusal_can_be_corrected(view):
    view.show_check(VALID)
    view.submit()
    view.failed("That name is taken.")
    assert view.note.text == "That name is taken." and view.name.has_error
    assert view.button.is_enabled


def test_the_own_card_is_copied_and_that_is_said(view, calls):
    view._copy()
    assert calls.of("copy_card") == [()] and view.copied.text.startswith("Copied")
