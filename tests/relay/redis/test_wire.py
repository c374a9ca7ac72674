"""One connection to a store that is played here: order, pushes, garbage, the end."""

from __future__ import annotations

import asyncio

import pytest

from whispr.errors import RelayUnavailableError
from whispr.relay.redis import wire as wires
from whispr.relay.redis.wire import ReplyError, Wire


class NotingTransport(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.aborted = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def is_closing(self) -> bool:
        return self.aborted

    def abort(self) -> None:
        self.aborted = True


@pytest.fixture
def pushes():
    return []


@pytest.fixture
async def wire(pushes):
    wire = Wire(asyncio.get_running_loop(), pushes.append)
    wire.transport = NotingTransport()
    wire.connection_made(wire.transport)
    return wire


async def test_commands_of_a_turn_leave_together_and_are_answered_in_order(wire):
    one, two = wire.call("GET", b"a"), wire.call("GET", 7)
    assert wire.transport.written == []
    await asyncio.sleep(0)
    assert wire.transport.written == [
        b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n*2\r\n$3\r\nGET\r\n$1\r\n7\r\n"
    ]
    wire.data_received(b"$1\r\nx\r\n$")
    wire.data_received(b"-1\r\n")
    assert (await one, await two) == (b"x", None)


async def test_an_error_is_a_value(wire):
    asked = wire.call("X")
    wire.data_received(b"-OOM no memory\r\n")
    reply = await asked
    assert isinstance(reply, ReplyError) and str(reply) == "OOM no memory"


async def test_a_push_answers_nothing(wire, pushes):
    asked = wire.call("PING")
    wire.data_received(b">3\r\n$8\r\nsmessage\r\n$1\r\nc\r\n$1\r\nm\r\n+PONG\r\n")
    assert await asked == b"PONG"
    assert pushes == [[b"smessage", b"c", b"m"]]


async def test_a_cancelled_caller_does_not_shift_the_answers(wire):
    gone, here = wire.call("A"), wire.call("B")
    gone.cancel()
    wire.data_received(b"+a\r\n+b\r\n")
    assert await here == b"b"


@pytest.mark.parametrize("data", [b"?what\r\n", b"+nobody asked\r\n", b"+a\r\n+too many\r\n"])
async def test_what_no_store_says_ends_the_connection(wire, data):
    asked = wire.call("A") if b"too many" in data else None
    wire.data_received(data)
    assert wire.transport.aborted and wire.closed.done()
    if asked is not None:
        assert await asked == b"a"


async def test_the_end_fails_everybody_who_waits_and_who_comes_later(wire):
    waiting = wire.call("A")
    wire.connection_lost(None)
    for asked in (waiting, wire.call("B")):
        with pytest.raises(RelayUnavailableError) as refused:
            await asked
        assert refused.value.retry_after_ms > 0
    assert wire.silent_since is None


async def test_commands_without_replies_are_bounded(wire, monkeypatch):
    monkeypatch.setattr(wires, "MAX_PENDING", 2)
    waiting = [wire.call("A"), wire.call("B")]
    with pytest.raises(RelayUnavailableError):
        await wire.call("C")
    wire.data_received(b"+a\r\n+b\r\n")
    assert [await asked for asked in waiting] == [b"a", b"b"]
