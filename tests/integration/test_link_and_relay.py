"""A link of the client library and the real relay: nothing scripted on either side."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from whispr.client.clock import SystemClock
from whispr.client.events import LinkState
from whispr.client.link import Link
from whispr.client.session import Session
from whispr.protocol import envelope, frames
from whispr.protocol.signatures import SigningKey
from whispr.protocol.signing import mailbox_id
from whispr.relay.config import RelayConfig
from whispr.relay.relay import Relay

PATIENCE_SECONDS = 20.0


class Listener:
    """Acknowledges what is delivered and notes it."""

    def __init__(self) -> None:
        self.states: list[tuple[LinkState, str]] = []
        self.delivered_bytes: list[bytes] = []
        self.epochs: list[bytes] = []
        self.news = asyncio.Event()

    def link_changed(self, link: Link, state: LinkState, reason: str, retry_seconds: float) -> None:
        self.states.append((state, reason))
        self.news.set()

    def link_ready(self, link: Link, session: Session, ready: frames.Ready) -> None:
        self.epochs.append(ready.epoch)

    def delivered(self, link: Link, frame: frames.Deliver) -> None:
        assert link.session is not None
        self.delivered_bytes.append(frame.envelope)
        link.acknowledge(link.session, frame.sequence)
        self.news.set()

    def synced(self, link: Link) -> None:
        self.news.set()

    def fate(self, link: Link, frame: frames.FateNotice) -> None: ...

    def relay_ids_learned(self, link: Link, relay_ids: tuple[bytes, ...]) -> None: ...

    async def until(self, true: Any) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not true():
                self.news.clear()
                await self.news.wait()


def config(data: Path, port: int = 0) -> RelayConfig:
    return RelayConfig(listen=(f"127.0.0.1:{port}",), data=data, log_level="error")


@pytest.fixture
async def relay(tmp_path: Path) -> AsyncIterator[Relay]:
    relay = Relay(config(tmp_path))
    await relay.start()
    yield relay
    await relay.stop()


def make_link(relay: Relay, mailbox: SigningKey | None, listener: Listener) -> Link:
    return Link(
        relay.address,
        device=SigningKey(secrets.token_bytes(32)),
        mailbox=mailbox,
        clock=SystemClock(),
        random=random.random,
        listener=listener,
    )


async def test_envelope_goes_over_a_real_relay_once(relay: Relay) -> None:
    mailbox, heard = SigningKey(secrets.token_bytes(32)), Listener()
    device = SigningKey(secrets.token_bytes(32))
    bob = make_link(relay, mailbox, heard)
    alice = Link(
        relay.address,
        device=device,
        mailbox=None,
        clock=SystemClock(),
        random=random.random,
        listener=Listener(),
    )
    bob.start()
    alice.start()
    await bob.online(PATIENCE_SECONDS)
    session = await alice.online(PATIENCE_SECONDS)
    sealed = envelope.make(
        device,
        suite=1,
        relay_id=session.relay_id,
        mailbox=mailbox_id(mailbox.public),
        envelope_id=secrets.token_bytes(16),
        time_ms=alice.relay_clock.now_ms(),
        ttl_ms=0,
        ciphertext=b"ciphertext" * 10,
    ).data
    for _ in range(2):
        accepted = await session.request(frames.Send, envelope=sealed)
        assert isinstance(accepted, frames.Accepted) and accepted.expires_in_ms > 0
    await heard.until(lambda: heard.delivered_bytes)
    assert await bob.flush()
    assert heard.delivered_bytes == [sealed]
    await bob.stop()
    await alice.stop()


async def test_second_link_takes_over_and_there_is_no_ping_pong(relay: Relay) -> None:
    mailbox = SigningKey(secrets.token_bytes(32))
    here, elsewhere = Listener(), Listener()
    first, second = make_link(relay, mailbox, here), make_link(relay, mailbox, elsewhere)
    first.start()
    await first.online(PATIENCE_SECONDS)
    second.start()
    await second.online(PATIENCE_SECONDS)
    await here.until(lambda: first.state is LinkState.REPLACED)
    assert here.states[-1] == (LinkState.REPLACED, "opened elsewhere")
    first.retry_now()
    await elsewhere.until(lambda: second.state is LinkState.REPLACED)
    assert first.state is LinkState.ONLINE
    await first.stop()
    await second.stop()


async def test_link_comes_back_when_its_relay_does(tmp_path: Path) -> None:
    relay = Relay(config(tmp_path))
    await relay.start()
    heard = Listener()
    link = make_link(relay, SigningKey(secrets.token_bytes(32)), heard)
    link.start()
    await link.online(PATIENCE_SECONDS)
    port = relay.port
    await relay.stop()
    await heard.until(lambda: link.state is LinkState.WAITING)
    assert heard.states[-1] == (LinkState.WAITING, "the relay is restarting")
    again = Relay(config(tmp_path, port))
    await again.start()
    link.retry_now()
    await heard.until(lambda: link.state is LinkState.ONLINE)
    first, second = heard.epochs
    assert first != second
    await link.stop()
    await again.stop()
    assert asyncio.all_tasks() == {asyncio.current_task()}
