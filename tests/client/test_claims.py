"""Claims of prekeys: when there should be a session and is none, and not too often."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.client.fake_clock import settle
from tests.client.kit import Scene
from tests.client.sending_kit import Desk, accept
from tests.client.suite2_kit import Shelf, follow, stocked
from whispr.client.claims import FIRST_PAUSE_MS, LONGEST_PAUSE_MS, WAITING, Claims
from whispr.client.store.message import Fate, Protection
from whispr.errors import (
    ConnectionClosedError,
    NotFoundError,
    RateLimitedError,
    RelayError,
    UserInputError,
)
from whispr.protocol import frames
from whispr.protocol.schema import Frame


class Counter:
    """A relay with a shelf; counts the claims and may refuse them."""

    def __init__(self, desk: Desk, shelf: Shelf | None) -> None:
        self.shelf = shelf
        self.claims: list[frames.ClaimPrekeys] = []
        self.trouble: Exception | None = None
        desk.network.answer = self.answer

    def answer(self, frame: Frame) -> Frame | Exception | None:
        if not isinstance(frame, frames.ClaimPrekeys):
            return accept(frame)
        self.claims.append(frame)
        if self.trouble is not None:
            return self.trouble
        if self.shelf is None:
            return NotFoundError("nothing", retry_after_ms=0)
        taken = self.shelf.take()
        return frames.PrekeyBundle(
            frame.request_id,
            taken.kem_key,
            taken.signed_prekey,
            taken.kem_prekey,
            int(taken.last_resort),
            taken.one_time,
        )


@pytest.fixture
def two(people: Scene) -> Callable[[Desk], Counter]:
    """Alice and Bob advertise suite 2; the relay has what Bob left there."""

    def two(desk: Desk) -> Counter:
        stocked(people.alice)
        shelf = stocked(people.bob)
        follow(people.alice, people.bob)
        return Counter(desk, shelf)

    return two


async def sent(desk: Desk, people: Scene, *texts: str) -> list[int]:
    ids = desk.write(people.bob, *texts)
    await settle()
    return ids


async def test_one_claim_for_all_that_is_due(desk: Desk, people: Scene, two: Any) -> None:
    counter = two(desk)
    await desk.start()
    ids = await sent(desk, people, "one", "two")
    assert [envelope.suite for envelope in desk.network.sent] == [2, 2]
    assert len(counter.claims) == 1
    assert counter.claims[0].mailbox == people.bob.card.device.mailbox
    assert [desk.fate(number) for number in ids] == [Fate.ACCEPTED] * 2
    for envelope in desk.network.sent:
        people.bob.receive(envelope.data)
    assert people.bob.texts(people.alice) == ["one", "two"]


async def test_without_prekeys_it_waits_and_says_why(desk: Desk, people: Scene, two: Any) -> None:
    counter = two(desk)
    counter.shelf, shelf = None, counter.shelf
    await desk.start()
    (number,) = await sent(desk, people, "one")
    assert desk.network.sent == []
    assert (desk.fate(number), desk.reason(number)) == (Fate.QUEUED, WAITING)
    counter.shelf = shelf
    await desk.clock.advance(FIRST_PAUSE_MS / 1000 + 1)
    await settle()
    assert [envelope.suite for envelope in desk.network.sent] == [2]
    assert (desk.fate(number), desk.reason(number)) == (Fate.ACCEPTED, "")


async def test_the_person_may_send_this_one_with_the_older_protection(
    desk: Desk, people: Scene, two: Any
) -> None:
    counter = two(desk)
    counter.shelf = None
    await desk.start()
    alice, bob = people.alice, people.bob
    (waiting,) = await sent(desk, people, "waits")
    message = alice.outgoing.text(alice.contact(bob), "goes", older_protection=True)
    desk.sender.wake()
    await settle()
    assert [envelope.suite for envelope in desk.network.sent] == [1]
    assert desk.fate(waiting) is Fate.QUEUED
    stored = alice.store.history.get(message.message_id)
    assert stored is not None and stored.protection is Protection.OLDER_BY_CHOICE


async def test_after_a_first_session_nothing_goes_with_the_older_protection(
    desk: Desk, people: Scene, two: Any
) -> None:
    counter = two(desk)
    counter.shelf = None
    alice, bob = people.alice, people.bob
    alice.store.ratchets.note_suite_2(bob.identity.device.public)
    with pytest.raises(UserInputError, match="strong protection"):
        alice.outgoing.text(alice.contact(bob), "no", older_protection=True)
    await desk.start()
    (number,) = await sent(desk, people, "waits")
    assert desk.network.sent == []
    assert desk.reason(number) == WAITING


async def test_after_a_first_session_a_card_without_suite_2_changes_nothing(
    desk: Desk, people: Scene, two: Any
) -> None:
    """Somebody who has only the device's signing key cannot make the conversation weaker."""
    counter = two(desk)
    counter.shelf = None
    alice, bob = people.alice, people.bob
    alice.store.ratchets.note_suite_2(bob.identity.device.public)
    bob.core.own_card._issue(2**32 - 1, bob.core.now_ms(), kem_key_hash=bytes(32))
    assert bob.card.device.suites == 1
    follow(alice, bob)
    await desk.start()
    await sent(desk, people, "waits")
    assert desk.network.sent == []


