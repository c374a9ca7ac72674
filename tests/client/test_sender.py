"""What is due leaves, what is over ends, and nobody runs in circles meanwhile."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from tests.client.fake_clock import settle
from tests.client.kit import DAY_MS, HOUR_MS, Scene
from tests.client.sending_kit import LIFE_MS, OTHER_RELAY, CountedQueries, Desk, silent, somebody
from whispr.client.content import ReceiptKind
from whispr.client.events import FateChanged
from whispr.client.store.contacts import ContactState
from whispr.client.store.message import Fate
from whispr.client.store.outbox_row import OutboxKind


def put_file(desk: Desk, contact_id: int) -> int:
    """Queue a content that needs its file on the relay first."""
    now_ms = desk.person.core.now_ms()
    outbox_id = desk.person.store.outbox.put(
        contact_id,
        desk.person.random_bytes(16),
        kind=OutboxKind.ATTACHMENT,
        content=desk.person.content(2).encode(),
        now_ms=now_ms,
        expires_at_ms=now_ms + DAY_MS,
    )
    desk.sender.wake()
    return outbox_id


async def test_what_a_former_process_left_is_sent(desk: Desk, people: Scene) -> None:
    (message_id,) = desk.write(people.bob, "hello")
    await desk.start()
    assert desk.fate(message_id) is Fate.ACCEPTED


async def test_what_is_written_later_is_sent(desk: Desk, people: Scene) -> None:
    await desk.start()
    (message_id,) = desk.write(people.bob, "hello")
    await settle()
    assert desk.fate(message_id) is Fate.ACCEPTED
    (event,) = [event for event in people.alice.events if isinstance(event, FateChanged)]
    assert (event.message_id, event.fate) == (message_id, Fate.ACCEPTED)


async def test_one_contact_does_not_wait_for_the_relay_of_another(
    desk: Desk, people: Scene
) -> None:
    far = somebody(people.alice, "Far", OTHER_RELAY)
    desk.network.up = False
    people.alice.outgoing.text(far, "hello")
    (message_id,) = desk.write(people.bob, "hello")
    await desk.start()
    desk.own.connect()
    await settle()
    assert desk.fate(message_id) is Fate.ACCEPTED
    assert [envelope.mailbox for envelope in desk.network.sent] == [people.bob.card.device.mailbox]


async def test_nothing_is_sent_again_while_it_lies_on_the_relay(desk: Desk, people: Scene) -> None:
    desk.write(people.bob, "hello")
    await desk.start()
    contact_id = people.alice.contact(people.bob).contact_id
    for _ in range(59):
        desk.sender.wake()
        desk.sender.wake_contact(contact_id)
        await desk.clock.advance(1)
    assert len(desk.session.sends) == 1


async def test_afterwards_pauses_double_up_to_a_quarter_of_an_hour(
    desk: Desk, people: Scene
) -> None:
    desk.write(people.bob, "hello")
    left: list[float] = []
    desk.network.before_each = lambda frame: left.append(desk.clock.seconds)
    await desk.start()
    await desk.clock.advance(4 * 3600)
    pauses = [
        round(later - earlier - LIFE_MS / 1000) for earlier, later in itertools.pairwise(left)
    ]
    # Jitter 0.5 gives three quarters of 60 s, 120 s … and at last of 15 minutes.
    assert pauses[:6] == [45, 90, 180, 360, 675, 675]


async def test_sign_of_the_contact_sends_at_once_what_left_the_relay(
    desk: Desk, people: Scene
) -> None:
    desk.write(people.bob, "hello")
    await desk.start()
    await desk.clock.advance(LIFE_MS / 1000 + 1)
    assert len(desk.session.sends) == 1
    desk.sender.wake_contact(people.alice.contact(people.bob).contact_id)
    await settle()
    assert len(desk.session.sends) == 2


async def test_sign_of_another_contact_changes_nothing(desk: Desk, people: Scene) -> None:
    desk.write(people.bob, "hello")
    await desk.start()
    await desk.clock.advance(LIFE_MS / 1000 + 1)
    desk.sender.wake_contact(somebody(people.alice, "Carol").contact_id)
    await settle()
    assert len(desk.session.sends) == 1


async def test_expires_on_time_while_the_relay_is_down(desk: Desk, people: Scene) -> None:
    desk.network.up = False
    (message_id,) = desk.write(people.bob, "hello", life_ms=HOUR_MS // 2)
    await desk.start()
    await desk.clock.advance(1799.9)
    assert desk.fate(message_id) is Fate.QUEUED
    await desk.clock.advance(0.2)
    assert desk.fate(message_id) is Fate.EXPIRED
    assert desk.reason(message_id) == "not delivered within its life"
    assert people.alice.event_types()["FateChanged"] == 1
    assert desk.rows() == []
    desk.own.connect()
    await settle()
    assert desk.network.sent == []


async def test_expires_on_time_while_it_lies_on_the_relay(desk: Desk, people: Scene) -> None:
    (message_id,) = desk.write(people.bob, "hello", life_ms=30_000)
    await desk.start()
    await desk.clock.advance(31)
    assert desk.fate(message_id) is Fate.EXPIRED


async def test_expiry_of_row_and_message_is_one_step(
    desk: Desk, people: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that dies between the two must not leave a message that nobody works on."""
    (message_id,) = desk.write(people.bob, "hello", life_ms=30_000)
    people.alice.pass_ms(31_000)

    def advance(*_: object) -> None:
        raise ValueError

    with monkeypatch.context() as patched:
        patched.setattr("whispr.client.sender.fates.advance", advance)
        await desk.start()
        assert len(desk.rows()) == 1
    await desk.clock.advance(2)
    assert desk.fate(message_id) is Fate.EXPIRED and desk.rows() == []


