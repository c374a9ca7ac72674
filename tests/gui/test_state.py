from __future__ import annotations

import dataclasses

import pytest

from whispr.gui.items import ConnectionItem, ConversationItem, OwnItem, RequestItem
from whispr.gui.news import Opened, PeopleNews
from whispr.gui.state import (
    AppState,
    BannerLine,
    FootLine,
    banner_line,
    foot_line,
    header_line,
    life_text,
)

OWN = OwnItem("Alice", b"\1" * 32, "wsp1a", "whispr://card")
ONLINE = ConnectionItem("online", "relay.example:7443", message_life_ms=60_000)
LOST = ConnectionItem("waiting", "relay.example:7443", retry_at=108.0, lost_at=100.0)


def row(contact_id: int, **more: object) -> ConversationItem:
    return dataclasses.replace(
        ConversationItem(contact_id, f"Person {contact_id}", bytes([contact_id]) * 32),
        **more,  # type: ignore[arg-type]
    )


def state(*rows: ConversationItem, selected: int | None = None) -> AppState:
    return AppState.of(Opened(OWN, rows, (), ONLINE)).opening(selected)


def test_a_contact_that_is_gone_is_no_longer_open() -> None:
    before = state(row(1), row(2), selected=2)
    assert before.with_people(PeopleNews((row(1), row(2)), (), OWN)).selected == 2
    assert before.with_people(PeopleNews((row(1),), (), OWN)).selected is None


def test_a_draft_is_of_one_contact() -> None:
    after = state(row(1), row(2)).with_draft(1, "to one")
    assert [item.draft for item in after.conversations] == ["to one", ""]


@pytest.mark.parametrize(
    ("unread", "requests", "title"),
    [(0, 0, "Whispr"), (3, 0, "(3) Whispr"), (98, 1, "(99) Whispr"), (500, 0, "(99+) Whispr")],
)
def test_title_counts_and_names_nobody(unread: int, requests: int, title: str) -> None:
    strangers = tuple(RequestItem(n, "Eve", b"", "") for n in range(requests))
    shown = dataclasses.replace(state(row(1, unread=unread)), requests=strangers)
    assert shown.title == title


@pytest.mark.parametrize(
    ("selected", "step", "expected"),
    [(1, 1, 2), (3, 1, 1), (1, -1, 3), (None, 1, 1), (None, -1, 3)],
)
def test_next_chat_goes_around(selected: int | None, step: int, expected: int) -> None:
    assert state(row(1), row(2), row(3), selected=selected).neighbour(step) == expected


def test_next_unread_passes_by_the_others() -> None:
    shown = state(row(1), row(2), row(3, unread=1), selected=1)
    assert shown.neighbour(1, unread_only=True) == 3
    assert state(row(1), row(2), selected=1).neighbour(1, unread_only=True) is None
    assert state().neighbour(1) is None


def test_chat_by_number() -> None:
    shown = state(row(5), row(7))
    assert (shown.nth(1), shown.nth(2), shown.nth(3), shown.nth(0)) == (5, 7, None, None)


def test_search_finds_names_by_all_words() -> None:
    shown = state(row(1, name="Ana Sofia"), row(2, name="Anatol")).searching("ANA so")
    assert [item.contact_id for item in shown.shown()] == [1]


@pytest.mark.parametrize(
    ("connection", "expected"),
    [
        (ONLINE, FootLine("ok", "Connected · relay.example")),
        (LOST, FootLine("danger", "Offline · retry in 8 s", "Retry now")),
        (ConnectionItem("replaced", "h:1"), FootLine("warn", "Open elsewhere", "Use here")),
        (
            ConnectionItem("refused", "h:1"),
            FootLine("danger", "Refused by the relay", "Retry now"),
        ),
    ],
)
def test_foot_says_cause_countdown_and_what_to_do(
    connection: ConnectionItem, expected: FootLine
) -> None:
    assert foot_line(connection, 100.0) == expected


def test_countdown_at_its_end_is_an_attempt() -> None:
    assert foot_line(LOST, 108.0).text == "Offline · connecting"


def test_header_names_the_most_important_thing() -> None:
    changed = row(1, key_changed=True, verified=True)
    assert header_line(changed, LOST)[0] == "danger"
    assert header_line(row(1, verified=True), LOST)[1].startswith("Offline")
    assert header_line(row(1), ONLINE) == (None, "Not verified yet")
    said = "Verified contact · relay keeps messages 60 s"
    assert header_line(row(1, verified=True), ONLINE) == (None, said)


def test_banner_comes_when_something_waits_or_after_ten_seconds() -> None:
    assert banner_line(row(1), ONLINE, 100.0) is None
    assert banner_line(row(1), LOST, 109.9) is None
    late = banner_line(row(1), LOST, 110.0)
    assert late is not None and late.text == "No connection to relay.example."
    waiting = banner_line(row(1, waiting=2), LOST, 100.5)
    assert waiting == BannerLine(
        "danger",
        "wifioff",
        "No connection to relay.example. 2 messages will be sent when it returns.",
        ("Details", "Retry now"),
    )


def test_banner_for_another_device() -> None:
    shown = banner_line(row(1, key_changed=True), ONLINE, 0.0)
    assert shown is not None and shown.actions == ("What is this?", "Compare", "Go on")


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (None, ""),
        (60_000, "60 s"),
        (900_000, "15 min"),
        (86_400_000, "24 h"),
        (7 * 86_400_000, "7 days"),
    ],
)
def test_a_life_has_its_unit(milliseconds: int | None, text: str) -> None:
    assert life_text(milliseconds) == text
