from __future__ import annotations

import dataclasses

from whispr.gui.items import ConnectionItem, ConversationItem, OwnItem, RequestItem, SearchHitItem
from whispr.gui.rowlist import rows_of
from whispr.gui.state import AppState

STATE = AppState(
    OwnItem("Alice", b"", "", ""),
    (ConversationItem(1, "Bob", b"\1" * 32), ConversationItem(2, "Carol", b"\2" * 32)),
    connection=ConnectionItem("online"),
)
HIT = SearchHitItem(9, 1, "Bob", "the invoice")


def kinds(state: AppState) -> list[str]:
    return [row.kind for row in rows_of(state)]


def test_requests_come_first() -> None:
    asked = dataclasses.replace(STATE, requests=(RequestItem(3, "Eve", b"", ""),))
    assert kinds(asked) == ["requests", "conversation", "conversation"]
    assert rows_of(asked)[0].text == "1 message request"


def test_search_shows_people_then_messages() -> None:
    assert kinds(STATE.searching("bob", (HIT,))) == ["title", "conversation", "title", "hit"]


def test_titles_cannot_be_chosen() -> None:
    rows = rows_of(STATE.searching("bob", (HIT,)))
    assert [row.is_choosable for row in rows] == [False, True, False, True]


def test_nothing_is_said_in_words() -> None:
    assert rows_of(dataclasses.replace(STATE, conversations=()))[0].text == "No contacts yet"
    assert rows_of(STATE.searching("foo"))[0].text == "Nothing for ‘foo’"
    assert len(rows_of(STATE.searching("x" * 500))[0].text) < 50
