from __future__ import annotations

from collections.abc import Callable

import pytest

from whispr.client.store.contacts import Contact
from whispr.client.store.drafts import Drafts
from whispr.client.store.profile_store import ProfileStore
from whispr.errors import StorageError


@pytest.fixture
def drafts(store: ProfileStore) -> Drafts:
    return store.drafts


def test_each_contact_has_a_draft_of_his_own(
    drafts: Drafts, add_contact: Callable[..., Contact]
) -> None:
    alice, bob = add_contact("Alice", 1), add_contact("Bob", 2)
    drafts.set(alice.contact_id, "to Alice")
    drafts.set(bob.contact_id, "to Bob")
    drafts.set(bob.contact_id, "to Bob, again")
    assert drafts.get(alice.contact_id) == "to Alice"
    assert drafts.all() == {alice.contact_id: "to Alice", bob.contact_id: "to Bob, again"}


def test_no_draft_is_an_empty_text(drafts: Drafts, add_contact: Callable[..., Contact]) -> None:
    alice = add_contact()
    assert drafts.get(alice.contact_id) == ""
    drafts.set(alice.contact_id, "something")
    drafts.set(alice.contact_id, "")
    assert drafts.all() == {}


def test_what_cannot_be_written_as_utf8_is_left_out(
    drafts: Drafts, add_contact: Callable[..., Contact]
) -> None:
    alice = add_contact()
    drafts.set(alice.contact_id, "a\udcffb")
    assert drafts.get(alice.contact_id) == "ab"


def test_draft_goes_with_its_contact(
    store: ProfileStore, drafts: Drafts, add_contact: Callable[..., Contact]
) -> None:
    alice = add_contact()
    drafts.set(alice.contact_id, "to Alice")
    store.contacts.remove(alice.contact_id)
    assert drafts.all() == {}


def test_nobody_gets_no_draft(drafts: Drafts) -> None:
    with pytest.raises(StorageError):
        drafts.set(99, "lost")
