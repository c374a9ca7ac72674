"""What may be asked with which proof, how often, and with which answer."""

from __future__ import annotations

import pytest

from tests.relay.raw_client import code_of
from whispr.protocol import frames
from whispr.protocol.codes import ErrorCode
from whispr.protocol.schema import FRAMES, Role
from whispr.relay.requests import _HANDLERS


def test_every_request_of_the_protocol_has_a_handler():
    assert set(_HANDLERS) == {kind for kind in FRAMES.values() if kind.sender is Role.CLIENT}


@pytest.mark.parametrize(
    ("kind", "fields", "scope"),
    [
        (frames.Subscribe, {"credit_messages": 0, "credit_bytes": 0}, "read"),
        (frames.Ack, {"sequence": 0}, "read"),
        (frames.Unsubscribe, {}, "read"),
        (frames.Allow, {"keys": b""}, "read"),
        (frames.Send, {"envelope": b"x"}, "send"),
        (frames.Part, {"blob_id": bytes(32), "index": 0, "data": b"x"}, "send"),
    ],
)
async def test_each_scope_opens_its_own_requests(relay, connect, alice, kind, fields, scope):
    client = await connect(relay)
    await (client.send_as(alice) if scope == "read" else client.read_as(alice))
    answer = await client.ask(kind, **fields)
    assert code_of(answer) == ErrorCode.NOT_AUTHENTICATED
    assert isinstance(await client.ask(frames.Ping), frames.Pong)


async def test_costly_requests_of_a_connection_are_limited(start_relay, connect, bob, clock):
    relay = await start_relay(requests_per_second=1.0, request_burst=2)
    client, other = await connect(relay), await connect(relay)
    await client.read_as(bob)
    await other.read_as(bob)
    for _ in range(2):
        assert isinstance(await client.ask(frames.Allow, keys=b""), frames.Done)
    refused = await client.ask(frames.Allow, keys=b"")
    assert (code_of(refused), refused.retry_after_ms) == (ErrorCode.RATE_LIMITED, 1000)
    assert isinstance(await client.ask(frames.Ping), frames.Pong)
    assert isinstance(await other.ask(frames.Allow, keys=b""), frames.Done)
    clock.advance(1000)
    assert isinstance(await client.ask(frames.Allow, keys=b""), frames.Done)


async def test_answers_are_counted_by_request_and_result(relay, connect, bob):
    client = await connect(relay)
    await client.read_as(bob)
    await client.ask(frames.Ping)
    await client.ask(frames.Ack, sequence=1)
    text = relay.services.metrics.render().decode()
    assert 'whispr_requests_total{op="ping",result="ok"} 1.0' in text
    assert 'whispr_requests_total{op="ack",result="client_error"} 1.0' in text
