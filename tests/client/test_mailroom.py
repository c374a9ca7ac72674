"""Committed, then acknowledged; nothing that goes wrong in one envelope keeps back the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import cast

import pytest

from tests.client.fake_clock import settle
from tests.client.kit import Person, Scene, sealed
from tests.client.sending_kit import CountedQueries, Desk
from whispr.client.link import Link
from whispr.client.mailroom import BATCH, MAX_WAITING_FOR_EPHEMERAL, Mailroom
from whispr.errors import StorageError
from whispr.protocol.frames import Deliver


class Inbox:
    """Alice's mailroom behind her own link."""

    def __init__(self, desk: Desk, people: Scene) -> None:
        self.desk, self.alice, self.bob = desk, people.alice, people.bob
        self.room = Mailroom(people.alice.core, people.alice.receiver)
        self._sequence = 0

    def text(self, text: str) -> bytes:
        return sealed(self.bob, self.alice, self.bob.content(body=text.encode()))

    def deliver(self, *envelopes: bytes, previous: bool = False, ephemeral: bool = False) -> None:
        for envelope in envelopes:
            self._sequence += 0 if ephemeral else 1
            frame = Deliver(1, 0 if ephemeral else self._sequence, 0, envelope)
            self.room.add(cast("Link", self.desk.own), frame, previous=previous)

    @property
    def texts(self) -> list[str]:
        return self.alice.texts(self.bob)

    @property
    def acknowledged(self) -> list[int]:
        return self.desk.own.acknowledged


@pytest.fixture
async def inbox(desk: Desk, people: Scene) -> AsyncIterator[Inbox]:
    desk.links.start()
    made = Inbox(desk, people)
    made.room.start()
    yield made
    await made.room.stop()


def failing(
    method: Callable[..., object], error: Exception, *, times: int
) -> Callable[..., object]:
    left = times

    def instead(*arguments: object, **named: object) -> object:
        nonlocal left
        if left:
            left -= 1
            raise error
        return method(*arguments, **named)

    return instead


async def test_delivered_is_stored_and_then_acknowledged(inbox: Inbox) -> None:
    seen: list[list[str]] = []
    original = inbox.desk.own.acknowledge

    def acknowledge(session: object, sequence: int) -> None:
        assert not inbox.alice.store.outbox._database._depth, "committed before"
        seen.append(inbox.texts)
        original(session, sequence)  # type: ignore[arg-type]

    inbox.desk.own.acknowledge = acknowledge  # type: ignore[method-assign]
    inbox.deliver(inbox.text("one"), inbox.text("two"))
    await settle()
    assert inbox.acknowledged == [1, 2] and seen[0] == ["one", "two"]


async def test_several_are_one_commit(inbox: Inbox) -> None:
    commits: list[str] = []
    database = inbox.alice.store.outbox._database
    original = database.change

    def change(sql: str, parameters: object = ()) -> int:
        commits.extend([sql] if sql == "COMMIT" else [])
        return original(sql, parameters)  # type: ignore[arg-type]

    database.change = change  # type: ignore[method-assign]
    inbox.deliver(*(inbox.text(f"text {number}") for number in range(BATCH + 1)))
    await settle()
    database.change = original  # type: ignore[method-assign]
    assert len(inbox.texts) == BATCH + 1 and len(commits) == 2


async def test_what_cannot_be_opened_is_acknowledged_and_counted(inbox: Inbox) -> None:
    inbox.deliver(b"garbage", inbox.text("two"))
    await settle()
    assert inbox.acknowledged == [1, 2] and inbox.texts == ["two"]
    assert inbox.alice.counts["malformed envelope"] == 1


async def test_ephemeral_is_taken_and_not_acknowledged(inbox: Inbox) -> None:
    inbox.deliver(inbox.text("one"), ephemeral=True)
    await settle()
    assert inbox.texts == ["one"] and inbox.acknowledged == []


@pytest.mark.parametrize(("waiting", "taken"), [(0, 0), (-1, 1)])
async def test_ephemeral_ones_are_bounded(
    desk: Desk, people: Scene, waiting: int, taken: int
) -> None:
    desk.links.start()
    inbox = Inbox(desk, people)
    inbox.deliver(*[b"x"] * (MAX_WAITING_FOR_EPHEMERAL + waiting))
    inbox.deliver(b"y", ephemeral=True)
    dropped = people.alice.counts.get("EPHEMERAL while too many wait", 0)
    assert dropped == 1 - taken


