"""AUTH over real TLS: every wrong proof is refused alike, and nothing else opens a scope."""

from __future__ import annotations

import pytest

from tests.relay.raw_client import code_of
from whispr import tls
from whispr.protocol import frames
from whispr.protocol.codes import ErrorCode, Scope
from whispr.protocol.signatures import SigningKey

MINUTE_MS = 60_000


@pytest.mark.parametrize("offset_ms", [-120_000, 0, 120_000])
async def test_a_good_proof_opens_its_scope(relay, connect, bob, offset_ms):
    client = await connect(relay)
    ready = await client.prove(bob, Scope.READ, time_ms=client.hello.clock_ms + offset_ms)
    assert (ready.scope, ready.epoch) == (Scope.READ, relay.services.store.epoch)


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": 2},
        {"version": 0},
        {"scope": 3},
        {"scope": 0},
        {"time_ms": 0},
        {"relay_id": b"x" * 32},
        {"relay_nonce": b"x" * 32},
        {"signing_key": SigningKey(b"m" * 32)},
        {"key": bytes(32)},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
async def test_every_wrong_proof_gets_the_same_answer(relay, connect, bob, wrong):
    client = await connect(relay)
    wrong = dict(wrong)
    answer = await client.prove(bob, wrong.pop("scope", Scope.READ), **wrong)
    assert isinstance(answer, frames.Error)
    assert (answer.code_number, answer.text) == (ErrorCode.AUTH_FAILED, "the proof is not good")


@pytest.mark.parametrize("offset_ms", [-120_001, 120_001])
async def test_a_proof_outside_the_clock_window_is_refused(relay, connect, bob, offset_ms):
    client = await connect(relay)
    answer = await client.prove(bob, Scope.READ, time_ms=client.hello.clock_ms + offset_ms)
    assert code_of(answer) == ErrorCode.AUTH_FAILED


async def test_a_scope_is_proven_once(relay, connect, alice, bob):
    client = await connect(relay)
    await client.read_as(bob)
    assert code_of(await client.prove(alice, Scope.READ)) == ErrorCode.AUTH_FAILED
    await client.send_as(alice)
    assert code_of(await client.prove(alice, Scope.SEND)) == ErrorCode.AUTH_FAILED


async def test_a_recorded_proof_is_worth_nothing_on_another_connection(relay, connect, bob):
    first, second = await connect(relay), await connect(relay)
    proof = first.proof(bob, Scope.READ)
    second.write(proof)
    assert code_of(await second.receive()) == ErrorCode.AUTH_FAILED
    first.write(proof)
    assert isinstance(await first.receive(), frames.Ready)


async def test_a_proof_made_for_the_certificate_of_a_middle_is_refused(
    start_relay, connect, bob, tmp_path
):
    """The middle shows its own certificate and passes on nonce and proof."""
    relay = await start_relay()
    middle = await start_relay(data=tmp_path / "middle")
    victim = await connect(middle)
    inside = await connect(relay)
    assert victim.relay_id != inside.relay_id
    inside.write(victim.proof(bob, Scope.READ, relay_nonce=inside.hello.nonce))
    assert code_of(await inside.receive()) == ErrorCode.AUTH_FAILED


async def test_the_third_failure_ends_the_connection(relay, connect, bob):
    client = await connect(relay)
    for _ in range(3):
        assert code_of(await client.prove(bob, Scope.READ, time_ms=0)) == ErrorCode.AUTH_FAILED
    assert await client.is_closed()


async def test_a_private_relay_asks_its_token_of_owners_only(start_relay, connect, alice, bob):
    relay = await start_relay(access="token")
    token = relay.address.access_token
    assert len(token) == 32
    client = await connect(relay)
    for wrong in (b"", token[:-1] + bytes([token[-1] ^ 1])):
        answer = await client.prove(bob, Scope.READ, access_token=wrong)
        assert code_of(answer) == ErrorCode.ACCESS_DENIED
    assert isinstance(await client.prove(alice, Scope.SEND), frames.Ready)
    await client.read_as(bob, access_token=token)


async def test_proofs_of_an_address_are_limited(start_relay, connect, bob, clock):
    relay = await start_relay(address_auths_per_second=1.0, address_auth_burst=2, auth_failures=100)
    client = await connect(relay)
    for _ in range(2):
        assert code_of(await client.prove(bob, Scope.READ, time_ms=0)) == ErrorCode.AUTH_FAILED
    refused = await client.prove(bob, Scope.READ)
    assert code_of(refused) == ErrorCode.RATE_LIMITED
    assert refused.retry_after_ms == 1000
    clock.advance(1000)
    await client.read_as(bob)


async def test_the_relay_id_is_that_of_the_certificate(relay, connect):
    client = await connect(relay)
    certificate = client.writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    assert tls.spki_sha256(certificate) == relay.address.relay_ids[0]
