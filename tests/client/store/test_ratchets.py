from __future__ import annotations

from typing import Any

import pytest

from whispr.client.store.contacts import Contact
from whispr.client.store.profile_store import ProfileStore
from whispr.client.store.ratchets import MAX_SESSIONS

DEVICE, OTHER = b"d" * 32, b"o" * 32


def session_id(number: int) -> bytes:
    return number.to_bytes(16, "big")


def add(store: ProfileStore, contact: Contact, number: int, **changes: Any) -> None:
    store.ratchets.add(
        **{
            "session_id": session_id(number),
            "contact_id": contact.contact_id,
            "device_key": DEVICE,
            "state": b"state %d" % number,
            "begun_here": True,
            "now_ms": number,
            **changes,
        }
    )


def test_a_session_begins_unanswered_here_and_answered_when_it_came(
    store: ProfileStore, alice: Contact
) -> None:
    add(store, alice, 1)
    add(store, alice, 2, begun_here=False)
    first, second = store.ratchets.of_device(DEVICE)
    assert (first.answered, first.begun_here, first.state) == (False, True, b"state 1")
    assert (second.answered, second.begun_here) == (True, False)
    assert store.ratchets.get(session_id(3)) is None
    assert b"state" not in repr(first).encode()


def test_states_move_on(store: ProfileStore, alice: Contact) -> None:
    add(store, alice, 1)
    store.ratchets.record_sent(session_id(1), b"sent")
    row = store.ratchets.get(session_id(1))
    assert row is not None and (row.state, row.answered) == (b"sent", False)
    store.ratchets.record_decrypted(session_id(1), b"heard", 0)
    row = store.ratchets.get(session_id(1))
    assert row is not None and (row.state, row.answered) == (b"heard", True)


def test_a_state_and_its_message_are_one_commit(store: ProfileStore, alice: Contact) -> None:
    add(store, alice, 1)
    with pytest.raises(RuntimeError):
        with store.transaction():
            store.ratchets.record_decrypted(session_id(1), b"heard", 5)
            assert store.ratchets.take_once(b"x" * 32, 10)
            raise RuntimeError
    row = store.ratchets.get(session_id(1))
    assert row is not None and (row.state, row.answered) == (b"state 1", False)
    assert not store.ratchets.was_taken(b"x" * 32)


def test_the_oldest_makes_room_among_those_of_its_device(
    store: ProfileStore, alice: Contact
) -> None:
    add(store, alice, 100, device_key=OTHER)
    for number in range(1, MAX_SESSIONS + 3):
        add(store, alice, number)
    kept = [row.session_id for row in store.ratchets.of_device(DEVICE)]
    assert kept == [session_id(number) for number in (3, 4, 5, 6)]
    assert len(store.ratchets.of_device(OTHER)) == 1


def test_retiring_spares_those_that_are_named_and_other_devices(
    store: ProfileStore, alice: Contact
) -> None:
    for number in (1, 2, 3):
        add(store, alice, number)
    add(store, alice, 9, device_key=OTHER)
    store.ratchets.retire(DEVICE, but=(session_id(2),))
    assert [row.is_retired for row in store.ratchets.of_device(DEVICE)] == [True, False, True]
    assert not store.ratchets.of_device(OTHER)[0].is_retired
    store.ratchets.retire(DEVICE)
    assert all(row.is_retired for row in store.ratchets.of_device(DEVICE))


def test_sessions_go_with_their_contact_and_what_was_spoken_stays(
    store: ProfileStore, alice: Contact
) -> None:
    """Else removing a contact and adding him again would let the older protection in."""
    add(store, alice, 1)
    store.ratchets.note_suite_2(DEVICE)
    store.ratchets.note_suite_2(DEVICE)
    store.contacts.remove(alice.contact_id)
    assert store.ratchets.of_device(DEVICE) == ()
    assert store.ratchets.spoke_suite_2(DEVICE)
    assert not store.ratchets.spoke_suite_2(OTHER)


def test_taken_once_until_it_is_forgotten(store: ProfileStore) -> None:
    assert store.ratchets.take_once(b"x" * 32, 10)
    assert not store.ratchets.take_once(b"x" * 32, 10)
    assert store.ratchets.purge(9) == 0
    assert store.ratchets.was_taken(b"x" * 32)
    assert store.ratchets.purge(10) == 1
    assert not store.ratchets.was_taken(b"x" * 32)
