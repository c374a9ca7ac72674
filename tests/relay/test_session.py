"""One connection over real TLS: greeting, answers, timers, endings."""

from __future__ import annotations

from tests.relay.raw_client import code_of
from whispr.protocol import frames


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
