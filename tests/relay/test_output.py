"""What goes out: joined for each turn, measured, held back."""

from __future__ import annotations

import asyncio

import pytest

from whispr.protocol.connection import Connection
from whispr.protocol.frames import Error
from whispr.protocol.schema import Role
from whispr.relay.output import BULK_HIGH_BYTES, Output


class Transport(asyncio.Transport):
    def __init__(self):
        super().__init__()
        self.writes, self.unread, self.closing, self.limits = [], 0, False, None

    def set_write_buffer_limits(self, high=None, low=None):
        self.limits = (high, low)

    def get_write_buffer_size(self):
        return self.unread

    def write(self, data):
        self.writes.append(data)

    def is_closing(self):
        return self.closing


@pytest.fixture
def transport():
    return Transport()


@pytest.fixture
def written():
    return []


@pytest.fixture
async def output(transport, written):
    return Output(
        Connection(Role.RELAY, now=0),
        transport,
        asyncio.get_running_loop(),
        high_bytes=1000,
        on_written=written.append,
    )


def error(number):
    return Error(number, code_number=3, retry_after_ms=0, text="")


async def test_frames_of_a_turn_leave_in_one_write(output, transport, written):
    output.send(error(1))
    output.send(error(2))
    assert transport.writes == []
    await asyncio.sleep(0)
    assert len(transport.writes) == 1
    output.send(error(3))
    await asyncio.sleep(0)
    assert len(transport.writes) == 2
    assert written == [0, 0]
    assert transport.limits[0] == BULK_HIGH_BYTES


async def test_nothing_is_written_to_what_is_closing(output, transport):
    output.send(error(1))
    transport.closing = True
    await asyncio.sleep(0)
    assert transport.writes == []


async def test_bulk_stops_early_and_everything_at_the_high_mark(output, transport):
    assert output.bulk_room and not output.congested
    transport.unread = 999
    output.pause(5.0)
    assert not output.bulk_room and not output.congested
    assert output.blocked_since == 5.0
    transport.unread = 1000
    assert output.congested
    output.resume()
    assert output.bulk_room and not output.congested and output.blocked_since is None
