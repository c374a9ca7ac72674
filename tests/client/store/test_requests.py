"""Strangers: few, short, told nothing, and nothing of theirs is lost by accepting late."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from whispr.client.store.contacts import ContactState
from whispr.client.store.outbox_row import OutboxKind
from whispr.client.store.requests import (
    MAX_REQUEST_TEXT_BYTES,
    MAX_REQUEST_TEXTS,
    MAX_REQUESTS,
)
from whispr.errors import ContactConflictError, UserInputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from whispr.client.store.contacts import Contact
    from whispr.client.store.message import Message
    from whispr.client.store.profile_store import ProfileStore

    Admit = Callable[..., Contact]
    Say = Callable[..., Message | None]


@pytest.fixture
def admit(store: ProfileStore) -> Admit:
    def admit_stranger(number: int, name: str = "Stranger") -> Contact:
        return store.requests.admit(
            identity=number.to_bytes(32, "big"),
            name=name,
            card=b"card",
            card_version=1,
            device_key=(10_000 + number).to_bytes(32, "big"),
            mailbox=bytes(32),
            created_ms=number,
            fallback_name="wsp1fallback",
        )

    return admit_stranger


@pytest.fixture
def say(store: ProfileStore) -> Say:
    def say_text(stranger: Contact, text: str, number: int = 1) -> Message | None:
        return store.requests.add_text(
            stranger.contact_id,
            number.to_bytes(16, "big"),
            text,
            sent_at_ms=1,
            stored_at_ms=2,
            order_number=number,
            forget_at_ms=100,
        )

    return say_text


def test_stranger_is_a_contact_that_waits(store: ProfileStore, admit: Admit) -> None:
    first, second = admit(1), admit(2)
    assert first.state is ContactState.REQUEST
    assert store.requests.list() == (second, first)
    assert store.contacts.allowed_keys() == ()
    with pytest.raises(ContactConflictError):
        admit(1)


def test_name_with_nothing_to_see_is_replaced(admit: Admit) -> None:
    assert admit(1, "\u202e").name == "wsp1fallback"


def test_oldest_request_makes_room_and_may_come_again(
    store: ProfileStore, admit: Admit, say: Say
) -> None:
    for number in range(1, MAX_REQUESTS + 1):
        stranger = admit(number)
        if number == 1:
            say(stranger, "hello")
    assert store.contacts.count(ContactState.REQUEST) == MAX_REQUESTS
    newest = admit(MAX_REQUESTS + 1)
    waiting = store.requests.list()
    assert len(waiting) == MAX_REQUESTS
    assert waiting[0] == newest
    assert store.contacts.get_by_identity((1).to_bytes(32, "big")) is None
    assert store.history.count() == 0
    assert say(admit(1), "hello") is not None  # not held back as seen


def test_accepted_contacts_never_make_room(
    store: ProfileStore, add_contact: Callable[..., Contact], admit: Admit
) -> None:
    friend = add_contact("Friend", 5000)
    for number in range(1, MAX_REQUESTS + 3):
        admit(number)
    assert store.contacts.get(friend.contact_id) == friend
    assert store.contacts.count(ContactState.REQUEST) == MAX_REQUESTS


def test_only_the_first_texts_are_kept_and_the_others_stay_unseen(
    store: ProfileStore, admit: Admit, say: Say
) -> None:
    stranger = admit(1)
    for number in range(1, MAX_REQUEST_TEXTS + 1):
        assert say(stranger, f"text {number}", number) is not None
    late_id = (MAX_REQUEST_TEXTS + 1).to_bytes(16, "big")
    assert say(stranger, "one too many", MAX_REQUEST_TEXTS + 1) is None
    assert store.history.count(stranger.contact_id) == MAX_REQUEST_TEXTS
    assert not store.seen.contains(stranger.identity, late_id)
    assert store.seen.contains(stranger.identity, (1).to_bytes(16, "big"))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("x" * MAX_REQUEST_TEXT_BYTES, True),
        ("x" * (MAX_REQUEST_TEXT_BYTES + 1), False),
        ("\u00e9" * (MAX_REQUEST_TEXT_BYTES // 2), True),
        ("\u00e9" * (MAX_REQUEST_TEXT_BYTES // 2) + "x", False),
    ],
)
def test_long_text_is_not_kept_and_stays_unseen(
    store: ProfileStore, admit: Admit, say: Say, text: str, kept: bool
) -> None:
    stranger = admit(1)
    assert (say(stranger, text) is not None) == kept
    assert store.seen.contains(stranger.identity, (1).to_bytes(16, "big")) == kept


def test_text_that_comes_again_is_kept_once(store: ProfileStore, admit: Admit, say: Say) -> None:
    stranger = admit(1)
    assert say(stranger, "hello") is not None
    assert say(stranger, "hello") is None
    assert store.history.count() == 1


def test_accepted_texts_enter_the_history_after_every_cursor(
    store: ProfileStore,
    alice: Contact,
    admit: Admit,
    say: Say,
    receive: Callable[..., Message],
) -> None:
    stranger = admit(2)
    say(stranger, "first", 1)
    say(stranger, "second", 2)
    receive(alice, "meanwhile")
    cursor = store.history.last_id()
    accepted = store.requests.accept(stranger.contact_id)
    assert accepted.state is ContactState.ACCEPTED
    assert [message.text for message in store.history.after(cursor)] == ["first", "second"]
    assert store.history.count() == 3
    assert store.search.count("second") == 1
    assert store.history.unread_counts()[stranger.contact_id] == 2
    assert accepted.device_key in store.contacts.allowed_keys()


def test_only_a_request_can_be_accepted(store: ProfileStore, alice: Contact, say: Say) -> None:
    with pytest.raises(UserInputError):
        store.requests.accept(alice.contact_id)
    with pytest.raises(UserInputError):
        say(alice, "hello")


def test_blocked_identity_is_remembered_and_its_messages_go(
    store: ProfileStore, alice: Contact, receive: Callable[..., Message]
) -> None:
    receive(alice, "hello")
    store.outbox.put(
        alice.contact_id, bytes(16), kind=OutboxKind.RECEIPT, content=b"", now_ms=0, expires_at_ms=9
    )
    blocked = store.requests.block(alice.contact_id)
    assert blocked.state is ContactState.BLOCKED
    assert store.contacts.get_by_identity(alice.identity) == blocked
    assert store.contacts.allowed_keys() == ()
    assert store.history.count() == 0
    assert store.outbox.pending() == ()
    assert store.history.summaries() == ()


def test_unblocked_contact_is_accepted(store: ProfileStore, admit: Admit) -> None:
    stranger = admit(1)
    with pytest.raises(UserInputError):
        store.requests.unblock(stranger.contact_id)
    store.requests.block(stranger.contact_id)
    assert store.requests.unblock(stranger.contact_id).state is ContactState.ACCEPTED
