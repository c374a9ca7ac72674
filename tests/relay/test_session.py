"""One connection over real TLS: greeting, answers, timers, endings."""

from __future__ import annotations

import json

from tests.relay.raw_client import code_of
from whispr.protocol import frames
from whispr.protocol.codes import ErrorCode, GoawayReason, Scope


def check_timers(relay):
    while not relay.services.hub.check_timers(relay.services.now()):
        pass


async def goaway(client):
    """The reason for which the relay ends the connection; it must be closed then."""
    frame = await client.receive(frames.Goaway)
    assert await client.is_closed()
    return GoawayReason(frame.reason)


async def test_greets_and_carries_a_message(relay, connect, alice, bob):
    sender, reader = await connect(relay), await connect(relay)
    assert sender.hello.relay_ids == sender.relay_id == relay.address.relay_ids[0]
    await reader.read_as(bob)
    await sender.send_as(alice)
    subscribed = await reader.subscribe()
    assert (subscribed.credit_messages, subscribed.credit_bytes) == (64, 256 * 1024)
    await reader.receive(frames.Synced)
    data = sender.envelope(alice, bob)
    answer = await sender.submit(data)
    assert isinstance(answer, frames.Accepted)
    assert answer.expires_in_ms == 60_000
    delivered = await reader.receive(frames.Deliver)
    assert (delivered.sequence, delivered.envelope) == (1, data)
    assert isinstance(await reader.ask(frames.Ack, sequence=1), frames.Done)


async def test_hello_tells_clock_limits_and_a_new_nonce_each_time(relay, connect, clock):
    first, second = (await connect(relay)).hello, (await connect(relay)).hello
    assert first.nonce != second.nonce
    assert first.clock_ms == clock.wall_ms()
    assert (first.version_min, first.version_max) == (1, 1)
    assert (first.mailbox_messages, first.mailbox_ttl_ms) == (20, 60_000)


async def test_ping_and_status_pass_before_authentication(relay, connect, clock):
    client = await connect(relay)
    assert (await client.ask(frames.Ping)).clock_ms == clock.wall_ms()
    status = await client.ask(frames.Status)
    assert (status.draining, status.store_up) == (0, 1)


async def test_without_authentication_ends_after_ten_seconds_and_not_before(relay, connect, clock):
    client = await connect(relay)
    clock.advance(9_999)
    check_timers(relay)
    await client.ask(frames.Ping)
    clock.advance(1)
    check_timers(relay)
    assert await goaway(client) is GoawayReason.TIMEOUT


async def test_silence_ends_after_a_hundred_seconds_and_a_ping_is_none(relay, connect, clock, bob):
    client = await connect(relay)
    await client.read_as(bob)
    clock.advance(99_999)
    check_timers(relay)
    await client.ask(frames.Ping)
    clock.advance(99_999)
    check_timers(relay)
    await client.ask(frames.Ping)
    clock.advance(100_000)
    check_timers(relay)
    assert await goaway(client) is GoawayReason.IDLE


async def test_a_dripping_frame_ends_after_fifteen_seconds(relay, connect, clock, bob):
    client = await connect(relay)
    await client.read_as(bob)
    client.write(frames.Ping(7))
    client.writer.write(b"\0\0\0\x05")
    await client.receive(frames.Pong)
    for _ in range(14):
        clock.advance(1_000)
        check_timers(relay)
    assert len(relay.services.hub) == 1
    clock.advance(1_000)
    check_timers(relay)
    assert await goaway(client) is GoawayReason.TIMEOUT


async def test_a_broken_rule_is_named_and_ends_the_connection(relay, connect):
    client = await connect(relay)
    client.writer.write(b"\0\0\0\x01\xc0")
    assert code_of(await client.receive()) == ErrorCode.MALFORMED
    assert await client.is_closed()


async def test_a_bug_ends_one_connection_with_a_code_and_without_content(
    relay, connect, alice, bob, monkeypatch, log_lines
):
    healthy, victim = await connect(relay), await connect(relay)
    await victim.send_as(alice)

    async def explode(_):
        raise RuntimeError("secret content")

    monkeypatch.setattr(relay.services.store, "enqueue", explode)
    assert code_of(await victim.submit(victim.envelope(alice, bob))) == ErrorCode.INTERNAL
    assert await victim.is_closed()
    assert isinstance(await healthy.ask(frames.Ping), frames.Pong)
    (event,) = [json.loads(line) for line in log_lines if "internal_error" in line]
    assert event["error"] == "RuntimeError"
    assert "secret" not in "".join(log_lines)


async def test_an_evicted_envelope_is_told_to_its_sender(start_relay, connect, alice, bob):
    relay = await start_relay(mailbox_messages=1, when_full="drop_oldest")
    client = await connect(relay)
    await client.send_as(alice)
    await client.submit(client.envelope(alice, bob, envelope_id=b"1" * 16))
    client.write(frames.Send(9, envelope=client.envelope(alice, bob)))
    answers = [await client.receive(), await client.receive()]
    (notice,) = [frame for frame in answers if isinstance(frame, frames.FateNotice)]
    assert notice.envelope_id == b"1" * 16


async def test_a_sender_that_left_is_no_trouble_for_an_eviction(start_relay, connect, alice, bob):
    relay = await start_relay(mailbox_messages=1, when_full="drop_oldest")
    first, second = await connect(relay), await connect(relay)
    await first.send_as(alice)
    await first.submit(first.envelope(alice, bob))
    await first.close()
    await second.send_as(alice)
    assert isinstance(await second.submit(second.envelope(alice, bob)), frames.Accepted)


async def test_leaving_gives_everything_back(relay, connect, bob):
    client = await connect(relay)
    await client.read_as(bob)
    await client.subscribe()
    await client.close()
    await relay.services.hub.wait_empty(5)
    assert len(relay.services.hub) == 0
    assert len(relay._admission) == 0


async def test_scopes_are_proven_one_by_one(relay, connect, alice, bob):
    client = await connect(relay)
    await client.read_as(bob)
    refused = await client.submit(client.envelope(alice, bob))
    assert code_of(refused) == ErrorCode.NOT_AUTHENTICATED
    assert isinstance(await client.prove(alice, Scope.SEND), frames.Ready)
    assert isinstance(await client.submit(client.envelope(alice, bob)), frames.Accepted)