async def test_for_a_former_mailbox(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []

    def receive_for_previous(data: bytes) -> list[Callable[[], None]]:
        seen.append(data)
        return []

    monkeypatch.setattr(inbox.alice.receiver, "receive_for_previous", receive_for_previous)
    inbox.deliver(b"envelope", previous=True)
    await settle()
    assert seen == [b"envelope"] and inbox.acknowledged == [1]


async def test_disk_that_fails_ends_the_connection_and_acknowledges_nothing(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Acknowledgements are cumulative: what lies behind the failure must not be taken either."""
    history = inbox.alice.store.history
    broken = failing(history.add_incoming, StorageError("the disk is full"), times=1)
    monkeypatch.setattr(history, "add_incoming", broken)
    envelopes = [inbox.text(f"text {number}") for number in range(BATCH + 5)]
    inbox.deliver(*envelopes)
    await settle()
    assert inbox.acknowledged == [] and inbox.texts == []
    assert inbox.desk.own.aborted == ["what was delivered could not be stored"]
    assert "the disk is full" in caplog.text
    assert inbox.alice.event_types()["PartFailed"] == 1
    inbox.desk.own.connect()
    inbox.deliver(*envelopes)
    await settle()
    assert len(inbox.texts) == BATCH + 5 and len(inbox.acknowledged) == BATCH + 5


async def test_commit_that_fails_for_an_unknown_reason_acknowledges_nothing(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = inbox.alice.store.outbox._database
    original, left = database.change, 1

    def change(sql: str, parameters: object = ()) -> int:
        nonlocal left
        if sql == "COMMIT" and left:
            left -= 1
            raise ValueError("a value")
        return original(sql, parameters)  # type: ignore[arg-type]

    monkeypatch.setattr(database, "change", change)
    envelope = inbox.text("one")
    inbox.deliver(envelope)
    await settle()
    assert inbox.acknowledged == [] and inbox.texts == [] and inbox.desk.own.aborted
    inbox.desk.own.connect()
    inbox.deliver(envelope)
    await settle()
    assert inbox.texts == ["one"]


async def test_envelope_that_trips_a_defect_does_not_come_for_ever(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    history = inbox.alice.store.history
    broken = failing(history.add_incoming, OverflowError("a value of the sender"), times=1)
    monkeypatch.setattr(history, "add_incoming", broken)
    inbox.deliver(inbox.text("poison"), inbox.text("two"))
    await settle()
    assert inbox.texts == ["two"] and inbox.acknowledged == [1, 2]
    assert inbox.alice.counts["failed: opening an envelope"] == 1
    assert "OverflowError" in caplog.text and "a value of the sender" not in caplog.text


@pytest.mark.parametrize("field", ["order", "sent_at_ms"])
async def test_number_beyond_the_database_does_not_stop_the_mailroom(
    inbox: Inbox, field: str
) -> None:
    content = inbox.bob.content(**{field: 2**64 - 1})
    inbox.deliver(sealed(inbox.bob, inbox.alice, content), inbox.text("two"))
    await settle()
    assert "two" in inbox.texts and inbox.acknowledged == [1, 2]


async def test_defect_in_what_follows_does_not_take_the_rest_along(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = inbox.alice.reactions.heard_from
    monkeypatch.setattr(
        inbox.alice.reactions, "heard_from", failing(heard, ValueError("a value"), times=1)
    )
    inbox.deliver(inbox.text("one"), inbox.text("two"))
    await settle()
    assert inbox.acknowledged == [1, 2] and len(inbox.alice.reactions.heard) == 1
    assert inbox.alice.event_types()["MessageReceived"] == 2
    assert inbox.alice.counts["failed: what follows from a message"] == 1


async def test_mailroom_that_crashed_goes_on(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever else goes wrong, it begins again with what waits."""
    take = inbox.room._take
    monkeypatch.setattr(inbox.room, "_take", failing(take, ValueError("a value"), times=1))
    inbox.deliver(inbox.text("one"))
    await settle()
    assert inbox.alice.counts["failed: mailroom"] == 1
    inbox.deliver(inbox.text("two"))
    await inbox.desk.clock.advance(2)
    assert inbox.texts == ["two"]


async def test_delivered_on_a_connection_that_is_over_is_stored_and_not_acknowledged(
    inbox: Inbox,
) -> None:
    inbox.deliver(inbox.text("one"))
    inbox.desk.own.lose()
    inbox.desk.own.connect()
    await settle()
    assert inbox.texts == ["one"] and inbox.acknowledged == []


async def test_nothing_comes_over_a_closed_link(inbox: Inbox) -> None:
    inbox.desk.own.lose()
    inbox.deliver(inbox.text("one"))
    await settle()
    assert inbox.texts == []


async def test_idle_waits_until_everything_is_committed(inbox: Inbox) -> None:
    await asyncio.wait_for(inbox.room.idle(), 1)
    inbox.deliver(*(inbox.text(f"text {number}") for number in range(BATCH * 2)))
    await inbox.room.idle()
    assert len(inbox.texts) == BATCH * 2


async def test_idle_mailroom_asks_the_database_nothing(inbox: Inbox, people: Scene) -> None:
    alice: Person = people.alice
    await settle()
    with CountedQueries(alice).counting() as queries:
        await inbox.desk.clock.advance(3600)
    assert queries.count == 0
