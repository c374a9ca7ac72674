"""Prekeys over a connection: scopes, refusals, the notice to the owner."""

from __future__ import annotations

import pytest

from tests.relay.raw_client import code_of, until
from whispr.protocol import frames
from whispr.protocol.codes import Capability, ErrorCode
from whispr.protocol.limits import LOW_PREKEYS
from whispr.protocol.signatures import SigningKey
from whispr.protocol.signing import mailbox_id

NOTHING = {
    "replace": 0, "kem_key": b"", "signed_prekey": b"", "last_resort": b"", "one_time": b"",
    "one_time_kem": b"",
}  # fmt: skip


def record(number, size=108):
    return number.to_bytes(4, "big") + bytes(size - 4)


def bundle(count, **changes):
    return {
        "replace": 1,
        "kem_key": bytes(1184),
        "signed_prekey": record(7),
        "last_resort": record(8, 1260),
        "one_time": b"".join(record(100 + number) for number in range(count)),
        "one_time_kem": b"".join(record(200 + number, 1260) for number in range(40)),
        **changes,
    }


async def claim(client, bob, claim_id=b"c" * 16):
    return await client.ask(frames.ClaimPrekeys, mailbox=mailbox_id(bob.public), claim_id=claim_id)


@pytest.fixture
async def owner(relay, connect, bob):
    client = await connect(relay)
    await client.read_as(bob)
    return client


@pytest.fixture
async def writer(relay, connect, alice):
    client = await connect(relay)
    await client.send_as(alice)
    return client


async def test_publish_and_claim(owner, writer, bob):
    assert writer.hello.capabilities & Capability.PREKEYS
    stock = await owner.ask(frames.PublishPrekeys, **bundle(3))
    assert stock == frames.PrekeyStock(stock.request_id, 7, 3, 40, 102, 239)
    claimed = await claim(writer, bob)
    assert claimed == frames.PrekeyBundle(
        claimed.request_id, bytes(1184), record(7), record(200, 1260), 0, record(100)
    )
    again = await claim(writer, bob)
    assert again.one_time == claimed.one_time
    asked = await owner.ask(frames.PublishPrekeys, **NOTHING)
    assert (asked.one_time, asked.one_time_kem) == (2, 39)


async def test_nothing_published_is_not_found(writer, bob):
    assert code_of(await claim(writer, bob)) == ErrorCode.NOT_FOUND


async def test_scopes_are_asked_for(owner, writer, bob):
    refused = await writer.ask(frames.PublishPrekeys, **bundle(1))
    assert code_of(refused) == ErrorCode.NOT_AUTHENTICATED
    assert code_of(await claim(owner, bob)) == ErrorCode.NOT_AUTHENTICATED


async def test_too_many_claims_are_refused_with_a_time(owner, writer, bob):
    await owner.ask(frames.PublishPrekeys, **bundle(3))
    for _ in range(10):
        await claim(writer, bob)
    refused = await claim(writer, bob)
    assert code_of(refused) == ErrorCode.RATE_LIMITED
    assert 0 < refused.retry_after_ms <= 6000


async def test_owner_is_told_while_connected(relay, connect, owner, writer, bob):
    await owner.ask(frames.PublishPrekeys, **bundle(LOW_PREKEYS))
    await claim(writer, bob)
    assert await owner.receive() == frames.LowPrekeys(0, LOW_PREKEYS - 1, 39)
    await owner.close()
    await until(lambda: len(relay.services.hub) == 1)
    other = await connect(relay)
    await other.send_as(SigningKey(b"o" * 32))
    assert isinstance(await claim(other, bob), frames.PrekeyBundle)


async def test_a_relay_without_prekeys_says_so(start_relay, connect, alice, bob):
    relay = await start_relay(prekey_bytes=0)
    client = await connect(relay)
    await client.read_as(bob)
    await client.send_as(alice)
    assert not client.hello.capabilities & Capability.PREKEYS
    refused = await client.ask(frames.PublishPrekeys, **bundle(1))
    assert code_of(refused) == ErrorCode.UNSUPPORTED
    assert code_of(await claim(client, bob)) == ErrorCode.UNSUPPORTED


async def test_counted_by_kind(relay, owner, writer, bob):
    await owner.ask(frames.PublishPrekeys, **bundle(1))
    await claim(writer, bob, b"1" * 16)
    await claim(writer, bob, b"2" * 16)
    text = relay.services.metrics.render().decode()
    assert 'whispr_prekeys_claimed_total{kind="one_time"} 1.0' in text
    assert 'whispr_prekeys_claimed_total{kind="last_resort"} 1.0' in text
