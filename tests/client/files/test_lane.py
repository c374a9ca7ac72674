"""The lane: many parts under way, one failure ends all, and nothing stays counted."""

from __future__ import annotations

import asyncio

import pytest

from tests.client.files.files_kit import FakeClock, FakeRelay, FakeSession
from whispr.client.files.lane import PartLane
from whispr.client.files.pacing import MOST_BYTES, MOST_PARTS
from whispr.client.files.patience import Patience
from whispr.errors import ConnectionClosedError, RateLimitedError
from whispr.protocol.limits import PART_BYTES


@pytest.fixture
def session(relay: FakeRelay) -> FakeSession:
    return FakeSession(relay)


@pytest.fixture
def lane(session: FakeSession, clock: FakeClock) -> PartLane:
    return PartLane(session, clock)


def full_part(_index: int) -> int:
    return PART_BYTES


async def test_moves_every_index_once_and_waits_for_the_writer(
    lane: PartLane, session: FakeSession
) -> None:
    moved: list[int] = []

    async def move(index: int) -> None:
        await asyncio.sleep(0)
        moved.append(index)

    await lane.run(range(100), full_part, move, Patience(FakeClock()))
    assert sorted(moved) == list(range(100))
    assert session.waited_writable == 100


async def test_a_paused_writer_holds_everything_back(lane: PartLane, session: FakeSession) -> None:
    gate = asyncio.Event()
    moved: list[int] = []

    async def move(index: int) -> None:
        moved.append(index)

    session.writable = gate.wait  # type: ignore[method-assign, assignment]
    running = asyncio.create_task(lane.run(range(3), full_part, move, Patience(FakeClock())))
    for _ in range(20):
        await asyncio.sleep(0)
    assert moved == []
    gate.set()
    await running
    assert moved == [0, 1, 2]


async def test_several_are_under_way_and_never_too_many(lane: PartLane) -> None:
    under_way = most = 0

    async def move(_index: int) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        for _ in range(5):
            await asyncio.sleep(0)
        under_way -= 1

    await lane.run(range(300), full_part, move, Patience(FakeClock()))
    assert 4 < most <= MOST_BYTES // PART_BYTES


async def test_the_first_failure_is_raised_as_it_is_and_ends_the_others(lane: PartLane) -> None:
    cause = OSError("cable")
    ended: list[int] = []

    async def move(index: int) -> None:
        try:
            if index < 20:
                await asyncio.sleep(0)
            elif index == 20:
                raise ConnectionClosedError("cut") from cause
            else:
                await asyncio.Event().wait()
        finally:
            ended.append(index)

    with pytest.raises(ConnectionClosedError) as caught:
        await lane.run(range(1000), full_part, move, Patience(FakeClock()))
    assert caught.value.__cause__ is cause
    assert len(ended) < 100
    assert lane._pacing.in_flight_bytes == 0


async def test_after_a_failure_the_lane_works_on(lane: PartLane) -> None:
    async def fail(_index: int) -> None:
        raise ConnectionClosedError("cut")

    for _ in range(3):
        with pytest.raises(ConnectionClosedError):
            await lane.run(range(40), full_part, fail, Patience(FakeClock()))
    moved: list[int] = []

    async def move(index: int) -> None:
        moved.append(index)

    await lane.run(range(40), full_part, move, Patience(FakeClock()))
    assert len(moved) == 40


async def test_cancelling_ends_it_and_leaves_nothing_counted(lane: PartLane) -> None:
    async def hang(_index: int) -> None:
        await asyncio.Event().wait()

    running = asyncio.create_task(lane.run(range(10), full_part, hang, Patience(FakeClock())))
    for _ in range(10):
        await asyncio.sleep(0)
    assert lane._pacing.in_flight_bytes > 0
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert lane._pacing.in_flight_bytes == 0


async def test_two_transfers_take_turns(lane: PartLane) -> None:
    order: list[str] = []

    async def move(name: str) -> None:
        async def one(_index: int) -> None:
            await asyncio.sleep(0)
            order.append(name)

        await lane.run(range(50), full_part, one, Patience(FakeClock()))

    await asyncio.gather(move("a"), move("b"))
    assert 15 < order[:50].count("a") < 35


async def test_a_part_that_comes_too_fast_keeps_its_place(lane: PartLane) -> None:
    clock = FakeClock()
    refused: set[int] = set()
    moved: list[int] = []

    async def move(index: int) -> None:
        await asyncio.sleep(0)
        if index % 3 == 0 and index not in refused:
            refused.add(index)
            raise RateLimitedError(retry_after_ms=500)
        moved.append(index)

    await lane.run(range(40), full_part, move, Patience(clock))
    assert sorted(moved) == list(range(40))
    assert 0 < len(clock.slept) < len(refused)  # refused together, waited together


async def test_patience_that_ends_ends_the_run(lane: PartLane) -> None:
    async def refuse(_index: int) -> None:
        raise RateLimitedError

    with pytest.raises(RateLimitedError):
        await lane.run(range(40), full_part, refuse, Patience(FakeClock()))
    assert lane._pacing.in_flight_bytes == 0


async def test_never_more_parts_than_a_relay_lets_wait(lane: PartLane) -> None:
    under_way = most = 0

    async def move(_index: int) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        for _ in range(30):
            await asyncio.sleep(0)
        under_way -= 1

    await lane.run(range(200), lambda index: 272, move, Patience(FakeClock()))
    assert most == MOST_PARTS
