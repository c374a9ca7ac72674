"""Batches: one commit, then the acknowledgement, and a bad envelope loses nobody else's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.client.fake_clock import settle
from tests.client.kit import RELAY_ID, Person, Scene, sealed
from tests.client.test_receiver import receipts
from whispr.client.mailroom import BATCH, MAX_WAITING_FOR_EPHEMERAL, Mailroom
from whispr.errors import StorageError, UnknownContactError
from whispr.protocol.frames import Deliver


@dataclass(eq=False)
class FakeSession:
    relay_ids: tuple[bytes, ...] = (RELAY_ID,)
    aborted: list[str] = field(default_factory=list)

    def abort(self, reason: str) -> None:
        self.aborted.append(reason)


@dataclass(eq=False)
class FakeLink:
    session: FakeSession | None = field(default_factory=FakeSession)
    acknowledged: list[int] = field(default_factory=list)
    looked: Any = None

    def acknowledge(self, session: FakeSession, sequence: int) -> None:
        assert session is self.session
        self.acknowledged.append(sequence)
        if self.looked is not None:
            self.looked()


class Delivery:
    """Bob's mailroom and the link that fills it."""

    def __init__(self, people: Scene) -> None:
        self.people = people
        self.link = FakeLink()
        self.mailroom = Mailroom(people.bob.core, people.bob.receiver)
        self._sequence = 0

    def add(self, data: bytes, *, previous: bool = False, ephemeral: bool = False) -> None:
        self._sequence += 0 if ephemeral else 1
        frame = Deliver(1, 0 if ephemeral else self._sequence, 0, data)
        link: Any = self.link
        self.mailroom.add(link, frame, previous=previous)

    def add_text(self, text: str, sender: Person | None = None) -> None:
        sender = sender or self.people.alice
        self.add(sealed(sender, self.people.bob, sender.content(body=text.encode())))

    @property
    def texts(self) -> list[str]:
        return self.people.bob.texts(self.people.alice)


@pytest.fixture
async def delivery(people: Scene) -> AsyncIterator[Delivery]:
    made = Delivery(people)
    made.mailroom.start()
    yield made
    await made.mailroom.stop()


async def test_everything_is_committed_before_it_is_acknowledged(delivery: Delivery) -> None:
    database = delivery.people.bob.store.database
    seen: list[tuple[int, bool]] = []
    delivery.link.looked = lambda: seen.append(
        (len(delivery.texts), bool(database._connection.in_transaction))
    )
    for number in range(3):
        delivery.add_text(f"text {number}")
    await delivery.mailroom.idle()
    assert delivery.link.acknowledged == [1, 2, 3]
    assert seen == [(3, False)] * 3


async def test_a_batch_is_one_commit(delivery: Delivery, monkeypatch: pytest.MonkeyPatch) -> None:
    store = delivery.people.bob.store
    depths: list[int] = []
    real = type(store.database).transaction

    def counted(database: Any) -> Any:
        depths.append(database._depth)
        return real(database)

    monkeypatch.setattr(type(store.database), "transaction", counted)
    for number in range(BATCH + 1):
        delivery.add_text(f"text {number}")
    await delivery.mailroom.idle()
    assert depths.count(0) == 2 and len(delivery.texts) == BATCH + 1


async def test_a_bad_envelope_does_not_lose_the_others(
    delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = delivery.people
    delivery.add_text("before")
    delivery.add(b"no envelope")
    delivery.add(sealed(people.mallory, people.bob, people.mallory.content()))
    delivery.add_text("after")
    await delivery.mailroom.idle()
    assert delivery.texts == ["before", "after"]
    assert delivery.link.acknowledged == [1, 2, 3, 4]
    assert sum(people.bob.counts.values()) == 2


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (UnknownContactError("gone"), "refused: UnknownContactError"),
        (OverflowError("a secret"), "failed: opening an envelope"),
    ],
)
async def test_an_envelope_that_fails_half_way_leaves_nothing_of_itself(
    delivery: Delivery,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    told: str,
) -> None:
    """Nor does it stop the client for ever: it would come again after every restart."""
    bob = delivery.people.bob
    real = bob.outgoing.receipt

    def fail_for_poison(contact_id: int, kind: Any, content_ids: Any) -> None:
        if "poison" in delivery.texts:
            raise error
        real(contact_id, kind, content_ids)

    monkeypatch.setattr(bob.outgoing, "receipt", fail_for_poison)
    for text in ("before", "poison", "after"):
        delivery.add_text(text)
    await delivery.mailroom.idle()
    assert delivery.texts == ["before", "after"] and len(receipts(bob)) == 2
    assert bob.counts == {told: 1} and "a secret" not in caplog.text
    assert delivery.link.acknowledged == [1, 2, 3]
    assert bob.event_types()["MessageReceived"] == 2


