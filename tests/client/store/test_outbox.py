"""The outbox: in order, never twice while it lies on the relay, awake at any sign, once expired."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from whispr.client.store.outbox import MAX_IN_FLIGHT, OutboxKind, OutboxState
from whispr.client.store.profile_store import ProfileStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from whispr.client.store.contacts import Contact

    Put = Callable[..., int]

NOW = 1_000_000
LIFE = 7 * 24 * 3600 * 1000
TTL = 60_000
MINUTES = 60_000


@pytest.fixture
def put(store: ProfileStore) -> Put:
    def put_content(
        contact: Contact, number: int, kind: OutboxKind = OutboxKind.TEXT, now_ms: int = NOW
    ) -> int:
        return store.outbox.put(
            contact.contact_id,
            number.to_bytes(16, "big"),
            kind=kind,
            content=b"content %d" % number,
            now_ms=now_ms,
            expires_at_ms=now_ms + LIFE,
        )

    return put_content


def _due(store: ProfileStore, now_ms: int, busy: tuple[int, ...] = ()) -> list[int]:
    return [row.outbox_id for row in store.outbox.due(now_ms, busy=busy)]


def _accept(store: ProfileStore, outbox_id: int, now_ms: int, jitter: float = 1.0) -> None:
    store.outbox.record_accepted(outbox_id, now_ms=now_ms, expires_in_ms=TTL, jitter=jitter)


def test_content_is_due_at_once_and_comes_back_as_it_was(
    store: ProfileStore, alice: Contact, put: Put
) -> None:
    outbox_id = put(alice, 1)
    (row,) = store.outbox.due(NOW)
    assert row == store.outbox.get(outbox_id)
    assert (row.content, row.kind, row.state) == (b"content 1", OutboxKind.TEXT, OutboxState.QUEUED)
    assert (row.attempts, row.envelope, row.on_relay_until_ms) == (0, None, 0)
    assert _due(store, NOW - 1) == []
    assert store.outbox.next_due_ms() == NOW


def test_content_put_twice_is_one_row(store: ProfileStore, alice: Contact, put: Put) -> None:
    assert put(alice, 1) == put(alice, 1, now_ms=NOW + 5)
    assert len(store.outbox.pending()) == 1


def test_queued_contents_survive_a_restart_in_order(
    tmp_path: Path, database_key: bytes, store: ProfileStore, alice: Contact, put: Put
) -> None:
    ids = [put(alice, number) for number in (3, 1, 2)]
    store.close()
    again = ProfileStore.open(tmp_path / "profile.db", database_key)
    assert [row.outbox_id for row in again.outbox.due(NOW)] == ids
    again.close()


def test_attempt_under_way_is_repeated_with_the_same_bytes_after_a_kill(
    tmp_path: Path, database_key: bytes, store: ProfileStore, alice: Contact, put: Put
) -> None:
    outbox_id = put(alice, 1)
    store.outbox.record_envelope(
        outbox_id, envelope=b"sealed", envelope_id=b"e" * 16, envelope_time_ms=NOW
    )
    store.close()
    again = ProfileStore.open(tmp_path / "profile.db", database_key)
    (row,) = again.outbox.due(NOW)
    assert (row.envelope, row.envelope_id, row.envelope_time_ms) == (b"sealed", b"e" * 16, NOW)
    assert row.attempts == 1
    again.close()


def test_nothing_is_sent_again_while_it_lies_on_the_relay(
    store: ProfileStore, alice: Contact, put: Put
) -> None:
    outbox_id = put(alice, 1)
    _accept(store, outbox_id, NOW)
    row = store.outbox.get(outbox_id)
    assert row is not None
    assert (row.state, row.envelope) == (OutboxState.ACCEPTED, None)
    assert row.on_relay_until_ms == NOW + TTL
    store.outbox.wake_contact(alice.contact_id, NOW + 1)
    assert _due(store, NOW + TTL - 1) == []
    assert _due(store, NOW + TTL) == [outbox_id]


def test_pauses_double_to_15_minutes_and_a_sign_begins_them_anew(
    store: ProfileStore, alice: Contact, put: Put
) -> None:
    outbox_id, now_ms = put(alice, 1), NOW
    pauses = []
    for _ in range(7):
        _accept(store, outbox_id, now_ms)
        due_ms = store.outbox.next_due_ms()
        assert due_ms is not None
        assert _due(store, due_ms - 1) == []
        assert _due(store, due_ms) == [outbox_id]
        pauses.append((due_ms - now_ms - TTL) // MINUTES)
        now_ms = due_ms
    assert pauses == [1, 2, 4, 8, 15, 15, 15]

    _accept(store, outbox_id, now_ms)
    sign_ms = now_ms + TTL + 5
    assert store.outbox.wake_contact(alice.contact_id, sign_ms) == 1
    assert _due(store, sign_ms) == [outbox_id]
    _accept(store, outbox_id, sign_ms)
    assert store.outbox.next_due_ms() == sign_ms + TTL + MINUTES


def test_jitter_shortens_a_pause_by_up_to_a_half(
    store: ProfileStore, alice: Contact, put: Put
) -> None:
    outbox_id = put(alice, 1)
    _accept(store, outbox_id, NOW, jitter=0.0)
    assert store.outbox.next_due_ms() == NOW + TTL + TTL // 2


def test_sign_of_one_contact_wakes_nobody_else(
    store: ProfileStore, alice: Contact, bob: Contact, put: Put
) -> None:
    to_alice, to_bob = put(alice, 1), put(bob, 2)
    _accept(store, to_alice, NOW)
    _accept(store, to_bob, NOW)
    assert store.outbox.wake_contact(alice.contact_id, NOW + TTL) == 1
    assert _due(store, NOW + TTL) == [to_alice]


def test_sign_never_makes_anything_later(store: ProfileStore, alice: Contact, put: Put) -> None:
    outbox_id = put(alice, 1)
    store.outbox.wake_contact(alice.contact_id, NOW + 500)
    assert _due(store, NOW) == [outbox_id]


def test_refused_content_holds_what_comes_after_it(
    store: ProfileStore, alice: Contact, bob: Contact, put: Put
) -> None:
    first, second, third = put(alice, 1), put(alice, 2), put(alice, 3)
    other = put(bob, 4)
    store.outbox.record_envelope(second, envelope=b"s", envelope_id=b"e" * 16, envelope_time_ms=NOW)
    store.outbox.record_refused(second, NOW + 100)
    row = store.outbox.get(second)
    assert row is not None
    assert (row.state, row.envelope) == (OutboxState.REFUSED, None)
    assert _due(store, NOW + 99) == [first, other]
    assert store.outbox.next_due_ms(busy=(first, other)) == NOW + 100  # no busy waiting
    assert _due(store, NOW + 100) == [first, second, third, other]


def test_refused_content_is_released_by_a_sign(
    store: ProfileStore, alice: Contact, put: Put
) -> None:
    first, second = put(alice, 1), put(alice, 2)
    store.outbox.record_refused(first, NOW + 10_000)
    assert _due(store, NOW) == []
    store.outbox.wake_contact(alice.contact_id, NOW)
    assert _due(store, NOW) == [first, second]


def test_one_bad_content_stops_nobody(
    store: ProfileStore, alice: Contact, bob: Contact, put: Put
) -> None:
    """Defect R5 of the predecessor: one contact with a bad key ended all sending."""
    bad, good, other = put(alice, 1), put(alice, 2), put(bob, 3)
    failed = store.outbox.record_failed(bad)
    assert failed is not None
    assert failed.outbox_id == bad
    assert store.outbox.record_failed(bad) is None
    assert _due(store, NOW) == [good, other]


def test_at_most_sixteen_for_each_contact_in_order(
    store: ProfileStore, alice: Contact, bob: Contact, put: Put
) -> None:
    to_alice = [put(alice, number) for number in range(1, 21)]
    to_bob = [put(bob, number) for number in range(21, 23)]
    assert _due(store, NOW) == to_alice[:MAX_IN_FLIGHT] + to_bob
    assert _due(store, NOW, busy=tuple(to_alice[:10])) == to_alice[10:] + to_bob
    assert store.outbox.next_due_ms(busy=to_alice + to_bob) is None
    one_each = store.outbox.due(NOW, limit=1, busy=to_alice[:1])
    assert [row.outbox_id for row in one_each] == [to_alice[1], to_bob[0]]
    only = store.outbox.due(NOW, contact_id=bob.contact_id)
    assert [row.outbox_id for row in only] == to_bob


@pytest.mark.parametrize("kind", list(OutboxKind))
def test_receipts_leave_when_accepted_and_messages_stay(
    store: ProfileStore, alice: Contact, put: Put, kind: OutboxKind
) -> None:
    outbox_id = put(alice, 1, kind)
    accepted = store.outbox.record_accepted(outbox_id, now_ms=NOW, expires_in_ms=TTL, jitter=0.5)
    assert accepted is not None
    leaves = kind in (OutboxKind.RECEIPT, OutboxKind.REQUEST_AGAIN)
    assert (store.outbox.get(outbox_id) is None) == leaves


def test_answer_for_a_row_that_is_gone_changes_nothing(store: ProfileStore) -> None:
    assert store.outbox.record_accepted(7, now_ms=NOW, expires_in_ms=TTL, jitter=0.5) is None
    store.outbox.record_refused(7, NOW)
    assert store.outbox.pending() == ()


def test_receipt_can_be_joined_until_it_leaves(
    store: ProfileStore, alice: Contact, bob: Contact, put: Put
) -> None:
    receipt = put(alice, 1, OutboxKind.RECEIPT)
    put(alice, 2)
    put(bob, 3, OutboxKind.RECEIPT)
    assert [row.outbox_id for row in store.outbox.waiting_receipts(alice.contact_id)] == [receipt]
    store.outbox.record_envelope(
        receipt, envelope=b"s", envelope_id=b"e" * 16, envelope_time_ms=NOW
    )
    assert store.outbox.waiting_receipts(alice.contact_id) == ()


def test_receipt_takes_out_only_what_its_sender_was_sent(
    store: ProfileStore, alice: Contact, bob: Contact, put: Put
) -> None:
    first, second, other = put(alice, 1), put(alice, 2), put(bob, 1)
    ids = [number.to_bytes(16, "big") for number in (1, 1, 9)]
    delivered = store.outbox.record_delivered(alice.contact_id, ids)
    assert [row.outbox_id for row in delivered] == [first]
    assert store.outbox.record_delivered(alice.contact_id, ids) == ()
    assert [row.outbox_id for row in store.outbox.pending()] == [second, other]


def test_cancel_takes_out_one_content(store: ProfileStore, alice: Contact, put: Put) -> None:
    put(alice, 1)
    assert store.outbox.cancel(alice.contact_id, (1).to_bytes(16, "big"))
    assert not store.outbox.cancel(alice.contact_id, (1).to_bytes(16, "big"))


def test_content_expires_at_the_end_of_its_life_once(
    store: ProfileStore, alice: Contact, put: Put
) -> None:
    outbox_id = put(alice, 1)
    later = put(alice, 2, now_ms=NOW + 1)
    _accept(store, outbox_id, NOW + LIFE - 1)
    assert store.outbox.expire(NOW + LIFE - 1) == ()
    assert [row.outbox_id for row in store.outbox.expire(NOW + LIFE)] == [outbox_id]
    assert store.outbox.expire(NOW + LIFE) == ()
    assert [row.outbox_id for row in store.outbox.pending()] == [later]


def test_expired_content_is_not_sent_and_its_expiry_is_waited_for(
    store: ProfileStore, alice: Contact, put: Put
) -> None:
    outbox_id = put(alice, 1)
    _accept(store, outbox_id, NOW + LIFE - 10)
    assert store.outbox.next_due_ms() == NOW + LIFE
    assert store.outbox.next_due_ms(busy=[outbox_id]) is None
    assert store.outbox.next_expiry_ms() == NOW + LIFE
    store.outbox.wake_contact(alice.contact_id, NOW + LIFE)
    assert _due(store, NOW + LIFE) == []


def test_evicted_envelope_is_sent_again(store: ProfileStore, alice: Contact, put: Put) -> None:
    outbox_id = put(alice, 1)
    store.outbox.record_envelope(
        outbox_id, envelope=b"s", envelope_id=b"e" * 16, envelope_time_ms=NOW
    )
    assert store.outbox.record_evicted(b"e" * 16, NOW) is None  # not accepted yet
    _accept(store, outbox_id, NOW)
    row = store.outbox.record_evicted(b"e" * 16, NOW + 500)
    assert row is not None
    assert (row.outbox_id, row.on_relay_until_ms) == (outbox_id, 0)
    assert _due(store, NOW + 499) == []
    assert _due(store, NOW + 500) == [outbox_id]
    assert store.outbox.record_evicted(b"x" * 16, NOW) is None


def test_relay_that_forgot_is_told_again_at_once(
    store: ProfileStore, alice: Contact, bob: Contact, put: Put
) -> None:
    lying, waiting, other = put(alice, 1), put(alice, 2), put(bob, 3)
    _accept(store, lying, NOW)
    _accept(store, other, NOW)
    store.outbox.record_refused(waiting, NOW + 999)
    assert store.outbox.record_forgotten(alice.contact_id, NOW + 1) == 1
    assert _due(store, NOW + 1) == [lying]


def test_message_and_its_outbox_row_are_one_transaction(
    store: ProfileStore, alice: Contact, put: Put
) -> None:
    with pytest.raises(RuntimeError), store.transaction():
        put(alice, 1)
        raise RuntimeError
    assert store.outbox.pending() == ()
    assert store.outbox.next_due_ms() is None
    assert store.outbox.next_expiry_ms() is None


def test_next_due_leaves_out_contacts_that_somebody_has_in_hand(
    store: ProfileStore, alice: Contact, put: Put
) -> None:
    put(alice, 1)
    assert store.outbox.next_due_ms() == NOW
    assert store.outbox.next_due_ms(without_contacts={alice.contact_id}) is None
    assert store.outbox.next_due_ms(without_contacts={alice.contact_id + 1}) == NOW


def test_refused_keeps_its_bytes_only_when_the_relay_may_have_them(
    store: ProfileStore, alice: Contact, put: Put
) -> None:
    outbox_id = put(alice, 1)
    for keep, kept in ((True, b"envelope"), (False, None)):
        store.outbox.record_envelope(
            outbox_id, envelope=b"envelope", envelope_id=b"e" * 16, envelope_time_ms=NOW
        )
        store.outbox.record_refused(outbox_id, NOW + 1000, keep_envelope=keep)
        row = store.outbox.get(outbox_id)
        assert row is not None and row.envelope == kept


def test_postponed_content_that_was_refused_before_holds_nothing_up(
    store: ProfileStore, alice: Contact, put: Put
) -> None:
    first, second = put(alice, 1), put(alice, 2)
    store.outbox.record_refused(first, NOW + 1000)
    assert _due(store, NOW) == []
    store.outbox.record_postponed(first, NOW + 5000)
    assert _due(store, NOW) == [second]
    assert _due(store, NOW + 5000) == [first, second]


def test_receipts_are_owed_until_they_leave(store: ProfileStore, alice: Contact, put: Put) -> None:
    put(alice, 1)
    assert not store.outbox.owes_receipts()
    outbox_id = put(alice, 2, kind=OutboxKind.RECEIPT)
    assert store.outbox.owes_receipts()
    _accept(store, outbox_id, NOW)
    assert not store.outbox.owes_receipts()