async def test_acceptance_of_row_and_message_is_one_step(
    desk: Desk, people: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    (message_id,) = desk.write(people.bob, "hello")

    def advance(*_: object) -> None:
        raise ValueError

    with monkeypatch.context() as patched:
        patched.setattr("whispr.client.sender.fates.advance", advance)
        await desk.start()
        assert desk.rows()[0].envelope is not None
        assert desk.fate(message_id) is Fate.QUEUED
    await desk.clock.advance(2)
    assert desk.fate(message_id) is Fate.ACCEPTED


async def test_answer_after_the_end_does_not_move_a_message_back(desk: Desk, people: Scene) -> None:
    desk.network.answer = silent
    (message_id,) = desk.write(people.bob, "hello", life_ms=5000)
    await desk.start()
    await desk.clock.advance(6)
    desk.session.give(0)
    await settle()
    assert desk.fate(message_id) is Fate.EXPIRED


async def test_receipt_before_the_answer_of_the_relay_stands(desk: Desk, people: Scene) -> None:
    desk.network.answer = silent
    (message_id,) = desk.write(people.bob, "hello")
    await desk.start()
    store, (row,) = people.alice.store, desk.rows()
    store.outbox.record_delivered(row.contact_id, [row.content_id])
    store.history.advance_fate(row.content_id, row.contact_id, Fate.DELIVERED)
    desk.session.give(0)
    await settle()
    assert desk.fate(message_id) is Fate.DELIVERED and desk.rows() == []


async def test_file_goes_up_before_its_message(desk: Desk, people: Scene) -> None:
    await desk.start()
    contact_id = people.alice.contact(people.bob).contact_id
    outbox_id = put_file(desk, contact_id)
    await settle()
    assert desk.uploads.asked == [outbox_id] and desk.session.sends == []
    desk.uploads.finish(outbox_id)
    await settle()
    assert len(desk.session.sends) == 1
    assert desk.uploads.went_out == [outbox_id]


async def test_file_is_asked_for_again_before_each_resend(desk: Desk, people: Scene) -> None:
    await desk.start()
    outbox_id = put_file(desk, people.alice.contact(people.bob).contact_id)
    await settle()
    desk.uploads.finish(outbox_id)
    await desk.clock.advance(110)
    assert desk.uploads.asked == [outbox_id] * 2 and len(desk.session.sends) == 1
    desk.uploads.finish(outbox_id)
    await settle()
    assert len(desk.session.sends) == 2


async def test_texts_do_not_wait_for_a_file(desk: Desk, people: Scene) -> None:
    await desk.start()
    put_file(desk, people.alice.contact(people.bob).contact_id)
    (message_id,) = desk.write(people.bob, "hello")
    await settle()
    assert desk.fate(message_id) is Fate.ACCEPTED


async def test_upload_under_way_makes_nobody_run_in_circles(desk: Desk, people: Scene) -> None:
    await desk.start()
    outbox_id = put_file(desk, people.alice.contact(people.bob).contact_id)
    await settle()
    with CountedQueries(people.alice).counting() as queries:
        await desk.clock.advance(3600)
    assert queries.count <= 10
    assert desk.uploads.asked == [outbox_id]


async def test_blocked_contact_makes_nobody_run_in_circles(desk: Desk, people: Scene) -> None:
    await desk.start()
    bob = people.alice.contact(people.bob)
    people.alice.store.contacts.set_state(bob.contact_id, ContactState.BLOCKED)
    people.alice.outgoing.send_again(bob.contact_id, b"d" * 32)
    desk.sender.wake()
    await settle()
    with CountedQueries(people.alice).counting() as queries:
        await desk.clock.advance(3600)
    assert queries.count <= 10 and desk.network.sent == []
    people.alice.store.contacts.set_state(bob.contact_id, ContactState.ACCEPTED)
    desk.sender.wake()
    await settle()
    assert len(desk.network.sent) == 1


async def test_empty_outbox_sleeps(desk: Desk, people: Scene) -> None:
    await desk.start()
    assert desk.clock.sleeping == []
    with CountedQueries(people.alice).counting() as queries:
        await desk.clock.advance(24 * 3600)
    assert queries.count == 0


async def test_receipts_sent_waits_for_the_last_one(desk: Desk, people: Scene) -> None:
    contact_id = people.alice.contact(people.bob).contact_id
    desk.network.answer = silent
    await desk.start()
    people.alice.outgoing.receipt(contact_id, ReceiptKind.DELIVERED, [b"1" * 16])
    people.alice.outgoing.receipt(contact_id, ReceiptKind.READ, [b"1" * 16])
    desk.sender.wake()
    waiting = asyncio.create_task(desk.sender.receipts_sent())
    await settle()
    desk.session.give(0)
    await settle()
    assert not waiting.done()
    desk.session.give(1)
    await settle()
    assert waiting.done()


async def test_receipts_sent_waits_for_no_text(desk: Desk, people: Scene) -> None:
    desk.network.answer = silent
    desk.write(people.bob, "hello")
    await desk.start()
    await asyncio.wait_for(desk.sender.receipts_sent(), 1)


async def test_waiting_receipts_are_joined_up_to_64(desk: Desk, people: Scene) -> None:
    contact_id = people.alice.contact(people.bob).contact_id
    for number in range(65):
        ids = [number.to_bytes(16, "big")]
        people.alice.outgoing.receipt(contact_id, ReceiptKind.DELIVERED, ids)
    await desk.start()
    assert len(desk.session.sends) == 2


async def test_defect_in_the_sender_is_told_and_it_goes_on(
    desk: Desk, people: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def expire(now_ms: int) -> tuple[()]:
        raise ValueError

    with monkeypatch.context() as patched:
        patched.setattr(people.alice.store.outbox, "expire", expire)
        await desk.start()
        (message_id,) = desk.write(people.bob, "hello")
        await desk.clock.advance(10)
        assert 3 <= people.alice.counts["failed: sender"] <= 5
    await desk.clock.advance(60)
    assert desk.fate(message_id) is Fate.ACCEPTED


async def test_stop_leaves_no_task(desk: Desk, people: Scene) -> None:
    desk.network.up = False
    far = somebody(people.alice, "Far", OTHER_RELAY)
    people.alice.outgoing.text(far, "hello")
    desk.write(people.bob, "hello")
    await desk.start()
    await desk.stop()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert desk.clock.sleeping == []
