"""Our relay keeps every rule, and the rules find a relay that does not."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from whispr import errors
from whispr.conformance.checks import check_relay
from whispr.conformance.rules import Outcome
from whispr.conformance.scripted import ScriptedRelay
from whispr.protocol import codes
from whispr.protocol import envelope as envelopes
from whispr.relay.config import RelayConfig
from whispr.relay.relay import Relay
from whispr.relay.stores.memory import MemoryStore


@pytest.fixture
async def relay(tmp_path: Path) -> AsyncIterator[Relay]:
    """A relay as it comes out of the box, but for the pace."""
    relay = Relay(
        RelayConfig(
            listen=("127.0.0.1:0",), data=tmp_path, sends_per_second=200.0, log_level="error"
        )
    )
    await relay.start()
    yield relay
    await relay.stop()


async def outcomes(relay: Relay, only: str = "") -> list[Outcome]:
    return await check_relay(relay.address, only=only, told=lambda _: None)


async def test_our_relay_keeps_every_rule(relay: Relay) -> None:
    found = await outcomes(relay)
    assert [outcome for outcome in found if not outcome.passed] == []
    assert len(found) >= 30
    assert found[-1].name == "malformed_vectors_get_their_codes"


async def test_a_relay_that_checks_no_signature_is_found(
    relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(envelopes.Envelope, "is_verified", lambda _: True)
    monkeypatch.setattr(envelopes.Envelope, "verify", lambda _: None)
    (outcome,) = await outcomes(relay, "changed_envelopes")
    assert not outcome.passed
    assert "the answer is Accepted" in outcome.detail


async def test_a_relay_that_forgets_ids_is_found(
    relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    enqueue = MemoryStore.enqueue

    async def forgetful(self: MemoryStore, incoming: object) -> object:
        other_id = os.urandom(16)
        return await enqueue(
            self, incoming._replace(envelope_id=other_id, digest=incoming.digest[::-1])
        )

    async def unknown(self: MemoryStore, incoming: object) -> None:
        return None

    monkeypatch.setattr(MemoryStore, "enqueue", forgetful)
    monkeypatch.setattr(MemoryStore, "repetition", unknown)
    (outcome,) = await outcomes(relay, "repetitions_are_one")
    assert not outcome.passed


async def test_a_relay_with_another_key_is_found(relay: Relay) -> None:
    address = type(relay.address)(relay.address.host, relay.address.port, (b"\x07" * 32,))
    found = await check_relay(address, only="hello", told=lambda _: None)
    assert "another key than its address names" in found[0].detail


async def test_a_relay_that_keeps_nothing_is_found(tmp_path: Path) -> None:
    """The scripted relay says "accepted" to everything and delivers nothing."""
    async with ScriptedRelay(tmp_path) as relay:
        broken = {
            outcome.name
            for only in ("repetitions", "bad_ack", "backlog", "newest", "blobs_come", "life_is")
            for outcome in await check_relay(relay.address, only=only, told=lambda _: None)
            if not outcome.passed
        }
    assert broken == {
        "repetitions_are_one",
        "bad_ack_deletes_nothing",
        "backlog_then_live",
        "newest_subscriber_wins",
        "blobs_come_back",
        "life_is_bounded",
    }


async def test_a_relay_with_other_codes_is_found(
    relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MalformedFrameError", "FrameTooLargeError"):
        monkeypatch.setitem(codes.ANSWERS, getattr(errors, name), codes.ErrorCode.INTERNAL)
    (outcome,) = await outcomes(relay, "malformed_vectors")
    assert not outcome.passed
    assert "expected" in outcome.detail
