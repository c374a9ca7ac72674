from __future__ import annotations

from collections.abc import Callable

from whispr.client.store.contacts import Contact
from whispr.client.store.message import Direction, Fate, Message, Protection
from whispr.client.store.profile_store import ProfileStore


def test_a_message_says_why_it_waits_once(
    store: ProfileStore, alice: Contact, bob: Contact, write: Callable[..., Message]
) -> None:
    message = write(alice, "hello")
    assert store.notes.note_waiting(message.content_id, alice.contact_id, "no keys")
    assert not store.notes.note_waiting(message.content_id, alice.contact_id, "no keys")
    assert not store.notes.note_waiting(message.content_id, bob.contact_id, "no keys")
    found = store.history.get(message.message_id)
    assert found is not None and (found.fate, found.reason) == (Fate.QUEUED, "no keys")


def test_what_has_left_does_not_wait(
    store: ProfileStore, alice: Contact, write: Callable[..., Message]
) -> None:
    message = write(alice, "hello", fate=Fate.ACCEPTED)
    assert not store.notes.note_waiting(message.content_id, alice.contact_id, "no keys")


def test_of_several_attempts_the_weakest_protection_stays(
    store: ProfileStore, alice: Contact, write: Callable[..., Message]
) -> None:
    message = write(alice, "hello")
    assert message.protection is Protection.UNKNOWN

    def note(protection: Protection) -> Protection:
        store.notes.note_protection(message.content_id, alice.contact_id, Direction.OUT, protection)
        found = store.history.get(message.message_id)
        assert found is not None
        return found.protection

    assert note(Protection.FORWARD_SECRET) is Protection.FORWARD_SECRET
    assert note(Protection.OLDER_BY_CHOICE) is Protection.OLDER_BY_CHOICE
    assert note(Protection.FORWARD_SECRET) is Protection.OLDER_BY_CHOICE
