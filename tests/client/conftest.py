"""A scripted relay with real TLS, a clock that a test moves, people without a network."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.client.fake_clock import FakeClientClock, settle
from tests.client.fake_relay import FakeRelay
from tests.client.kit import Scene, scene
from tests.client.sending_kit import Desk, make_desk
from whispr import tls
from whispr.client.session import Session
from whispr.protocol.codes import Scope
from whispr.protocol.schema import Frame
from whispr.protocol.signatures import SigningKey

DEVICE = SigningKey(b"d" * 32)
MAILBOX = SigningKey(b"m" * 32)

Connect = Callable[..., Any]


@dataclass(frozen=True)
class RelayTls:
    """What a relay shows: its certificate for localhost, and the authority that issued it."""

    context: ssl.SSLContext
    relay_id: bytes
    authorities_path: Path


@pytest.fixture(scope="session")
def relay_tls(tmp_path_factory: pytest.TempPathFactory) -> RelayTls:
    folder = tmp_path_factory.mktemp("relay_tls")
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    authority.cert_pem.write_to_path(folder / "authority.pem")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    issued.cert_chain_pems[0].write_to_path(folder / "certificate.pem")
    context = tls.relay_context(folder / "certificate.pem", folder / "key.pem")
    shown = ssl.PEM_cert_to_DER_cert(issued.cert_chain_pems[0].bytes().decode())
    return RelayTls(context, tls.spki_sha256(shown), folder / "authority.pem")


@pytest.fixture
def clock() -> FakeClientClock:
    return FakeClientClock()


@pytest.fixture
async def fake_relay(relay_tls: RelayTls) -> AsyncIterator[FakeRelay]:
    """Listening; when the test is over, no task of the client may be left."""
    relay = await FakeRelay(relay_tls.context, relay_tls.relay_id).start()
    yield relay
    await relay.stop()
    await settle()
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.fixture
def pushed() -> list[Frame]:
    return []


@pytest.fixture
async def connect(
    fake_relay: FakeRelay, clock: FakeClientClock, pushed: list[Frame]
) -> AsyncIterator[Connect]:
    sessions: list[Session] = []

    async def connect(**changes: Any) -> Session:
        arguments: dict[str, Any] = {"clock": clock, "on_push": pushed.append, **changes}
        address = arguments.pop("address", fake_relay.address)
        session = await Session.connect(address, **arguments)
        sessions.append(session)
        return session

    yield connect
    for session in sessions:
        await session.aclose()


@pytest.fixture
async def session(connect: Connect) -> Session:
    """Connected, with both scopes proven."""
    session: Session = await connect()
    await session.authenticate(Scope.READ, MAILBOX)
    await session.authenticate(Scope.SEND, DEVICE)
    return session


@pytest.fixture
def people(tmp_path: Path) -> Iterator[Scene]:
    """Alice and Bob know each other; nobody knows Mallory."""
    with scene(tmp_path) as everybody:
        yield everybody


@pytest.fixture
async def desk(people: Scene) -> AsyncIterator[Desk]:
    """Alice's sending side, not started; when the test is over, no task of it may be left."""
    made = make_desk(people.alice)
    yield made
    await made.stop()
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.fixture(autouse=True)
def suite_2(monkeypatch: pytest.MonkeyPatch) -> None:
    """The parts are tested as they work once cards offer suite 2."""
    monkeypatch.setattr("whispr.client.prekeys.ADVERTISED", True)
