"""Contacts: unique names and keys, cards whose version only rises, states."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from whispr.client.store.contacts import CardChange, Contact, ContactState
from whispr.client.store.message import Message
from whispr.client.store.orders import OrderGap
from whispr.client.store.outbox_row import OutboxKind
from whispr.client.store.profile_store import ProfileStore
from whispr.errors import ContactConflictError, StorageError, UnknownContactError, UserInputError

if TYPE_CHECKING:
    from collections.abc import Callable


def test_contact_is_found_by_each_of_its_names(store: ProfileStore, alice: Contact) -> None:
    contacts = store.contacts
    assert contacts.get(alice.contact_id) == alice
    assert contacts.get_by_name("aLICE") == alice
    assert contacts.get_by_identity(alice.identity) == alice
    assert contacts.get_by_device_key(alice.device_key) == alice
    assert contacts.get_by_name("Bob") is None
    assert contacts.get_by_identity(alice.device_key) is None
    assert alice.state is ContactState.ACCEPTED
    assert (alice.verified_at_ms, alice.answered, alice.key_changed) == (None, False, False)


def test_name_that_is_taken_is_numbered(add_contact: Callable[..., Contact]) -> None:
    names = [add_contact(name, number).name for number, name in enumerate(["Alice"] * 3, 1)]
    assert names == ["Alice", "Alice (2)", "Alice (3)"]
    assert add_contact("ALICE", 9).name == "ALICE (4)"


def test_identity_or_device_of_another_contact_is_refused(
    store: ProfileStore, alice: Contact
) -> None:
    fields = {
        "name": "Other",
        "card": b"",
        "card_version": 1,
        "mailbox": bytes(32),
        "created_ms": 0,
    }
    with pytest.raises(ContactConflictError, match="identity"):
        store.contacts.add(identity=alice.identity, device_key=bytes(32), **fields)
    with pytest.raises(ContactConflictError, match="device"):
        store.contacts.add(identity=bytes(32), device_key=alice.device_key, **fields)
    assert store.contacts.list() == (alice,)


@pytest.mark.parametrize("field", ["identity", "device_key", "mailbox"])
@pytest.mark.parametrize("length", [31, 33])
def test_key_of_another_length_is_refused(store: ProfileStore, field: str, length: int) -> None:
    keys = {"identity": bytes(32), "device_key": bytes(32), "mailbox": bytes(32)}
    keys[field] = bytes(length)
    with pytest.raises(StorageError, match="CHECK"):
        store.contacts.add(name="Alice", card=b"", card_version=1, created_ms=0, **keys)


def test_rename_takes_a_free_name_only(store: ProfileStore, alice: Contact, bob: Contact) -> None:
    assert store.contacts.rename(alice.contact_id, "ALICE").name == "ALICE"
    with pytest.raises(ContactConflictError):
        store.contacts.rename(bob.contact_id, "alice")
    with pytest.raises(UserInputError):
        store.contacts.rename(bob.contact_id, "\u202e")
    assert store.contacts.get(bob.contact_id).name == "Bob"


def test_unknown_contact_is_said_so(store: ProfileStore) -> None:
    contacts = store.contacts
    for act in (contacts.get, contacts.remove, contacts.take_order, contacts.mark_answered):
        with pytest.raises(UnknownContactError):
            act(77)


def test_list_is_by_name_and_state(
    store: ProfileStore, add_contact: Callable[..., Contact]
) -> None:
    add_contact("zoe", 1)
    add_contact("Bob", 2)
    add_contact("alice", 3, ContactState.REQUEST)
    assert [contact.name for contact in store.contacts.list()] == ["alice", "Bob", "zoe"]
    accepted = store.contacts.list(ContactState.ACCEPTED)
    assert [contact.name for contact in accepted] == ["Bob", "zoe"]
    assert store.contacts.count(ContactState.REQUEST) == 1


def test_allowed_keys_are_of_accepted_contacts_latest_first(
    store: ProfileStore, add_contact: Callable[..., Contact]
) -> None:
    old, recent = add_contact("Old", 1), add_contact("Recent", 2)
    add_contact("Stranger", 3, ContactState.REQUEST)
    add_contact("Blocked", 4, ContactState.BLOCKED)
    assert store.contacts.allowed_keys() == (recent.device_key, old.device_key)
    store.contacts.touch_seen(old.contact_id, recent.created_ms + 1)
    assert store.contacts.allowed_keys(limit=1) == (old.device_key,)


@pytest.mark.parametrize(
    ("version", "card", "change"),
    [
        (6, b"newer", CardChange.APPLIED),
        (2**32 - 1, b"newest", CardChange.APPLIED),
        (5, b"known", CardChange.UNCHANGED),
        (5, b"forked", CardChange.REFUSED),
        (4, b"known", CardChange.REFUSED),
        (0, b"older", CardChange.REFUSED),
    ],
)
def test_card_version_only_rises(
    store: ProfileStore, alice: Contact, version: int, card: bytes, change: CardChange
) -> None:
    keys = {"device_key": alice.device_key, "mailbox": alice.mailbox}
    store.contacts.update_card(alice.contact_id, card=b"known", card_version=5, **keys)
    before = store.contacts.get(alice.contact_id)
    result = store.contacts.update_card(alice.contact_id, card=card, card_version=version, **keys)
    assert result is change
    after = store.contacts.get(alice.contact_id)
    if change is CardChange.APPLIED:
        assert (after.card, after.card_version) == (card, version)
    else:
        assert after == before
    assert not after.key_changed


def test_new_device_is_flagged_until_it_is_acknowledged(
    store: ProfileStore, alice: Contact
) -> None:
    contacts, contact_id = store.contacts, alice.contact_id
    contacts.set_verified(contact_id, 123)
    for version, device in ((2, b"d" * 32), (3, b"d" * 32)):
        contacts.update_card(
            contact_id, card=b"c", card_version=version, device_key=device, mailbox=b"m" * 32
        )
        assert contacts.get(contact_id).key_changed  # a later card does not hide it
    assert contacts.get(contact_id).verified_at_ms == 123
    assert contacts.get_by_device_key(alice.device_key) is None
    contacts.acknowledge_key_change(contact_id)
    assert not contacts.get(contact_id).key_changed


def test_card_with_the_device_of_another_contact_is_refused(
    store: ProfileStore, alice: Contact, bob: Contact
) -> None:
    with pytest.raises(ContactConflictError):
        store.contacts.update_card(
            alice.contact_id,
            card=b"c",
            card_version=9,
            device_key=bob.device_key,
            mailbox=bob.mailbox,
        )
    assert store.contacts.get(alice.contact_id) == alice


def test_marks_of_a_contact(store: ProfileStore, alice: Contact) -> None:
    contacts, contact_id = store.contacts, alice.contact_id
    contacts.set_verified(contact_id, 5)
    contacts.mark_answered(contact_id)
    contacts.touch_seen(contact_id, 100)
    contacts.touch_seen(contact_id, 99)
    marked = contacts.get(contact_id)
    assert (marked.verified_at_ms, marked.answered, marked.last_seen_ms) == (5, True, 100)
    contacts.clear_verified(contact_id)
    assert contacts.get(contact_id).verified_at_ms is None


def test_orders_and_gaps_of_a_contact(store: ProfileStore, alice: Contact) -> None:
    assert [store.contacts.take_order(alice.contact_id) for _ in range(3)] == [1, 2, 3]
    assert store.contacts.get(alice.contact_id).next_order == 4
    store.contacts.note_order(alice.contact_id, 3)
    assert store.contacts.gaps(alice.contact_id) == (OrderGap(1, 2),)


def test_remove_takes_everything_but_the_seen_rows(
    store: ProfileStore,
    alice: Contact,
    bob: Contact,
    receive: Callable[..., Message],
) -> None:
    receive(alice, "one", 1)
    kept = receive(bob, "two", 2)
    store.contacts.note_order(alice.contact_id, 5)
    store.seen.mark(alice.identity, bytes(16), 10)
    store.outbox.put(
        alice.contact_id, bytes(16), kind=OutboxKind.TEXT, content=b"", now_ms=0, expires_at_ms=9
    )
    store.contacts.remove(alice.contact_id)
    assert store.contacts.list() == (bob,)
    assert store.history.conversation(bob.contact_id) == (kept,)
    assert store.history.count() == 1
    assert store.outbox.pending() == ()
    assert store.search.count("one") == 0
    assert store.seen.contains(alice.identity, bytes(16))
    store.database.check_integrity()
