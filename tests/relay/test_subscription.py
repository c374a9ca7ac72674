"""SUBSCRIBE, ACK, UNSUBSCRIBE, ALLOW over real TLS: order, credit, takeover, slow readers."""

from __future__ import annotations

import asyncio

import pytest

from tests.relay.raw_client import code_of
from whispr.errors import RelayUnavailableError
from whispr.protocol import frames
from whispr.protocol.codes import ErrorCode, GoawayReason


@pytest.fixture
async def start(start_relay, connect, alice, bob):
    """A relay with a sender and a reader that have proven their keys."""

    async def start(**settings):
        settings = {"send_burst": 1000, "connection_send_burst": 1000, "address_send_burst": 1000,
                    "mailbox_messages": 1000, "mailbox_bytes": 8 * 2**20} | settings  # fmt: skip
        relay = await start_relay(**settings)
        sender, reader = await connect(relay), await connect(relay)
        await sender.send_as(alice)
        await reader.read_as(bob)
        return relay, sender, reader

    return start


async def fill(sender, alice, bob, count, size_bytes=10):
    for number in range(count):
        text = number.to_bytes(4, "big") * (size_bytes // 4 + 1)
        answer = await sender.submit(sender.envelope(alice, bob, text))
        assert isinstance(answer, frames.Accepted), answer


def number_of(deliver):
    return int.from_bytes(deliver.envelope[128:132], "big")


async def test_backlog_then_synced_then_live_in_one_order(start, alice, bob):
    _, sender, reader = await start()
    await fill(sender, alice, bob, 3)
    await reader.subscribe()
    backlog = [await reader.receive(frames.Deliver) for _ in range(3)]
    await reader.receive(frames.Synced)
    await fill(sender, alice, bob, 1)
    live = await reader.receive(frames.Deliver)
    assert [frame.sequence for frame in (*backlog, live)] == [1, 2, 3, 4]
    assert [number_of(frame) for frame in backlog] == [0, 1, 2]


async def test_credit_in_messages_holds_back_until_acknowledged(start, alice, bob):
    _, sender, reader = await start()
    await fill(sender, alice, bob, 5)
    assert (await reader.subscribe(messages=2)).credit_messages == 2
    for _ in range(2):
        await reader.receive(frames.Deliver)
    assert isinstance(await reader.ask(frames.Ping), frames.Pong)  # nothing came in between
    reader.write(frames.Ack(50, sequence=1))
    assert isinstance(await reader.receive(), frames.Done)
    assert number_of(await reader.receive(frames.Deliver)) == 2
    reader.write(frames.Ack(51, sequence=3))
    assert isinstance(await reader.receive(), frames.Done)
    assert [number_of(await reader.receive(frames.Deliver)) for _ in range(2)] == [3, 4]
    await reader.receive(frames.Synced)


async def test_credit_in_bytes_lets_at_least_one_message_through(start, alice, bob):
    _, sender, reader = await start()
    await fill(sender, alice, bob, 2, size_bytes=3000)
    await reader.subscribe(size_bytes=100)
    await reader.receive(frames.Deliver)
    assert isinstance(await reader.ask(frames.Ping), frames.Pong)
    reader.write(frames.Ack(50, sequence=1))
    assert isinstance(await reader.receive(), frames.Done)
    await reader.receive(frames.Deliver)
    await reader.receive(frames.Synced)


async def test_credit_is_cut_to_what_the_relay_grants(start):
    _, _, reader = await start(credit_messages=10, credit_bytes=5000)
    subscribed = await reader.subscribe(messages=65535, size_bytes=2**32 - 1)
    assert (subscribed.credit_messages, subscribed.credit_bytes) == (10, 5000)


async def test_what_is_acknowledged_is_gone_and_the_rest_comes_again(start, alice, bob):
    _, sender, reader = await start()
    await fill(sender, alice, bob, 4)
    await reader.subscribe()
    for _ in range(4):
        await reader.receive(frames.Deliver)
    await reader.receive(frames.Synced)
    assert isinstance(await reader.ask(frames.Ack, sequence=2), frames.Done)
    assert isinstance(await reader.ask(frames.Ack, sequence=1), frames.Done)  # lower is fine
    assert isinstance(await reader.ask(frames.Ack, sequence=0), frames.Done)
    await reader.subscribe()
    again = [await reader.receive(frames.Deliver) for _ in range(2)]
    assert [(frame.sequence, number_of(frame)) for frame in again] == [(1, 2), (2, 3)]


async def test_an_acknowledgement_above_what_was_pushed_is_refused(start, alice, bob):
    _, sender, reader = await start()
    await fill(sender, alice, bob, 2)
    await reader.subscribe(messages=1)
    await reader.receive(frames.Deliver)
    assert code_of(await reader.ask(frames.Ack, sequence=2)) == ErrorCode.BAD_ACK
    assert isinstance(await reader.ask(frames.Ack, sequence=1), frames.Done)


@pytest.mark.parametrize("ask", [(frames.Ack, {"sequence": 0}), (frames.Unsubscribe, {})])
async def test_without_a_subscription_there_is_nothing_to_acknowledge_or_end(start, ask):
    _, _, reader = await start()
    kind, fields = ask
    assert code_of(await reader.ask(kind, **fields)) == ErrorCode.NOT_SUBSCRIBED


async def test_unsubscribed_hears_nothing_and_loses_nothing(start, alice, bob):
    _, sender, reader = await start()
    await reader.subscribe()
    await reader.receive(frames.Synced)
    assert isinstance(await reader.ask(frames.Unsubscribe), frames.Done)
    await fill(sender, alice, bob, 1)
    assert isinstance(await reader.ask(frames.Ping), frames.Pong)
    await reader.subscribe()
    await reader.receive(frames.Deliver)


async def test_a_second_subscriber_takes_over_and_the_first_is_told(start, connect, alice, bob):
    relay, sender, first = await start()
    await first.subscribe()
    await first.receive(frames.Synced)
    second = await connect(relay)
    await second.read_as(bob)
    await second.subscribe()
    assert (await first.receive(frames.Goaway)).reason == GoawayReason.REPLACED
    assert await first.is_closed()
    await second.receive(frames.Synced)
    await fill(sender, alice, bob, 1)
    await second.receive(frames.Deliver)


async def test_expired_backlog_does_not_hold_up_synced(start, alice, bob, clock):
    _, sender, reader = await start()
    await fill(sender, alice, bob, 3)
    await reader.subscribe(messages=1)
    await reader.receive(frames.Deliver)
    clock.advance(60_000)
    reader.write(frames.Ack(50, sequence=1))
    assert isinstance(await reader.receive(), frames.Done)
    await reader.receive(frames.Synced)


async def test_age_counts_from_acceptance(start, alice, bob, clock):
    _, sender, reader = await start()
    await fill(sender, alice, bob, 1)
    clock.advance(1234)
    await reader.subscribe()
    assert (await reader.receive(frames.Deliver)).age_ms == 1234


async def test_allow_keeps_half_for_the_named(start_relay, connect, alice, bob):
    relay = await start_relay(mailbox_messages=4)
    owner, stranger = await connect(relay), await connect(relay)
    await owner.read_as(bob)
    assert isinstance(await owner.ask(frames.Allow, keys=alice.public), frames.Done)
    await stranger.send_as(bob)
    for _ in range(4):
        answer = await stranger.submit(stranger.envelope(bob, bob))
    assert code_of(answer) == ErrorCode.MAILBOX_FULL
    await owner.send_as(alice)
    for _ in range(2):
        answer = await owner.submit(owner.envelope(alice, bob))
        assert isinstance(answer, frames.Accepted)


async def test_a_slow_reader_costs_only_himself(start, connect, alice, bob, clock):
    relay, sender, healthy = await start(credit_messages=1000, credit_bytes=8 * 2**20)
    hub = relay.services.hub
    known = set(hub.members())
    slow = await connect(relay, receive_bytes=4096)
    (session,) = set(hub.members()) - known
    await slow.read_as(bob)
    await fill(sender, alice, bob, 100, size_bytes=60_000)
    slow.writer.transport.pause_reading()
    slow.write(frames.Subscribe(9, credit_messages=1000, credit_bytes=8 * 2**20))
    while session.output_size() < relay.services.config.write_high_bytes:
        await sender.ask(frames.Ping)
    assert session.output_size() <= relay.services.config.write_hard_bytes
    clock.advance(19_999)
    hub.check_timers(relay.services.now())
    assert isinstance(await sender.ask(frames.Ping), frames.Pong)
    assert session in hub.members()
    clock.advance(1)
    hub.check_timers(relay.services.now())
    clock.advance(1_000)
    hub.check_timers(relay.services.now())
    while session in hub.members():
        await sender.ask(frames.Ping)
    await healthy.subscribe(messages=1000, size_bytes=8 * 2**20)
    received = [await healthy.receive(frames.Deliver) for _ in range(100)]
    assert [number_of(frame) for frame in received] == list(range(100))


async def test_a_reader_that_catches_up_in_time_gets_everything(start, connect, alice, bob):
    relay, sender, _ = await start(credit_messages=1000, credit_bytes=8 * 2**20)
    slow = await connect(relay, receive_bytes=4096)
    await slow.read_as(bob)
    await fill(sender, alice, bob, 100, size_bytes=60_000)
    await slow.subscribe(messages=1000, size_bytes=8 * 2**20)
    received = [await slow.receive(frames.Deliver) for _ in range(100)]
    assert [number_of(frame) for frame in received] == list(range(100))
    await slow.receive(frames.Synced)


async def test_a_store_that_fails_once_is_asked_again(start, alice, bob, monkeypatch):
    relay, sender, reader = await start()
    await reader.subscribe()
    await reader.receive(frames.Synced)
    good = relay.services.store.fetch

    async def fails_once(*args, **options):
        monkeypatch.setattr(relay.services.store, "fetch", good)
        raise RelayUnavailableError("not now")

    monkeypatch.setattr(relay.services.store, "fetch", fails_once)
    monkeypatch.setattr("whispr.relay.subscription.RETRY_SECONDS", 0.01)
    await fill(sender, alice, bob, 1)
    await reader.receive(frames.Deliver)


async def test_a_store_that_is_down_refuses_a_subscription(start, monkeypatch):
    relay, _, reader = await start()

    async def down(*_):
        await asyncio.sleep(0)
        raise RelayUnavailableError("down")

    monkeypatch.setattr(relay.services.store, "watch", down)
    answer = await reader.ask(frames.Subscribe, credit_messages=0, credit_bytes=0)
    assert code_of(answer) == ErrorCode.UNAVAILABLE
    assert code_of(await reader.ask(frames.Unsubscribe)) == ErrorCode.NOT_SUBSCRIBED
