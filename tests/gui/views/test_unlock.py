from __future__ import annotations

import pytest

from tests.gui.conversation.kit import Recorder
from tests.gui.views.chat_kit import look_of, placed, typed, written
from tests.gui.views.state_kit import caption, texts_of
from whispr.gui.views.parts import surface
from whispr.gui.views.unlock import UnlockView


@pytest.fixture
def calls():
    return Recorder()


@pytest.fixture
def clock():
    return [100.0]


@pytest.fixture
def view(root, calls, clock):
    parent = surface(root, "bg")
    made = UnlockView(parent, look_of(root), calls, name="Alice", now=lambda: clock[0])
    placed(parent, width=760, height=600)
    made.parent = parent
    return made


def test_it_greets_and_waits_in_the_field(view):
    assert "Welcome back, Alice" in texts_of(view.parent)


def test_enter_unlocks_and_nothing_can_be_changed_meanwhile(view, calls):
    written(view.field.entry, "48")
    typed(view.field.entry, "<Return>")
    assert calls.of("unlock") == [("48",)]
    assert caption(view.button) == "Unlocking…" and not view.button.is_enabled
    view.submit()
    assert len(calls.of("unlock")) == 1


def test_nothing_typed_is_not_tried(view, calls):
    view.button.invoke()
    assert calls.calls == []


@pytest.mark.parametrize(("left", "words"), [(2, "2 tries left"), (1, "1 try left")])
def test_a_wrong_pin_is_said_and_the_field_is_empty(view, left, words):
    view.field.set("000001")
    view.submit()
    view.wrong(left, 0.0)
    assert words in view.note.text and view.field.get() == "" and view.field.has_error
    assert view.button.is_enabled and caption(view.button) == "Unlock"


def test_one_waits_and_is_let_in_afterwards(view, calls, clock):
    view.field.set("000001")
    view.submit()
    view.wrong(0, 30.0)
    assert view.note.text == "Wrong PIN. Try again in 30 s." and not view.button.is_enabled
    view.field.set("482915")
    view.submit()
    assert len(calls.of("unlock")) == 1
    clock[0] += 30.0
    view._count_down()
    assert view.note.text == "Try again now." and view.button.is_enabled
    view.submit()
    assert len(calls.of("unlock")) == 2


def test_typing_again_takes_the_error_away(view):
    view.field.set("000001")
    view.submit()
    view.wrong(2, 0.0)
    written(view.field.entry, "4")
    assert view.note.text == "" and not view.field.has_error


def test_another_trouble_is_said_and_the_pin_stays(view):
    view.field.set("482915")
    view.submit()
    view.failed("The disk is full.")
    assert view.note.text == "The disk is full." and view.field.get() == "482915"


def test_caps_lock_is_told_unless_something_worse_is(view):
    view._caps_lock(True)
    assert view.note.text == "Caps Lock is on."
    view._caps_lock(False)
    assert view.note.text == ""
    view.failed("The disk is full.")
    view._caps_lock(True)
    assert view.note.text == "The disk is full."
