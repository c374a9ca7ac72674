from __future__ import annotations

import pytest

from tests.gui.conversation.kit import Recorder
from tests.gui.views.chat_kit import look_of, placed, typed
from tests.gui.views.state_kit import BOB, CAROL, DAVE, STRANGER, clock_ms, state_of, texts_of
from whispr.gui.items import SearchHitItem
from whispr.gui.views.contactlist import ContactList


@pytest.fixture
def calls():
    return Recorder()


@pytest.fixture
def contacts(root, calls):
    made = ContactList(root, look_of(root), calls, clock_ms=clock_ms)
    placed(made, width=316, height=500)
    return made


def test_rows_are_in_the_order_of_the_state(contacts):
    contacts.show(state_of(BOB, CAROL, DAVE))
    shown = texts_of(contacts)
    assert [name for name in shown if name in ("Bob", "Carol", "Dave")] == ["Bob", "Carol", "Dave"]
    assert "See you tonight" in shown and "99+" in shown


def test_arrows_move_only_and_enter_opens(contacts, calls):
    contacts.show(state_of(BOB, CAROL, DAVE))
    typed(contacts.canvas, "<Down>", "<Down>", "<Down>", "<Up>")
    assert calls.calls == []
    typed(contacts.canvas, "<Return>")
    assert calls.calls == [("open_contact", 2)]


def test_the_ring_stops_at_both_ends(contacts, calls):
    contacts.show(state_of(BOB, CAROL))
    typed(contacts.canvas, "<Down>", "<Down>", "<Down>", "<Return>", "<Up>", "<Up>", "<Return>")
    assert calls.of("open_contact") == [(2,), (1,)]


def test_the_ring_stays_with_its_contact_when_the_order_changes(contacts, calls):
    contacts.show(state_of(BOB, CAROL))
    typed(contacts.canvas, "<Down>")
    contacts.show(state_of(CAROL, BOB))
    typed(contacts.canvas, "<Return>")
    assert calls.of("open_contact") == [(1,)]


def test_a_click_opens_and_the_other_button_shows_the_menu(contacts, calls):
    contacts.show(state_of(BOB, CAROL))
    contacts.update()
    contacts.canvas.event_generate("<Button-1>", x=100, y=100)
    contacts.canvas.event_generate("<Button-3>", x=100, y=20)
    assert calls.of("open_contact") == [(2,)] and calls.of("row_menu")[0][0] == 1


def test_the_menu_has_a_key(contacts, calls):
    contacts.show(state_of(BOB, CAROL, selected=2))
    typed(contacts.canvas, "<Shift-F10>")
    assert calls.of("row_menu")[0][0] == 2


def test_requests_and_hits_are_opened_too(contacts, calls):
    contacts.show(state_of(BOB, requests=(STRANGER,)))
    typed(contacts.canvas, "<Up>", "<Up>", "<Up>", "<Down>", "<Up>")
    contacts.open_ring()
    hit = SearchHitItem(40, 1, "Bob", "the relay")
    contacts.show(state_of(query="relay", hits=(hit,)))
    contacts.move(1)
    assert contacts.open_ring() and calls.calls[-1] == ("open_hit", 1, 40)
    assert calls.of("show_requests") or calls.of("open_contact")


def test_nothing_found_is_said_with_what_was_searched_for(contacts):
    contacts.show(state_of(BOB, query="foo"))
    assert any("foo" in text for text in texts_of(contacts)) and not contacts.open_ring()


def test_a_rail_shows_no_words(contacts):
    contacts.set_rail(True)
    contacts.show(state_of(BOB))
    assert "See you tonight" not in texts_of(contacts)
