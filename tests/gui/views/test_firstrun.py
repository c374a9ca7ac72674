from __future__ import annotations

import pytest

from tests.gui.conversation.kit import Recorder
from tests.gui.views.chat_kit import look_of, placed, typed, written
from tests.gui.views.state_kit import OWN, texts_of
from whispr.gui.checks import SecretCheck
from whispr.gui.views.firstrun import FirstRunView
from whispr.gui.views.parts import surface

GOOD = SecretCheck(3, True, "Good.", True, True, True)
WEAK = SecretCheck(0, False, "Too short.", False, True, True)


class Actions(Recorder):
    """Names that begin with x are refused; six characters are a good secret."""

    def name_problem(self, name):
        return "That name cannot be used." if name.startswith("x") else ""

    def check_secret(self, secret, _name):
        return GOOD if len(secret) >= 6 else WEAK

    def local_address(self):
        return ""


@pytest.fixture
def calls():
    return Actions()


@pytest.fixture
def view(root, calls):
    parent = surface(root, "bg")
    made = FirstRunView(parent, look_of(root), calls)
    placed(parent, width=900, height=700)
    made.parent = parent
    return made


def to_relay(view):
    view.name, view.secret = "Alice", "482915"
    view.show_relay()


def test_a_name_comes_first_and_enter_goes_on(view):
    assert not view.button.is_enabled
    written(view.field.entry, "al")
    assert view.button.is_enabled
    typed(view.field.entry, "<Return>")
    assert view.name == "al" and view.form is not None


def test_a_name_that_cannot_be_used_is_said_at_once(view):
    written(view.field.entry, "x")
    assert view.note.text == "That name cannot be used." and view.field.has_error
    typed(view.field.entry, "<Return>")
    assert not view.button.is_enabled and view.name == ""


@pytest.mark.parametrize(
    ("first", "second", "good"),
    [("482915", "482915", True), ("482915", "482916", False), ("4829", "4829", False)],
)
def test_both_fields_must_match_and_be_good(view, first, second, good):
    view.name = "Alice"
    view.show_secret()
    view.form.first.set(first)
    view.form.second.set(second)
    assert view.form.is_good is good and view.button.is_enabled is good


def test_a_relay_of_somebody_is_used(view, calls):
    to_relay(view)
    view.field.set("whispr://relay.example")
    typed(view.field.entry, "<Return>")
    assert calls.of("use_relay") == [("whispr://relay.example",)]


def test_a_relay_that_does_not_answer_is_said(view):
    to_relay(view)
    view.field.set("whispr://relay.example")
    view._relay_done()
    view.relay_failed("The relay does not answer.")
    assert view.note.text == "The relay does not answer." and view.field.has_error
    assert view.field.get() == "whispr://relay.example"


def test_going_back_keeps_what_was_typed(view):
    view.name = "Alice"
    view.show_secret()
    view.show_name()
    assert view.field.get() == "Alice" and view.button.is_enabled


def test_the_card_is_shared_at_the_end(view, calls):
    to_relay(view)
    view.show_share(OWN)
    view.parent.update()
    assert any(text.startswith("whispr://") or "card" in text for text in texts_of(view.parent))
    view.button.invoke()
    assert calls.of("start")
