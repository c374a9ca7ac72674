"""The public face: queued on the disk when it returns, honest about fates, bounded in waiting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.client.fake_clock import settle
from tests.client.kit import Person, Scene, SeededBytes, sealed
from tests.client.sending_kit import OTHER_RELAY, CountedQueries, Network, silent, somebody
from whispr import errors
from whispr.client.client import FLUSH_SECONDS, Client
from whispr.client.events import ConnectionChanged, FateChanged, LinkState, MessageReceived
from whispr.client.receiver import MOVED
from whispr.client.store.attachment import AttachmentState
from whispr.client.store.message import Fate
from whispr.client.store.settings import SEND_HERE
from whispr.protocol import frames
from whispr.protocol.address import RelayAddress
from whispr.protocol.frames import Ack


class Session:
    """Alice's client over a network of the test's making."""

    def __init__(self, alice: Person, bob: Person) -> None:
        self.alice, self.bob, self.clock = alice, bob, alice.clock
        self.network = Network(alice.clock, alice.core.now_ms)
        alice.store.settings.set(SEND_HERE, False)
        self.client: Client
        self._random_bytes = SeededBytes("client")

    def open(self, *, connect: bool = True) -> AbstractAsyncContextManager[Client]:
        return Client.open(
            self.alice.profile,
            clock=self.clock,
            random_bytes=self._random_bytes,
            jitter=lambda: 0.5,
            make_link=self.network.make_link,
            connect=connect,
        )


@pytest.fixture
def closed(people: Scene) -> Session:
    """Not opened yet."""
    return Session(people.alice, people.bob)


@pytest.fixture
async def session(closed: Session) -> AsyncIterator[Session]:
    async with closed.open() as closed.client:
        await settle()
        yield closed
    await settle()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_text_is_on_the_disk_when_send_returns(session: Session) -> None:
    session.network.answer = silent
    message = await session.client.send("Bob", "hello")
    assert message.fate is Fate.QUEUED and session.network.sent == []
    (row,) = session.alice.store.outbox.pending()
    assert row.content_id == message.content_id
    await settle()
    assert len(session.network.sent) == 1


async def test_nobody_of_that_name(session: Session) -> None:
    with pytest.raises(errors.UnknownContactError):
        await session.client.send("Nobody", "hello")


async def test_file_is_encrypted_on_the_disk_when_send_file_returns(
    session: Session, tmp_path: Path
) -> None:
    session.network.answer = silent
    source = tmp_path / "plans.txt"
    source.write_bytes(b"plans")
    message = await session.client.send_file("Bob", source)
    known = session.client.messages.attachment(message.message_id)
    assert known is not None and known.state is AttachmentState.STAGED
    stored = session.alice.profile.paths.files / known.spool_path
    assert b"plans" not in stored.read_bytes()


async def test_file_over_the_limit_leaves_nothing(session: Session, tmp_path: Path) -> None:
    source = tmp_path / "plans.txt"
    source.write_bytes(b"plans")
    await session.client.send_file("Bob", source, max_file_bytes=5)
    before = len(session.alice.store.outbox.pending())
    with pytest.raises(errors.FileTooLargeError):
        await session.client.send_file("Bob", source, max_file_bytes=4)
    assert len(session.alice.store.outbox.pending()) == before


async def test_send_again_after_the_end_and_not_before(session: Session) -> None:
    session.network.up = False
    session.network.own.lose()
    message = await session.client.send("Bob", "hello", life_ms=5000)
    with pytest.raises(errors.UserInputError):
        await session.client.send_again(message.message_id)
    await session.clock.advance(6)
    again = await session.client.send_again(message.message_id)
    assert again.text == "hello" and again.fate is Fate.QUEUED
    assert again.content_id != message.content_id


async def test_what_the_client_is(session: Session) -> None:
    client = session.client
    assert client.identity == session.alice.identity.identity
    assert client.card is not None and client.card.name == "Alice"
    assert client.state is LinkState.ONLINE
    assert client.store is session.alice.store
    assert client.now_ms() == session.alice.core.now_ms()


async def test_move_to_another_relay(session: Session) -> None:
    client = session.client
    before, card = client.relay, client.card
    with pytest.raises(errors.UserInputError):
        client.move(RelayAddress("unknown.example", 7443))
    client.move(before)
    assert (client.relay, client.card, client.former_places) == (before, card, ())
    client.move(OTHER_RELAY)
    await settle()
    assert client.relay == OTHER_RELAY and client.state is LinkState.ONLINE
    assert [place.relay for place in client.former_places] == [before]


async def test_device_that_was_replaced_does_not_move(session: Session) -> None:
    session.alice.store.settings.set(MOVED, 1)
    with pytest.raises(errors.UserInputError):
        session.client.move(OTHER_RELAY)
    assert session.client.relay != OTHER_RELAY


async def test_counters_are_a_copy(session: Session) -> None:
    session.network.own.deliver(b"garbage")
    await settle()
    counters = session.client.counters
    assert counters == {"malformed envelope": 1}
    counters.clear()
    assert session.client.counters == {"malformed envelope": 1}


async def test_retry_now_reaches_the_links(session: Session) -> None:
    session.client.retry_now()
    assert session.network.own.retries == 1


async def test_events_come_in_order_to_everybody_who_listens(session: Session) -> None:
    with session.client.listening() as one, session.client.listening() as two:
        session.network.own.deliver(sealed(session.bob, session.alice, session.bob.content()))
        await settle()
        message = await session.client.send("Bob", "hello")
        await settle()
        for queue in (one, two):
            events = [queue.get_nowait() for _ in range(queue.qsize())]
            assert [type(event) for event in events] == [MessageReceived, FateChanged]
            assert events[1] == FateChanged(
                *(message.message_id, message.contact_id, message.content_id, Fate.ACCEPTED)
            )
    session.network.own.lose()
    assert one.empty()


async def test_events_as_a_stream(session: Session) -> None:
    events = session.client.events()
    coming = asyncio.ensure_future(anext(events))
    await settle()
    session.network.own.lose()
    event = await coming
    assert isinstance(event, ConnectionChanged) and event.state is LinkState.WAITING
    await events.aclose()  # type: ignore[attr-defined]
    assert not session.client._listeners


async def settle_fate(session: Session, message_id: int, fate: Fate) -> None:
    """Move a message forward as the parts of a client do."""
    await settle()
    message = session.alice.store.history.get(message_id)
    assert message is not None
    session.alice.store.history.advance_fate(message.content_id, message.contact_id, fate)
    session.client._emit(FateChanged(message_id, message.contact_id, message.content_id, fate))


@pytest.mark.parametrize(
    ("wanted", "becomes"),
    [
        (Fate.ACCEPTED, Fate.ACCEPTED),
        (Fate.ACCEPTED, Fate.DELIVERED),
        (Fate.DELIVERED, Fate.DELIVERED),
        (Fate.DELIVERED, Fate.READ),
        (Fate.DELIVERED, Fate.FAILED),
        (Fate.DELIVERED, Fate.EXPIRED),
        (Fate.READ, Fate.EXPIRED),
        (Fate.READ, Fate.FAILED),
    ],
)
async def test_wait_for_fate_ends(session: Session, wanted: Fate, becomes: Fate) -> None:
    session.network.answer = silent
    message_id = (await session.client.send("Bob", "hello")).message_id
    waiting = asyncio.create_task(
        session.client.wait_for_fate(message_id, wanted, timeout_seconds=10)
    )
    await settle()
    assert not waiting.done()
    await settle_fate(session, message_id, becomes)
    assert (await waiting).fate is becomes
    assert session.clock.sleeping.count(10) == 0


@pytest.mark.parametrize(
    ("wanted", "becomes"),
    [(Fate.DELIVERED, Fate.ACCEPTED), (Fate.READ, Fate.DELIVERED), (Fate.READ, Fate.ACCEPTED)],
)
async def test_wait_for_fate_waits_on(session: Session, wanted: Fate, becomes: Fate) -> None:
    session.network.answer = silent
    message_id = (await session.client.send("Bob", "hello")).message_id
    waiting = asyncio.create_task(
        session.client.wait_for_fate(message_id, wanted, timeout_seconds=10)
    )
    await settle_fate(session, message_id, becomes)
    await session.clock.advance(9.9)
    assert not waiting.done()
    await session.clock.advance(0.2)
    assert (await waiting).fate is becomes, "time is over: the message as it is"


async def test_wait_for_a_fate_that_came_already(session: Session) -> None:
    message_id = (await session.client.send("Bob", "hello")).message_id
    await settle()
    message = await session.client.wait_for_fate(message_id, Fate.ACCEPTED, timeout_seconds=0.1)
    assert message.fate is Fate.ACCEPTED


async def test_wait_for_the_fate_of_a_received_message_does_not_wait(session: Session) -> None:
    session.network.own.deliver(sealed(session.bob, session.alice, session.bob.content()))
    await settle()
    (message,) = session.alice.store.history.conversation(
        session.alice.contact(session.bob).contact_id
    )
    got = await session.client.wait_for_fate(message.message_id, Fate.READ, timeout_seconds=1)
    assert got.fate is None


async def test_wait_for_the_fate_of_nothing(session: Session) -> None:
    with pytest.raises(errors.UserInputError):
        await session.client.wait_for_fate(999, Fate.READ, timeout_seconds=1)


async def test_flush_with_nothing_to_do_is_over_at_once(session: Session) -> None:
    assert await session.client.flush() is True


async def test_flush_waits_for_receipts_and_acknowledgements(session: Session) -> None:
    session.network.answer = lambda frame: (
        frames.Done(frame.request_id) if isinstance(frame, Ack) else None
    )
    session.network.own.deliver(sealed(session.bob, session.alice, session.bob.content()))
    flushing = asyncio.create_task(session.client.flush())
    await settle()
    assert not flushing.done()
    assert session.network.own.fake_session is not None
    session.network.own.fake_session.give(0)
    await settle()
    assert flushing.result() is True and session.network.own.flushed == 1


async def test_flush_is_bounded(session: Session) -> None:
    session.network.answer = silent
    session.network.own.deliver(sealed(session.bob, session.alice, session.bob.content()))
    flushing = asyncio.create_task(session.client.flush())
    await settle()
    with CountedQueries(session.alice).counting() as queries:
        await session.clock.advance(FLUSH_SECONDS - 0.1)
        assert not flushing.done() and queries.count == 0
    await session.clock.advance(0.2)
    assert flushing.result() is False


async def test_flush_does_not_wait_for_texts(session: Session) -> None:
    session.network.answer = silent
    await session.client.send("Bob", "hello")
    await settle()
    assert await session.client.flush() is True


async def test_without_connection_nothing_leaves_and_nothing_runs(closed: Session) -> None:
    before = asyncio.all_tasks()
    async with closed.open(connect=False) as client:
        await client.send("Bob", "hello")
        await settle()
        assert asyncio.all_tasks() == before
        assert client.state is LinkState.CLOSED
    assert closed.network.sent == []


async def test_close_leaves_no_task_whatever_is_under_way(closed: Session, tmp_path: Path) -> None:
    source = tmp_path / "plans.txt"
    source.write_bytes(b"plans")
    somebody(closed.alice, "Far", OTHER_RELAY)
    closed.network.answer = silent
    async with closed.open() as client:
        closed.network.up = False
        await client.send("Bob", "hello")
        await client.send("Far", "hello")
        await client.send_file("Bob", source)
        closed.network.own.deliver(sealed(closed.bob, closed.alice, closed.bob.content()))
        closed.network.own.synced()
        await settle()
    await settle()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert closed.clock.sleeping == []


async def test_start_that_fails_leaves_no_task(
    closed: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sweep(*_: object) -> int:
        raise errors.StorageError("the disk is gone")

    monkeypatch.setattr("whispr.client.transfers.sweep", sweep)
    with pytest.raises(errors.StorageError, match="the disk is gone"):
        async with closed.open():
            pass
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_profile_stays_open_and_may_be_opened_again(closed: Session) -> None:
    async with closed.open() as client:
        await client.send("Bob", "one")
    closed.network = Network(closed.clock, closed.alice.core.now_ms)
    async with closed.open() as client:
        await settle()
        await client.send("Bob", "two")
        await settle()
    assert len(closed.network.sent) == 2, "one was still to be sent, or sent again"
