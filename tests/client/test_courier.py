"""One contact's queue meets every way in which a relay can behave."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from tests.client.fake_clock import settle
from tests.client.kit import Scene, card_of, material, seeded
from tests.client.sending_kit import LIFE_MS, OTHER_RELAY, CountedQueries, Desk, move, silent
from whispr import errors
from whispr.client.content import Extension, ReceiptKind
from whispr.client.courier import (
    FIRST_UNREACHED_SECONDS,
    LONGEST_UNREACHED_SECONDS,
    MAX_NEW_ENVELOPES,
    NEW_ENVELOPE_RETRY_MS,
)
from whispr.client.opening import Message, open_envelope
from whispr.client.refusals import LONGEST_RETRY_MS
from whispr.client.store.message import Fate
from whispr.client.store.outbox_row import OutboxKind, OutboxState
from whispr.protocol import frames
from whispr.protocol.schema import Frame


def content_ids(desk: Desk, people: Scene) -> list[bytes]:
    """Contents in the order in which they left."""
    found = []
    for envelope in desk.network.sent:
        outcome = open_envelope(envelope.data, people.bob.identity, (envelope.relay_id,))
        assert isinstance(outcome, Message)
        found.append(outcome.content.content_id)
    return found


def refusing(
    error: errors.RelayError, *, until: Callable[[], bool] = lambda: False
) -> Callable[[Frame], Frame | Exception | None]:
    def answer(frame: Frame) -> Frame | Exception | None:
        if not isinstance(frame, frames.Send):
            return None
        return frames.Accepted(frame.request_id, LIFE_MS) if until() else error

    return answer


async def test_accepted(desk: Desk, people: Scene) -> None:
    (message_id,) = desk.write(people.bob, "hello")
    await desk.start()
    assert desk.fate(message_id) is Fate.ACCEPTED
    (row,) = desk.rows()
    assert row.state is OutboxState.ACCEPTED and row.envelope is None


async def test_envelope_is_on_the_disk_when_its_frame_is_made(desk: Desk, people: Scene) -> None:
    seen: list[bool] = []

    def look(frame: Frame) -> None:
        if isinstance(frame, frames.Send):
            envelopes = [row.envelope for row in desk.rows()]
            seen.append(
                frame.envelope in envelopes and not desk.person.store.outbox._database._depth
            )

    desk.network.before_each = look
    desk.write(people.bob, "one", "two")
    await desk.start()
    assert seen == [True, True]


async def test_crash_before_the_answer_sends_the_same_bytes_again(
    desk: Desk, people: Scene
) -> None:
    desk.network.answer = silent
    desk.write(people.bob, "hello")
    await desk.start()
    (before,) = desk.session.sends
    desk.own.lose()  # what a new process finds on the disk is what this one finds
    await settle()
    assert [row.envelope for row in desk.rows()] == [before.envelope]
    desk.own.connect()
    await settle()
    (after,) = desk.session.sends
    assert after.envelope == before.envelope


async def test_crash_longer_ago_than_the_window_makes_a_new_envelope(
    desk: Desk, people: Scene
) -> None:
    desk.network.answer = silent
    desk.write(people.bob, "hello")
    await desk.start()
    desk.own.lose()
    await desk.clock.advance(200)
    desk.own.connect()
    await settle()
    first, second = desk.network.sent
    assert first.envelope_id != second.envelope_id
    assert len(set(content_ids(desk, people))) == 1


async def test_relay_with_another_key_gets_a_new_envelope(desk: Desk, people: Scene) -> None:
    desk.network.answer = silent
    desk.write(people.bob, "hello")
    await desk.start()
    desk.own.lose()
    current = desk.own.address.relay_ids[0]
    desk.own.connect(relay_ids=(seeded("next"), current))
    await settle()
    first, second = desk.network.sent
    assert (first.relay_id, second.relay_id) == (current, seeded("next"))


async def test_contact_who_moved_while_his_relay_was_away_is_written_to_at_the_new_place(
    desk: Desk, people: Scene
) -> None:
    desk.network.up = False
    desk.write(people.bob, "hello")
    await desk.start()
    card = card_of(material("Bob", device=2, relay=OTHER_RELAY), relay=OTHER_RELAY)
    move(people.alice, people.alice.contact(people.bob), card)
    desk.network.up = True
    desk.own.connect()
    await settle()
    assert desk.session.sends == []
    (envelope,) = desk.network.sent
    assert envelope.mailbox == card.device.mailbox
    assert envelope.relay_id == OTHER_RELAY.relay_ids[0]


async def test_order_is_kept_and_at_most_16_are_unanswered(desk: Desk, people: Scene) -> None:
    texts = [f"text {number}" for number in range(40)]
    desk.write(people.bob, *texts)
    queued = [row.content_id for row in desk.rows()]
    await desk.start()
    for _ in range(5):
        await settle()
    assert content_ids(desk, people) == queued
    assert desk.session.most_unanswered == 16


async def test_17th_waits_for_the_answers(desk: Desk, people: Scene) -> None:
    desk.network.answer = silent
    desk.write(people.bob, *map(str, range(17)))
    await desk.start()
    assert len(desk.session.sends) == 16
    for index in range(16):
        desk.session.give(index)
    await settle()
    assert len(desk.session.sends) == 17


async def test_first_contents_carry_the_own_card_and_later_ones_do_not(
    desk: Desk, people: Scene
) -> None:
    def cards() -> list[bytes | None]:
        found = []
        for envelope in desk.network.sent:
            outcome = open_envelope(envelope.data, people.bob.identity, (envelope.relay_id,))
            assert isinstance(outcome, Message)
            found.append(outcome.content.extension(Extension.CARD))
        return found

    desk.write(people.bob, "one")
    await desk.start()
    assert cards() == [people.alice.card.data]
    people.alice.store.contacts.mark_answered(people.alice.contact(people.bob).contact_id)
    desk.write(people.bob, "two")
    await settle()
    assert cards() == [people.alice.card.data, None]


async def test_answer_that_came_while_waiting_for_the_relay_counts(
    desk: Desk, people: Scene
) -> None:
    desk.network.up = False
    desk.write(people.bob, "one")
    await desk.start()
    people.alice.store.contacts.mark_answered(people.alice.contact(people.bob).contact_id)
    desk.own.connect()
    await settle()
    outcome = open_envelope(desk.network.sent[0].data, people.bob.identity, desk.session.relay_ids)
    assert isinstance(outcome, Message) and outcome.content.extensions == ()


@pytest.mark.parametrize(
    "error_class",
    [
        errors.MailboxFullError,
        errors.RateLimitedError,
        errors.RelayFullError,
        errors.RelayUnavailableError,
        errors.RelayInternalError,
    ],
)
async def test_refusal_that_passes(
    desk: Desk, people: Scene, error_class: type[errors.RelayError]
) -> None:
    passed = False
    desk.network.answer = refusing(
        error_class("not now", retry_after_ms=3000), until=lambda: passed
    )
    (message_id,) = desk.write(people.bob, "hello")
    await desk.start()
    assert desk.fate(message_id) is Fate.QUEUED
    passed = True
    await desk.clock.advance(2.9)
    assert desk.fate(message_id) is Fate.QUEUED and len(desk.session.sends) == 1
    await desk.clock.advance(0.2)
    assert desk.fate(message_id) is Fate.ACCEPTED and len(desk.session.sends) == 2


@pytest.mark.parametrize(
    ("error_class", "same"),
    [
        (errors.RelayUnavailableError, True),
        (errors.RelayInternalError, True),
        (errors.MailboxFullError, False),
    ],
)
async def test_what_the_relay_may_have_is_repeated_byte_for_byte(
    desk: Desk, people: Scene, error_class: type[errors.RelayError], same: bool
) -> None:
    desk.network.answer = refusing(error_class("no", retry_after_ms=1000))
    desk.write(people.bob, "hello")
    await desk.start()
    await desk.clock.advance(1.5)
    first, second = desk.session.sends
    assert (first.envelope == second.envelope) is same


@pytest.mark.parametrize("retry_after_ms", [0, 1])
async def test_relay_that_refuses_without_end_is_not_hammered(
    desk: Desk, people: Scene, retry_after_ms: int
) -> None:
    error = errors.RelayUnavailableError("no", retry_after_ms=retry_after_ms)
    desk.network.answer = refusing(error)
    desk.write(people.bob, "hello")
    await desk.start()
    await desk.clock.advance(60)
    after_a_minute = len(desk.session.sends)
    assert after_a_minute <= 12
    await desk.clock.advance(600)
    assert len(desk.session.sends) - after_a_minute <= 600_000 / LONGEST_RETRY_MS + 1


async def test_relay_cannot_ask_for_a_farewell(desk: Desk, people: Scene) -> None:
    desk.network.answer = refusing(errors.RateLimitedError("no", retry_after_ms=0xFFFF_FFFF))
    desk.write(people.bob, "hello")
    await desk.start()
    await desk.clock.advance(LONGEST_RETRY_MS / 1000 + 1)
    assert len(desk.session.sends) == 2


async def test_rate_limit_pauses_whatever_wakes(desk: Desk, people: Scene) -> None:
    desk.network.answer = refusing(errors.RateLimitedError("slow", retry_after_ms=5000))
    desk.write(people.bob, "one")
    await desk.start()
    contact_id = people.alice.contact(people.bob).contact_id
    for number in range(20):
        desk.write(people.bob, f"more {number}")
        desk.sender.wake()
        desk.sender.wake_contact(contact_id)
        await desk.clock.advance(0.2)
    assert len(desk.session.sends) == 1
    await desk.clock.advance(1.1)
    assert len(desk.session.sends) > 1


async def test_rate_limit_also_pauses_when_the_connection_broke_meanwhile(
    desk: Desk, people: Scene
) -> None:
    desk.network.answer = silent
    desk.write(people.bob, "one", "two")
    await desk.start()
    desk.session.give(0, errors.RateLimitedError("slow", retry_after_ms=5000))
    await settle()
    desk.own.lose()
    desk.own.connect()
    await desk.clock.advance(4.9)
    assert desk.session.sends == []
    await desk.clock.advance(0.2)
    assert desk.session.sends != []


async def test_fewer_at_a_time_while_the_relay_finds_us_too_fast(desk: Desk, people: Scene) -> None:
    """Ten a second are taken; what is refused is not sent all at once again and again."""
    tokens = 10.0
    looked = desk.clock.seconds

    def answer(frame: Frame) -> Frame | Exception | None:
        nonlocal tokens, looked
        tokens = min(10, tokens + 10 * (desk.clock.seconds - looked))
        looked = desk.clock.seconds
        if not isinstance(frame, frames.Send):
            return None
        if tokens < 1:
            return errors.RateLimitedError("slow", retry_after_ms=100)
        tokens -= 1
        return frames.Accepted(frame.request_id, LIFE_MS)

    desk.network.answer = answer
    ids = desk.write(people.bob, *map(str, range(100)))
    await desk.start()
    for _ in range(150):
        await desk.clock.advance(0.1)
    assert {desk.fate(message_id) for message_id in ids} == {Fate.ACCEPTED}
    assert len(desk.session.sends) <= 250


@pytest.mark.parametrize(
    "error_class",
    [
        errors.StaleClockError,
        errors.WrongRelayError,
        errors.IdReusedError,
        errors.SignatureRefusedError,
    ],
)
async def test_refused_envelope_is_made_anew(
    desk: Desk, people: Scene, error_class: type[errors.RelayError]
) -> None:
    passed = False
    desk.network.answer = refusing(error_class("no"), until=lambda: passed)
    (message_id,) = desk.write(people.bob, "hello")
    await desk.start()
    assert desk.fate(message_id) is Fate.QUEUED
    passed = True
    await desk.clock.advance(NEW_ENVELOPE_RETRY_MS / 1000 + 0.1)
    first, second = desk.network.sent
    assert first.envelope_id != second.envelope_id
    assert len(set(content_ids(desk, people))) == 1
    assert desk.fate(message_id) is Fate.ACCEPTED


async def test_five_new_envelopes_and_then_it_has_failed(desk: Desk, people: Scene) -> None:
    desk.network.answer = refusing(errors.SignatureRefusedError("no"))
    (message_id,) = desk.write(people.bob, "hello")
    await desk.start()
    await desk.clock.advance((MAX_NEW_ENVELOPES - 1) * 2 + 0.5)
    assert desk.fate(message_id) is Fate.QUEUED
    await desk.clock.advance(60)
    assert len({envelope.envelope_id for envelope in desk.network.sent}) == 1 + MAX_NEW_ENVELOPES
    assert desk.fate(message_id) is Fate.FAILED
    assert desk.reason(message_id) == "their relay refused it (bad_signature)"
    assert desk.rows() == []


async def test_stale_clock_asks_for_the_time(desk: Desk, people: Scene) -> None:
    desk.network.answer = refusing(errors.StaleClockError("late"))
    desk.write(people.bob, "hello")
    await desk.start()
    assert len(desk.session.of(frames.Ping)) == 1


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (errors.PayloadTooLargeError("no"), "their relay refused it: too large"),
        (errors.AccessDeniedError("no"), "their relay refused it (access_denied)"),
        (errors.RelayError("no"), "their relay refused it"),
    ],
)
async def test_refusal_for_good(
    desk: Desk, people: Scene, error: errors.RelayError, reason: str
) -> None:
    desk.network.answer = refusing(error)
    (message_id,) = desk.write(people.bob, "hello")
    await desk.start()
    assert desk.fate(message_id) is Fate.FAILED
    assert desk.reason(message_id) == reason
    assert desk.rows() == []


async def test_one_refused_for_good_does_not_hold_up_the_next(desk: Desk, people: Scene) -> None:
    desk.network.answer = silent
    first, second = desk.write(people.bob, "one", "two")
    await desk.start()
    desk.session.give(0, errors.PayloadTooLargeError("no"))
    desk.session.give(1)
    await settle()
    assert (desk.fate(first), desk.fate(second)) == (Fate.FAILED, Fate.ACCEPTED)


async def test_content_that_cannot_be_sealed_has_failed(
    desk: Desk, people: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def seal(*_: object) -> bytes:
        raise errors.InvalidKeyError("no usable key")

    monkeypatch.setattr("whispr.client.sealing.suite1.seal_content", seal)
    (message_id,) = desk.write(people.bob, "hello")
    await desk.start()
    assert desk.fate(message_id) is Fate.FAILED
    assert desk.reason(message_id) == "cannot be sealed: no usable key"
    assert desk.session.sends == []


async def test_connection_lost_with_requests_in_flight_loses_and_marks_nothing(
    desk: Desk, people: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    desk.network.answer = silent
    ids = desk.write(people.bob, *map(str, range(16)))
    await desk.start()
    before = [frame.envelope for frame in desk.session.sends]
    for index in range(3):
        desk.session.give(index)
    desk.own.lose()
    await settle()
    fates = [desk.fate(message_id) for message_id in ids]
    assert fates == [Fate.ACCEPTED] * 3 + [Fate.QUEUED] * 13
    desk.own.connect()
    await settle()
    assert [frame.envelope for frame in desk.session.sends] == before[3:]
    assert caplog.records == []


async def test_answer_behind_a_late_one_is_not_lost(desk: Desk, people: Scene) -> None:
    desk.network.answer = silent
    first, second = desk.write(people.bob, "one", "two")
    await desk.start()
    desk.session.give(1)
    desk.session.give(0, errors.RequestTimeoutError("no answer"))
    await settle()
    assert desk.fate(first) is Fate.QUEUED
    assert desk.fate(second) is Fate.ACCEPTED


async def test_connection_that_leaves_takes_no_more(desk: Desk, people: Scene) -> None:
    await desk.start()
    desk.session.goaway = frames.Goaway(0, 1, 0)
    (message_id,) = desk.write(people.bob, "hello")
    await settle()
    assert desk.session.sends == []
    desk.own.connect()
    await settle()
    assert desk.fate(message_id) is Fate.ACCEPTED


async def test_relay_that_refuses_us_is_asked_ever_more_rarely(desk: Desk, people: Scene) -> None:
    desk.network.up = False
    desk.own.refuse("the relay is private")
    await desk.start()
    desk.write(people.bob, "hello")
    await settle()
    assert desk.own.asked_online == 1
    await desk.clock.advance(FIRST_UNREACHED_SECONDS + 0.1)
    assert desk.own.asked_online == 2
    await desk.clock.advance(3600)
    assert desk.own.asked_online <= 3600 / LONGEST_UNREACHED_SECONDS + 6


async def test_relay_that_lets_us_in_again_is_used_at_once(desk: Desk, people: Scene) -> None:
    desk.network.up = False
    desk.own.refuse("the relay is private")
    (message_id,) = desk.write(people.bob, "hello")
    await desk.start()
    await desk.clock.advance(1000)
    desk.own.connect()
    await settle()
    assert desk.fate(message_id) is Fate.ACCEPTED


async def test_unreached_relay_costs_next_to_nothing(desk: Desk, people: Scene) -> None:
    desk.network.up = False
    desk.write(people.bob, *map(str, range(40)))
    await desk.start()
    with CountedQueries(people.alice).counting() as queries:
        await desk.clock.advance(3500)
    assert queries.count <= 10


async def test_text_written_while_the_relay_is_away_makes_nobody_run_in_circles(
    desk: Desk, people: Scene
) -> None:
    desk.network.up = False
    desk.write(people.bob, "one")
    await desk.start()
    (late,) = desk.write(people.bob, "two")
    await settle()
    with CountedQueries(people.alice).counting() as queries:
        await desk.clock.advance(3500)
    assert queries.count <= 10
    desk.own.connect()
    await settle()
    assert desk.fate(late) is Fate.ACCEPTED


async def test_refused_relay_costs_little(desk: Desk, people: Scene) -> None:
    desk.network.up = False
    desk.own.refuse("the relay is private")
    desk.write(people.bob, *map(str, range(40)))
    await desk.start()
    with CountedQueries(people.alice).counting() as queries:
        await desk.clock.advance(3600)
    assert queries.count <= 64 * 20, "64 attempts, of a few queries and 16 rows each"


async def test_contact_who_was_blocked_while_his_relay_was_away_gets_nothing(
    desk: Desk, people: Scene
) -> None:
    desk.network.up = False
    desk.write(people.bob, "hello")
    await desk.start()
    people.alice.store.requests.block(people.alice.contact(people.bob).contact_id)
    desk.own.connect()
    await settle()
    assert desk.network.sent == []


async def test_contact_who_was_removed_while_his_relay_was_away_gets_nothing(
    desk: Desk, people: Scene
) -> None:
    desk.network.up = False
    desk.write(people.bob, "hello")
    await desk.start()
    people.alice.store.contacts.remove(people.alice.contact(people.bob).contact_id)
    desk.own.connect()
    await settle()
    assert desk.network.sent == []
    assert people.alice.counts == {}


async def test_endless_life_at_a_relay_is_not_believed(desk: Desk, people: Scene) -> None:
    desk.network.answer = silent
    (message_id,) = desk.write(people.bob, "hello")
    await desk.start()
    desk.session.give(0, 2**64 - 1)
    await settle()
    assert desk.fate(message_id) is Fate.ACCEPTED
    assert people.alice.counts == {}


async def test_receipt_ends_when_it_is_accepted(desk: Desk, people: Scene) -> None:
    contact_id = people.alice.contact(people.bob).contact_id
    people.alice.outgoing.receipt(contact_id, ReceiptKind.DELIVERED, [b"i" * 16])
    await desk.start()
    assert len(desk.session.sends) == 1
    assert desk.rows(OutboxKind.RECEIPT) == []


async def test_defect_in_a_courier_is_told_and_it_goes_on(
    desk: Desk, people: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    outbox = people.alice.store.outbox
    original, broken = outbox.record_accepted, True

    def record_accepted(*arguments: object, **named: object) -> object:
        if broken:
            raise ValueError("a value")
        return original(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(outbox, "record_accepted", record_accepted)
    (message_id,) = desk.write(people.bob, "hello")
    await desk.start()
    assert people.alice.counts == {"failed: courier": 1}
    assert people.alice.event_types()["PartFailed"] == 1
    assert "record_accepted" in caplog.text and "a value" not in caplog.text.replace(
        'raise ValueError("a value")', ""
    )
    await desk.clock.advance(10)
    assert 2 <= people.alice.counts["failed: courier"] <= 5
    broken = False
    await desk.clock.advance(20)
    assert desk.fate(message_id) is Fate.ACCEPTED
    assert len({envelope.envelope_id for envelope in desk.network.sent}) == 1


async def test_stop_with_requests_in_flight_marks_nothing(desk: Desk, people: Scene) -> None:
    desk.network.answer = silent
    ids = desk.write(people.bob, "one", "two")
    await desk.start()
    await desk.sender.stop()
    assert [desk.fate(message_id) for message_id in ids] == [Fate.QUEUED] * 2
    assert len([task for task in asyncio.all_tasks() if "courier" in task.get_name()]) == 0
