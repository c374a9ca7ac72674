from __future__ import annotations

import tkinter
from collections.abc import Callable
from typing import Any

import pytest

from whispr.gui.checks import RelayCheck, RelayState
from whispr.gui.look import Look
from whispr.gui.views.relaypage import RelayPage

HERE = RelayState("here.example:7443", "whispr://here", "1234 5678", ())
THERE = RelayCheck("there.example:7443", "whispr://there", "9abc def0")


class Actions:
    """Answers when the test says so."""

    relay_location = HERE.location

    def __init__(self) -> None:
        self.state = HERE
        self.asked: list[str] = []
        self.moved: list[str] = []
        self.found: Callable[[RelayCheck], object] = lambda _: None
        self.reply: Callable[[str, bool], object] = lambda _text, _good: None

    def relay_state(self, show: Callable[[RelayState], object]) -> None:
        show(self.state)

    def test_relay(self, address: str, reply: Any, found: Any) -> None:
        self.asked.append(address)
        self.reply, self.found = reply, found

    def move_relay(self, address: str, reply: Any) -> None:
        self.moved.append(address)
        self.reply = reply


@pytest.fixture
def actions() -> Actions:
    return Actions()


@pytest.fixture
def page(root: tkinter.Tk, actions: Actions) -> Any:
    parent = tkinter.Frame(root)
    parent.pack()
    yield RelayPage(parent, Look(root), actions)  # type: ignore[arg-type]
    parent.destroy()


def test_mailbox_moves_only_to_what_was_found_good(page: RelayPage, actions: Actions) -> None:
    page.move.invoke()
    assert not page.move.is_enabled and actions.moved == []
    page.field.set("whispr://there")
    page.test.invoke()
    assert actions.asked == ["whispr://there"] and not page.move.is_enabled
    actions.found(THERE)
    assert page.move.is_enabled
    page.move.invoke()
    assert actions.moved == [THERE.address] and not page.move.is_enabled
    actions.reply("Nothing answers.", False)
    assert page.note.text == "Nothing answers."


def test_another_address_wants_another_test(page: RelayPage, actions: Actions) -> None:
    page.field.set("whispr://there")
    page.test.invoke()
    page.field.set("whispr://elsewhere")
    page._typed("whispr://elsewhere")
    actions.found(THERE)
    assert not page.move.is_enabled


def test_own_relay_is_no_place_to_move_to(page: RelayPage, actions: Actions) -> None:
    page.test.invoke()
    actions.found(RelayCheck(HERE.location, HERE.address, HERE.fingerprint))
    assert actions.asked == [""] and not page.move.is_enabled


def test_pin_and_places_that_are_still_read_are_shown(page: RelayPage) -> None:
    assert "Its key: 1234 5678" in page.shown
    former = (("old.example:7443", 1_800_000_000_000),)
    page._show(RelayState("there.example:7443", "whispr://there", "", former))
    assert page.location.cget("text") == "there.example:7443"
    assert page.shown[-1] == "old.example:7443 is still read until 2027-01-15."
    assert not any("key" in text for text in page.shown)
