"""A content is shown once: seen rows outlive the history (defect R2 of the predecessor)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from whispr.client.store.contacts import Contact
    from whispr.client.store.message import Message
    from whispr.client.store.profile_store import ProfileStore

CONTENT_ID = b"c" * 16


def test_content_is_new_once_for_each_sender(
    store: ProfileStore, alice: Contact, bob: Contact
) -> None:
    assert store.seen.mark(alice.identity, CONTENT_ID, 100)
    assert not store.seen.mark(alice.identity, CONTENT_ID, 100)
    assert store.seen.mark(bob.identity, CONTENT_ID, 100)
    assert store.seen.mark(alice.identity, b"d" * 16, 100)
    assert store.seen.count() == 3


def test_purge_drops_what_is_due_and_nothing_else(store: ProfileStore, alice: Contact) -> None:
    store.seen.mark(alice.identity, CONTENT_ID, 100)
    store.seen.mark(alice.identity, b"d" * 16, 101)
    assert store.seen.purge(99) == 0
    assert store.seen.purge(100) == 1
    assert not store.seen.contains(alice.identity, CONTENT_ID)
    assert store.seen.contains(alice.identity, b"d" * 16)


def test_what_was_forgotten_is_remembered_as_one_time(store: ProfileStore, alice: Contact) -> None:
    assert store.seen.forgotten_until_ms == 0
    store.seen.mark(alice.identity, CONTENT_ID, 100)
    store.seen.mark(alice.identity, b"d" * 16, 150)
    store.seen.mark(alice.identity, b"e" * 16, 300)
    assert store.seen.purge(200) == 2
    assert store.seen.forgotten_until_ms == 150, "of what was dropped, not of the clock"
    assert store.seen.purge(50) == 0
    store.seen.mark(alice.identity, b"f" * 16, 120)
    assert store.seen.purge(130) == 1
    assert store.seen.forgotten_until_ms == 150, "it never goes back"


def test_repetition_that_lives_longer_is_remembered_longer(
    store: ProfileStore, alice: Contact
) -> None:
    store.seen.mark(alice.identity, CONTENT_ID, 100)
    store.seen.mark(alice.identity, CONTENT_ID, 200)
    store.seen.mark(alice.identity, CONTENT_ID, 150)
    assert store.seen.purge(199) == 0
    assert store.seen.purge(200) == 1


def test_forgotten_content_is_new_again(store: ProfileStore, alice: Contact) -> None:
    store.seen.mark(alice.identity, CONTENT_ID, 100)
    store.seen.forget(alice.identity, [CONTENT_ID, b"d" * 16])
    assert store.seen.mark(alice.identity, CONTENT_ID, 100)


def test_row_is_written_with_its_message_or_not_at_all(
    store: ProfileStore, alice: Contact, receive: Callable[..., Message]
) -> None:
    with pytest.raises(RuntimeError), store.transaction():
        store.seen.mark(alice.identity, CONTENT_ID, 100)
        receive(alice, "hello")
        raise RuntimeError
    assert not store.seen.contains(alice.identity, CONTENT_ID)
    assert store.history.count() == 0


def test_content_stays_seen_when_history_is_wiped_and_the_contact_removed(
    store: ProfileStore, alice: Contact, receive: Callable[..., Message]
) -> None:
    message = receive(alice, "hello")
    store.seen.mark(alice.identity, message.content_id, 100)
    store.wipe_conversation(alice.contact_id)
    assert not store.seen.mark(alice.identity, message.content_id, 100)
    store.contacts.remove(alice.contact_id)
    assert not store.seen.mark(alice.identity, message.content_id, 100)
