from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgpack
import pytest

from tests.client.fake_clock import settle
from tests.client.fake_relay import FakePeer, FakeRelay, fill
from whispr.client.session import Session
from whispr.errors import (
    ConnectionClosedError,
    RemoteProtocolError,
)
from whispr.protocol import frames
from whispr.protocol.schema import Frame


async def test_frames_of_one_turn_leave_in_one_piece(
    session: Session, fake_relay: FakeRelay
) -> None:
    arrivals: list[bytes] = []
    peer = fake_relay.peer
    receive = peer.data_received
    fake_relay.peer.transport.set_protocol(_Recorder(peer, arrivals, receive))
    for _ in range(20):
        session.post(frames.Ping)
    await peer.frame(frames.Ping, 20)
    assert len(arrivals) == 1


class _Recorder(asyncio.Protocol):
    def __init__(
        self, peer: FakePeer, arrivals: list[bytes], receive: Callable[[bytes], None]
    ) -> None:
        self.arrivals, self.receive = arrivals, receive
        self.connection_lost = peer.connection_lost  # type: ignore[method-assign]

    def data_received(self, data: bytes) -> None:
        self.arrivals.append(data)
        self.receive(data)


def _hostile() -> list[Any]:
    def body(*items: object) -> Callable[[FakePeer], None]:
        return lambda peer: peer.write_body(msgpack.packb(list(items)))

    cases: dict[str, Callable[[FakePeer], None]] = {
        "oversize": lambda peer: peer.write((64 * 1024 + 1).to_bytes(4, "big")),
        "huge": lambda peer: peer.write(b"\xff\xff\xff\xff" + bytes(100)),
        "empty": lambda peer: peer.write(bytes(4)),
        "not msgpack": lambda peer: peer.write_body(b"\xc1" * 10),
        "nested": body(0x05, 1, [1]),
        "field of the wrong type": body(0x05, 1, b"clock"),
        "second hello": lambda peer: peer.write_body(
            msgpack.packb([1, 0, 1, 1, bytes(32), bytes(32), 1, 0, 1, 1, 1, 1, 1])
        ),
        "frame of a client": body(0x04, 1),
        "answer to nothing": body(0x05, 77, 1),
        "done to nothing": body(0x08, 77),
        "error to nothing": body(0x09, 77, 1, 0, ""),
        "answer with id 0": body(0x05, 0, 1),
        "ready that nobody asked for": body(0x03, 9, 1, bytes(16)),
    }
    return [pytest.param(act, id=name) for name, act in cases.items()]


@pytest.mark.parametrize("act", _hostile())
async def test_hostile_frames_end_the_connection(
    session: Session, fake_relay: FakeRelay, act: Callable[[FakePeer], None]
) -> None:
    fake_relay.script.answers[frames.Send] = lambda peer, frame: act(peer)
    with pytest.raises(ConnectionClosedError) as caught:
        await session.request(frames.Send, envelope=b"one")
    assert isinstance(await session.wait_closed(), RemoteProtocolError)
    assert isinstance(caught.value.__cause__, RemoteProtocolError)
    with pytest.raises(ConnectionClosedError):
        await session.request(frames.Ping)


async def test_bytes_after_the_end_are_dropped(
    session: Session, fake_relay: FakeRelay, pushed: list[Frame]
) -> None:
    fake_relay.peer.write_body(b"\xc1")
    fake_relay.peer.send(frames.Synced(3))
    await session.wait_closed()
    assert pushed == []


async def test_upload_waits_for_a_slow_relay_and_goes_on(
    session: Session, fake_relay: FakeRelay
) -> None:
    uploading = await fill(session, fake_relay)
    parts = session.pending
    await settle()
    assert session.pending == parts
    fake_relay.peer.transport.resume_reading()
    await fake_relay.peer.frame(frames.Part, parts + 1)
    uploading.cancel()
    await asyncio.wait({uploading})


async def test_upload_hears_of_the_end(session: Session, fake_relay: FakeRelay) -> None:
    uploading = await fill(session, fake_relay)
    session.abort("enough")
    with pytest.raises(ConnectionClosedError, match="enough"):
        await uploading


async def test_unknown_frame_is_ignored(session: Session, fake_relay: FakeRelay) -> None:
    fake_relay.peer.write_body(msgpack.packb([0x7E, 0, b"later version"]))
    await session.request(frames.Ping)
    assert session.usable