async def test_suite_1_where_one_side_has_no_more(desk: Desk, people: Scene) -> None:
    stocked(people.alice)
    counter = Counter(desk, None)
    await desk.start()
    await sent(desk, people, "one")
    assert [envelope.suite for envelope in desk.network.sent] == [1]
    assert counter.claims == []


@pytest.mark.parametrize("trouble", [NotFoundError, RateLimitedError])
async def test_pauses_grow_and_a_sign_ends_them(people: Scene, trouble: type[RelayError]) -> None:
    alice, bob = people.alice, people.bob
    stocked(alice)
    stocked(bob)
    follow(alice, bob)
    claims, session = Claims(alice.core, alice.ratchets), Refusing(trouble("no", retry_after_ms=0))
    contact, card = alice.contact(bob), bob.card
    pauses = []
    for _ in range(12):
        await claims.ensure(contact, card, session)  # type: ignore[arg-type]
        pauses.append(claims.again_at_ms(card) - alice.core.now_ms())
        await claims.ensure(contact, card, session)  # type: ignore[arg-type]
        alice.pass_ms(pauses[-1])
    assert session.count == 12, "never before its time"
    assert pauses[:3] == [FIRST_PAUSE_MS, 2 * FIRST_PAUSE_MS, 4 * FIRST_PAUSE_MS]
    assert pauses[-1] == LONGEST_PAUSE_MS
    await claims.ensure(contact, card, session)  # type: ignore[arg-type]
    claims.heard_from(card.device.device_key)
    await claims.ensure(contact, card, session)  # type: ignore[arg-type]
    assert session.count == 14


async def test_lost_answer_is_asked_for_with_the_same_claim_id(people: Scene) -> None:
    alice, bob = people.alice, people.bob
    stocked(alice)
    stocked(bob)
    follow(alice, bob)
    claims, session = Claims(alice.core, alice.ratchets), Refusing(ConnectionClosedError("gone"))
    for _ in range(2):
        with pytest.raises(ConnectionClosedError):
            await claims.ensure(alice.contact(bob), bob.card, session)  # type: ignore[arg-type]
    assert len(set(session.claim_ids)) == 1


async def test_a_bundle_that_does_not_fit_the_card_is_not_used(
    desk: Desk, people: Scene, two: Any
) -> None:
    counter = two(desk)
    counter.shelf = stocked(people.mallory)
    await desk.start()
    (number,) = await sent(desk, people, "one")
    assert desk.network.sent == [] and desk.reason(number) == WAITING
    assert people.alice.counts == {"no prekeys: InvalidKeyError": 1}
    await desk.clock.advance(FIRST_PAUSE_MS / 1000 + 1)
    assert len({claim.claim_id for claim in counter.claims}) == len(counter.claims) == 2


class Refusing:
    """A session whose every claim ends in the same way."""

    def __init__(self, trouble: Exception) -> None:
        self._trouble = trouble
        self.count = 0
        self.claim_ids: list[bytes] = []

    async def request(self, frame_type: type[Frame], **fields: Any) -> Frame:
        assert frame_type is frames.ClaimPrekeys
        self.count += 1
        self.claim_ids.append(fields["claim_id"])
        await asyncio.sleep(0)
        raise self._trouble
