"""A lane keeps order and is bounded."""

from __future__ import annotations

import asyncio

from whispr.protocol.frames import Ping
from whispr.relay.lane import MAX_WAITING, Lane


async def test_runs_at_once_what_does_not_wait():
    seen = []

    async def handle(frame):
        seen.append(frame.request_id)

    lane = Lane(handle, lambda: None)
    for number in range(3):
        lane.put(Ping(number))
    assert seen == [0, 1, 2]
    assert not lane.full


async def test_keeps_order_and_says_when_there_is_room_again():
    gate, seen, room = asyncio.Event(), [], []

    async def handle(frame):
        await gate.wait()
        seen.append(frame.request_id)

    lane = Lane(handle, lambda: room.append(len(seen)))
    for number in range(MAX_WAITING):
        lane.put(Ping(number))
    assert not lane.full
    lane.put(Ping(MAX_WAITING))
    assert lane.full
    gate.set()
    for _ in range(200):
        await asyncio.sleep(0)
    assert seen == list(range(MAX_WAITING + 1))
    assert len(room) == 1
    assert not lane.full


async def test_what_waits_can_be_forgotten():
    gate, seen = asyncio.Event(), []

    async def handle(frame):
        await gate.wait()
        seen.append(frame.request_id)

    lane = Lane(handle, lambda: None)
    lane.put(Ping(1))
    lane.put(Ping(2))
    lane.clear()
    gate.set()
    for _ in range(10):
        await asyncio.sleep(0)
    assert seen == [1]
