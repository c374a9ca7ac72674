"""SEND over real TLS: what is kept, what is refused with which code, and who pays."""

from __future__ import annotations

import pytest

from tests.relay.raw_client import code_of
from whispr.protocol import frames
from whispr.protocol.codes import ErrorCode
from whispr.protocol.limits import MAX_ENVELOPE_BYTES
from whispr.protocol.signatures import SigningKey


@pytest.fixture
async def sender(relay, connect, alice):
    client = await connect(relay)
    await client.send_as(alice)
    return client


def forged(data: bytes) -> bytes:
    """The same envelope with one bit of its ciphertext turned."""
    return data[:130] + bytes([data[130] ^ 1]) + data[131:]


async def test_an_envelope_for_another_relay_is_refused(sender, alice, bob):
    answer = await sender.submit(sender.envelope(alice, bob, relay_id=b"x" * 32))
    assert code_of(answer) == ErrorCode.WRONG_RELAY


@pytest.mark.parametrize(("offset_ms", "accepted"), [(0, True), (1, False)])
@pytest.mark.parametrize("direction", [-1, 1])
async def test_the_clock_window(sender, alice, bob, direction, offset_ms, accepted):
    time_ms = sender.hello.clock_ms + direction * (120_000 + offset_ms)
    answer = await sender.submit(sender.envelope(alice, bob, time_ms=time_ms))
    assert isinstance(answer, frames.Accepted) is accepted
    if not accepted:
        assert code_of(answer) == ErrorCode.STALE_CLOCK


async def test_a_forged_envelope_is_refused(sender, alice, bob):
    answer = await sender.submit(forged(sender.envelope(alice, bob)))
    assert code_of(answer) == ErrorCode.BAD_SIGNATURE


async def test_a_malformed_envelope_ends_the_connection(sender):
    assert code_of(await sender.submit(b"\x02" * 300)) == ErrorCode.MALFORMED
    assert await sender.is_closed()


async def test_the_largest_envelope_passes(sender, alice, bob):
    data = sender.envelope(alice, bob, b"x" * (MAX_ENVELOPE_BYTES - 192))
    assert len(data) == MAX_ENVELOPE_BYTES
    assert isinstance(await sender.submit(data), frames.Accepted)


async def test_a_repetition_gets_the_first_answer_and_is_kept_once(
    relay, sender, connect, alice, bob, clock
):
    data = sender.envelope(alice, bob, ttl_ms=5_000)
    first = await sender.submit(data)
    clock.advance(1_000)
    second = await sender.submit(data)
    assert first.expires_in_ms == second.expires_in_ms == 5_000
    reader = await connect(relay)
    await reader.read_as(bob)
    await reader.subscribe()
    assert (await reader.receive(frames.Deliver)).envelope == data
    await reader.receive(frames.Synced)


async def test_other_bytes_under_the_same_id_are_refused(sender, alice, bob):
    await sender.submit(sender.envelope(alice, bob, b"one", envelope_id=b"i" * 16))
    answer = await sender.submit(sender.envelope(alice, bob, b"two", envelope_id=b"i" * 16))
    assert code_of(answer) == ErrorCode.ID_REUSED


async def test_a_sender_asks_for_a_shorter_life_never_for_a_longer(sender, alice, bob):
    for asked_ms, kept_ms in ((0, 60_000), (1, 1), (59_999, 59_999), (60_001, 60_000)):
        answer = await sender.submit(sender.envelope(alice, bob, ttl_ms=asked_ms))
        assert answer.expires_in_ms == kept_ms


async def test_the_budget_of_a_key_is_charged_to_good_signatures_only(
    relay, sender, connect, alice, bob, clock
):
    thief = await connect(relay)
    await thief.send_as(SigningKey(b"m" * 32))
    for _ in range(20):
        assert code_of(await thief.submit(forged(thief.envelope(alice, bob)))) == 22
    for _ in range(10):
        assert isinstance(await sender.submit(sender.envelope(alice, bob)), frames.Accepted)
    refused = await sender.submit(sender.envelope(alice, bob))
    assert code_of(refused) == ErrorCode.RATE_LIMITED
    assert refused.retry_after_ms == 100
    clock.advance(100)
    assert isinstance(await sender.submit(sender.envelope(alice, bob)), frames.Accepted)