async def test_nothing_is_acknowledged_when_it_cannot_be_stored(
    delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor anything behind it: an acknowledgement covers all that came before."""
    bob = delivery.people.bob
    full = True

    def put(*arguments: Any, **named: Any) -> int:
        if full:
            raise StorageError("the disk is full")
        return real(bob.store.outbox, *arguments, **named)

    real = type(bob.store.outbox).put
    monkeypatch.setattr(
        type(bob.store.outbox), "put", lambda outbox, *rest, **named: put(*rest, **named)
    )
    for number in range(BATCH + 2):
        delivery.add_text(f"text {number}")
    other = FakeLink()
    await delivery.mailroom.idle()
    assert delivery.link.acknowledged == [] and delivery.texts == []
    assert delivery.link.session is not None and len(delivery.link.session.aborted) == 1
    assert bob.event_types() == {"PartFailed": 1}, "the person is told"
    # The link comes back, and everything is delivered again.
    full = False
    delivery.link = other
    delivery.add_text("later")
    await delivery.mailroom.idle()
    assert delivery.texts == ["later"] and len(other.acknowledged) == 1


async def test_a_defect_in_what_follows_keeps_back_nothing(
    delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob = delivery.people.bob
    monkeypatch.setattr(bob.reactions, "heard_from", lambda contact_id: 1 / 0)
    delivery.add_text("before")
    delivery.add_text("after")
    await delivery.mailroom.idle()
    assert delivery.texts == ["before", "after"] and delivery.link.acknowledged == [1, 2]
    assert bob.event_types() == {"MessageReceived": 2, "PartFailed": 2}


async def test_a_flood_of_ephemeral_envelopes_is_bounded(delivery: Delivery) -> None:
    alice, bob = delivery.people.alice, delivery.people.bob
    data = sealed(alice, bob, alice.content(5, b""), flags=1)
    for _ in range(MAX_WAITING_FOR_EPHEMERAL + 2):
        delivery.add(data, ephemeral=True)
    assert bob.counts == {"EPHEMERAL while too many wait": 2}
    delivery.add_text("not lost")
    await delivery.mailroom.idle()
    assert delivery.texts == ["not lost"]


async def test_what_a_connection_that_is_gone_delivered_is_stored_but_not_acknowledged(
    delivery: Delivery,
) -> None:
    delivery.add_text("hello")
    delivery.link.session = FakeSession()
    await delivery.mailroom.idle()
    assert delivery.texts == ["hello"] and delivery.link.acknowledged == []
    delivery.link.session = None
    delivery.add_text("never seen")
    await settle()
    assert delivery.texts == ["hello"]


async def test_ephemeral_envelopes_have_nothing_to_acknowledge(delivery: Delivery) -> None:
    alice, bob = delivery.people.alice, delivery.people.bob
    delivery.add(sealed(alice, bob, alice.content(5, b""), flags=1), ephemeral=True)
    await delivery.mailroom.idle()
    assert bob.event_types()["ContactHere"] == 1 and delivery.link.acknowledged == []


async def test_a_former_mailbox_is_answered_and_acknowledged(delivery: Delivery) -> None:
    alice, bob = delivery.people.alice, delivery.people.bob
    delivery.add(sealed(alice, bob, alice.content(), mailbox=bytes(32)), previous=True)
    await delivery.mailroom.idle()
    assert delivery.texts == [] and delivery.link.acknowledged == [1]
    assert len(bob.store.outbox.pending()) == 2


async def test_what_waits_when_it_stops_is_not_acknowledged(people: Scene) -> None:
    delivery = Delivery(people)
    delivery.add_text("hello")
    await delivery.mailroom.stop()
    assert delivery.texts == [] and delivery.link.acknowledged == []
