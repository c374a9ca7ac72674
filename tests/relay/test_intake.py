"""The reading half over real TLS: sizes, states and turns, judged before anything is kept."""

from __future__ import annotations

import asyncio

import pytest

from tests.relay.raw_client import code_of
from whispr.protocol import codec, frames
from whispr.protocol.codes import ErrorCode
from whispr.protocol.framing import prefixed
from whispr.protocol.limits import MAX_FRAMES_BEFORE_AUTH
from whispr.relay.intake import FRAMES_PER_TURN


@pytest.mark.parametrize("length", [0, 4097, 2**31, 2**32 - 1])
async def test_before_authentication_more_than_4_kib_is_refused_by_its_length_alone(
    relay, connect, length
):
    client = await connect(relay)
    client.writer.write(length.to_bytes(4, "big"))
    assert code_of(await client.receive()) == ErrorCode.FRAME_TOO_LARGE
    assert await client.is_closed()


async def test_before_authentication_4_kib_pass(relay, connect):
    client = await connect(relay)
    frame = b"\x93\x04\x07\xc5\x0f\xfa" + bytes(4090)  # PING with an unknown trailing field
    assert len(frame) == 4096
    client.writer.write(prefixed(frame))
    assert isinstance(await client.receive(), frames.Pong)


@pytest.mark.parametrize("length", [65_537, 2**32 - 1])
async def test_afterwards_more_than_64_kib_is_refused_by_its_length_alone(
    relay, connect, bob, length
):
    client = await connect(relay)
    await client.read_as(bob)
    client.writer.write(length.to_bytes(4, "big"))
    assert code_of(await client.receive()) == ErrorCode.FRAME_TOO_LARGE
    assert await client.is_closed()


async def test_a_few_frames_before_authentication_and_no_more(relay, connect):
    client = await connect(relay)
    for _ in range(MAX_FRAMES_BEFORE_AUTH):
        assert isinstance(await client.ask(frames.Ping), frames.Pong)
    client.write(frames.Ping(99))
    assert code_of(await client.receive()) == ErrorCode.UNEXPECTED
    assert await client.is_closed()


async def test_an_unknown_frame_is_answered_and_the_connection_lives_on(relay, connect):
    client = await connect(relay)
    client.writer.write(prefixed(b"\x93\x7f\x09\x01"))
    answer = await client.receive()
    assert (code_of(answer), answer.request_id) == (ErrorCode.UNSUPPORTED, 9)
    assert isinstance(await client.ask(frames.Ping), frames.Pong)


@pytest.mark.parametrize(
    "frame",
    [
        frames.Send(1, envelope=b"x"),
        frames.Subscribe(1, credit_messages=0, credit_bytes=0),
        frames.Pong(1, clock_ms=0),
    ],
    ids=lambda frame: type(frame).__name__,
)
async def test_what_the_state_does_not_allow_ends_the_connection(relay, connect, frame):
    client = await connect(relay)
    client.write(frame)
    assert code_of(await client.receive()) == ErrorCode.UNEXPECTED
    assert await client.is_closed()


async def test_byte_by_byte_is_as_good_as_at_once(relay, connect):
    client = await connect(relay)
    for byte in prefixed(codec.encode(frames.Ping(5))):
        client.writer.write(bytes([byte]))
        await client.writer.drain()
    assert (await client.receive(frames.Pong)).request_id == 5


async def test_more_than_a_turn_of_frames_at_once_are_all_answered_in_order(relay, connect, bob):
    client = await connect(relay)
    await client.read_as(bob)
    count = 10 * FRAMES_PER_TURN + 1
    client.writer.write(b"".join(prefixed(codec.encode(frames.Ping(n))) for n in range(count)))
    answers = [await client.receive(frames.Pong) for _ in range(count)]
    assert [answer.request_id for answer in answers] == list(range(count))


async def test_more_checks_than_a_turn_has_are_all_done_in_order(relay, connect, alice, bob):
    client = await connect(relay)
    await client.send_as(alice)
    envelopes = [client.envelope(alice, bob) for _ in range(10)]
    for number, data in enumerate(envelopes):
        client.write(frames.Send(100 + number, envelope=data))
    client.write(frames.Ping(999))
    answers = [await client.receive() for _ in range(11)]
    assert [answer.request_id for answer in answers] == [*range(100, 110), 999]


async def test_requests_wait_in_order_while_the_store_does(relay, connect, alice, bob, monkeypatch):
    client = await connect(relay)
    await client.send_as(alice)
    gate, good = asyncio.Event(), relay.services.store.enqueue

    async def slow(incoming):
        await gate.wait()
        return await good(incoming)

    monkeypatch.setattr(relay.services.store, "enqueue", slow)
    client.write(frames.Send(1000, envelope=client.envelope(alice, bob)))
    for number in range(200):
        client.write(frames.Ping(2000 + number))
    await client.writer.drain()
    other = await connect(relay)
    assert isinstance(await other.ask(frames.Ping), frames.Pong)
    gate.set()
    answers = [await client.receive() for _ in range(201)]
    assert [answer.request_id for answer in answers] == [1000, *range(2000, 2200)]


async def test_who_does_not_read_is_not_served_on(relay, connect, bob, clock):
    """A flood of requests without reading: the relay stops to read, then closes."""
    known = set(relay.services.hub.members())
    client = await connect(relay, receive_bytes=4096)
    (session,) = set(relay.services.hub.members()) - known
    await client.read_as(bob)
    client.writer.transport.pause_reading()
    flood = b"".join(prefixed(codec.encode(frames.Status(n))) for n in range(50_000))
    client.writer.write(flood * 4)
    other = await connect(relay)
    await other.read_as(bob)
    config = relay.services.config
    while session.output_size() < config.write_high_bytes:
        await other.ask(frames.Ping)
    for _ in range(50):
        await other.ask(frames.Ping)
    assert session.output_size() < config.write_hard_bytes
    clock.advance(20_000)
    relay.services.hub.check_timers(relay.services.now())
    clock.advance(1_000)
    relay.services.hub.check_timers(relay.services.now())
    while session in relay.services.hub.members():
        await other.ask(frames.Ping)