@pytest.mark.parametrize("whose", ["connection", "address"])
async def test_connection_and_address_pay_before_the_signature(
    start_relay, connect, alice, bob, whose
):
    limits = {f"{whose}_sends_per_second": 1.0, f"{whose}_send_burst": 2}
    relay = await start_relay(**limits)
    client, other = await connect(relay), await connect(relay)
    await client.send_as(alice)
    await other.send_as(alice)
    for _ in range(2):
        assert code_of(await client.submit(forged(client.envelope(alice, bob)))) == 22
    refused = await client.submit(client.envelope(alice, bob))
    assert (code_of(refused), refused.retry_after_ms) == (ErrorCode.RATE_LIMITED, 1000)
    answer = await other.submit(other.envelope(alice, bob))
    assert isinstance(answer, frames.Accepted) is (whose == "connection")


async def test_a_full_mailbox_says_when_to_try_again(start_relay, connect, alice, bob, clock):
    relay = await start_relay(mailbox_messages=1)
    client = await connect(relay)
    await client.send_as(alice)
    await client.submit(client.envelope(alice, bob))
    refused = await client.submit(client.envelope(alice, bob))
    assert code_of(refused) == ErrorCode.MAILBOX_FULL
    assert 0 < refused.retry_after_ms <= 60_000
    clock.advance(refused.retry_after_ms)
    assert isinstance(await client.submit(client.envelope(alice, bob)), frames.Accepted)


async def test_a_full_relay_refuses(start_relay, connect, alice, bob):
    relay = await start_relay(
        ceiling_bytes=2**20, mailbox_bytes=2**20, mailbox_messages=1000, send_burst=100
    )
    client = await connect(relay)
    await client.send_as(alice)
    answers = [
        await client.submit(client.envelope(alice, SigningKey(bytes([n] * 32)), b"x" * 60_000))
        for n in range(20)
    ]
    assert isinstance(answers[0], frames.Accepted)
    assert code_of(answers[-1]) == ErrorCode.RELAY_FULL


async def test_ephemeral_reaches_who_is_there_and_is_kept_for_nobody(
    relay, sender, connect, alice, bob
):
    absent = await sender.submit(sender.envelope(alice, bob, ephemeral=True))
    assert absent.expires_in_ms == 0
    reader = await connect(relay)
    await reader.read_as(bob)
    await reader.subscribe()
    await reader.receive(frames.Synced)
    data = sender.envelope(alice, bob, ephemeral=True)
    assert (await sender.submit(data)).expires_in_ms == 0
    delivered = await reader.receive(frames.Deliver)
    assert (delivered.sequence, delivered.envelope) == (0, data)
    answer = await sender.submit(forged(sender.envelope(alice, bob, ephemeral=True)))
    assert code_of(answer) == ErrorCode.BAD_SIGNATURE


async def test_channel_mode_skips_the_check_for_the_proven_key_alone(
    start_relay, connect, alice, bob
):
    relay = await start_relay(verify="channel")
    client = await connect(relay)
    await client.send_as(alice)
    assert isinstance(await client.submit(forged(client.envelope(alice, bob))), frames.Accepted)
    other = SigningKey(b"o" * 32)
    answer = await client.submit(forged(client.envelope(other, bob)))
    assert code_of(answer) == ErrorCode.BAD_SIGNATURE
    assert isinstance(await client.submit(client.envelope(other, bob)), frames.Accepted)


async def test_an_announced_next_key_is_ours_too(relay, connect, alice, bob):
    client = await connect(relay)
    await client.send_as(alice)
    (session,) = relay.services.hub.members()
    session._peer.relay_ids += b"n" * 32
    answer = await client.submit(client.envelope(alice, bob, relay_id=b"n" * 32))
    assert isinstance(answer, frames.Accepted)
