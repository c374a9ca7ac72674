"""Who is told "here", how often, and that nobody answers for ever."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.client.fake_clock import settle
from tests.client.kit import DAY_MS, RELAY_ID, Person, Scene
from tests.client.sending_kit import LIFE_MS, OTHER_RELAY, Desk, make_desk, silent, somebody
from whispr.client.content import ContentType
from whispr.client.opening import Message, open_envelope
from whispr.client.presence import ANSWER_EVERY_SECONDS, MAX_CONTACTS, RECENT_MS, Presence
from whispr.client.sealing import Sealer
from whispr.client.store.contacts import ContactState
from whispr.client.store.settings import SEND_HERE
from whispr.errors import RateLimitedError, UnsupportedError
from whispr.protocol import frames
from whispr.protocol.schema import Frame


def presence_of(person: Person, desk: Desk) -> Presence:
    return Presence(person.core, desk.links, person.outgoing, Sealer(person.core, person.ratchets))


@pytest.fixture
async def presence(desk: Desk, people: Scene) -> AsyncIterator[Presence]:
    await desk.start()
    made = presence_of(people.alice, desk)
    yield made
    await made.stop()


async def test_recent_contact_hears_it(presence: Presence, desk: Desk, people: Scene) -> None:
    presence.announce()
    await settle()
    (envelope,) = desk.network.sent
    assert envelope.ephemeral
    outcome = open_envelope(envelope.data, people.bob.identity, (RELAY_ID,))
    assert isinstance(outcome, Message)
    assert outcome.content.type_number == ContentType.HERE
    assert outcome.content.extensions == ()
    assert desk.rows() == [], "it is never queued"


async def test_contact_who_was_silent_for_long_does_not(
    presence: Presence, desk: Desk, people: Scene
) -> None:
    people.alice.pass_ms(RECENT_MS + 1)
    presence.announce()
    await settle()
    assert desk.network.sent == []


@pytest.mark.parametrize(("silent_ms", "told"), [(RECENT_MS, 1), (RECENT_MS + 1, 0)])
async def test_last_sign_counts(
    presence: Presence, desk: Desk, people: Scene, silent_ms: int, told: int
) -> None:
    people.alice.pass_ms(365 * DAY_MS)
    bob = people.alice.contact(people.bob)
    people.alice.store.contacts.touch_seen(bob.contact_id, people.alice.core.now_ms() - silent_ms)
    presence.announce()
    await settle()
    assert len(desk.network.sent) == told


@pytest.mark.parametrize("state", [ContactState.REQUEST, ContactState.BLOCKED])
async def test_strangers_and_blocked_people_hear_nothing(
    presence: Presence, desk: Desk, people: Scene, state: ContactState
) -> None:
    people.alice.store.contacts.set_state(people.alice.contact(people.bob).contact_id, state)
    presence.announce()
    await settle()
    assert desk.network.sent == []


async def test_setting_is_honoured(presence: Presence, desk: Desk, people: Scene) -> None:
    people.alice.store.settings.set(SEND_HERE, False)
    presence.announce()
    presence.answer(people.alice.contact(people.bob).contact_id)
    await settle()
    assert desk.network.sent == []


async def test_at_most_fifty_the_latest_first(
    presence: Presence, desk: Desk, people: Scene
) -> None:
    people.alice.pass_ms(1000)
    for number in range(MAX_CONTACTS):
        somebody(people.alice, f"Somebody {number}")
    presence.announce()
    for _ in range(20):
        await settle()
    mailboxes = {envelope.mailbox for envelope in desk.network.sent}
    assert len(mailboxes) == MAX_CONTACTS
    assert people.bob.card.device.mailbox not in mailboxes


async def test_one_relay_hears_one_after_the_other(
    presence: Presence, desk: Desk, people: Scene
) -> None:
    for number in range(5):
        somebody(people.alice, f"Somebody {number}")
    presence.announce()
    for _ in range(3):
        await settle()
    assert len(desk.session.sends) == 6 and desk.session.most_unanswered == 1


async def test_rate_limit_is_waited_for(presence: Presence, desk: Desk, people: Scene) -> None:
    somebody(people.alice, "Carol")
    refuse = True

    def answer(frame: Frame) -> Frame | Exception | None:
        if refuse:
            return RateLimitedError("slow", retry_after_ms=2000)
        return frames.Accepted(frame.request_id, 0)

    desk.network.answer = answer
    presence.announce()
    await settle()
    refuse = False
    assert len(desk.session.sends) == 1
    await desk.clock.advance(1.9)
    assert len(desk.session.sends) == 1
    await desk.clock.advance(0.2)
    assert len(desk.session.sends) == 2


async def test_relay_that_is_away_costs_a_count_and_holds_up_no_other(
    presence: Presence, desk: Desk, people: Scene
) -> None:
    desk.network.up = False
    somebody(people.alice, "Far", OTHER_RELAY)
    presence.announce()
    await settle()
    assert len(desk.session.sends) == 1
    await desk.clock.advance(16)
    assert people.alice.counts == {"here not sent": 1}


async def test_refusal_and_silence_are_counted_and_nothing_else(
    presence: Presence, desk: Desk, people: Scene
) -> None:
    desk.network.answer = lambda frame: UnsupportedError("no")
    presence.announce()
    await settle()
    assert (
        people.alice.counts == {"here not sent": 1}
        and people.alice.event_types()["PartFailed"] == 0
    )
    desk.network.answer = silent
    await desk.clock.advance(ANSWER_EVERY_SECONDS)
    presence.announce()
    await desk.clock.advance(16)
    assert people.alice.counts == {"here not sent": 2}


async def test_answer_at_most_once_a_minute(presence: Presence, desk: Desk, people: Scene) -> None:
    bob = people.alice.contact(people.bob).contact_id
    presence.answer(bob)
    presence.answer(bob)
    await desk.clock.advance(ANSWER_EVERY_SECONDS - 0.1)
    presence.answer(bob)
    await settle()
    assert len(desk.network.sent) == 1
    await desk.clock.advance(0.2)
    presence.answer(bob)
    await settle()
    assert len(desk.network.sent) == 2


async def test_connection_that_flaps_announces_at_most_once_a_minute(
    presence: Presence, desk: Desk, people: Scene
) -> None:
    for _ in range(10):
        presence.announce()
        await desk.clock.advance(5)
    assert len(desk.network.sent) == 1


async def test_two_clients_that_answer_each_other_fall_silent(
    presence: Presence, desk: Desk, people: Scene
) -> None:
    bobs = make_desk(people.bob)
    await bobs.start()
    bob_presence = presence_of(people.bob, bobs)
    heard = {"Alice": 0, "Bob": 0}

    def carry(source: Desk, listener: Presence, to: Person, of: Person) -> None:
        """What leaves a desk is heard by the other client at once."""

        def answer(frame: Frame) -> Frame | Exception | None:
            heard[to.card.name] += 1
            listener.answer(to.contact(of).contact_id)
            return frames.Accepted(frame.request_id, LIFE_MS)

        source.network.answer = answer

    carry(desk, bob_presence, people.bob, people.alice)
    carry(bobs, presence, people.alice, people.bob)
    presence.announce()
    for _ in range(20):
        await settle()
    assert heard == {"Alice": 1, "Bob": 1}
    await bob_presence.stop()
    await bobs.stop()


async def test_stop_leaves_no_task(presence: Presence, desk: Desk) -> None:
    desk.network.answer = silent
    presence.announce()
    await settle()
    await presence.stop()
    await desk.stop()
