from __future__ import annotations

import asyncio

import pytest

from tests.client.fake_clock import FakeClientClock
from whispr.client.clock import MAX_CLOCK_MS, RelayClock, SystemClock, within
from whispr.errors import RemoteProtocolError


def test_relay_clock_guesses_before_the_first_hello(clock: FakeClientClock) -> None:
    assert RelayClock(clock).now_ms() == clock.wall_ms()


async def test_relay_clock_goes_on_from_what_the_relay_said(clock: FakeClientClock) -> None:
    relay_clock = RelayClock(clock)
    relay_clock.set_from(5_000)
    await clock.advance(1.25)
    assert relay_clock.now_ms() == 6_250
    relay_clock.set_from(4_000)
    assert relay_clock.now_ms() == 4_000


def test_relay_clock_believes_no_time_beyond_every_calendar(clock: FakeClientClock) -> None:
    relay_clock = RelayClock(clock)
    relay_clock.set_from(MAX_CLOCK_MS)
    with pytest.raises(RemoteProtocolError, match="calendar"):
        relay_clock.set_from(MAX_CLOCK_MS + 1)
    assert relay_clock.now_ms() == MAX_CLOCK_MS


async def test_within_gives_the_result_and_leaves_no_sleeper(clock: FakeClientClock) -> None:
    assert await within(clock, 5, asyncio.sleep(0, "done")) == "done"
    assert clock.sleeping == []


async def test_within_passes_errors_on(clock: FakeClientClock) -> None:
    async def fail() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await within(clock, 5, fail())


async def test_within_cancels_what_is_late(clock: FakeClientClock) -> None:
    never = asyncio.get_running_loop().create_future()
    waiting = asyncio.create_task(within(clock, 5, never))
    await clock.advance(4.9)
    assert not waiting.done()
    await clock.advance(0.1)
    with pytest.raises(TimeoutError):
        await waiting
    assert never.cancelled()


async def test_within_cancelled_leaves_nothing(clock: FakeClientClock) -> None:
    never = asyncio.get_running_loop().create_future()
    waiting = asyncio.create_task(within(clock, 5, never))
    await clock.advance(1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert never.cancelled() and clock.sleeping == []


async def test_system_clock_agrees_with_the_loop() -> None:
    clock = SystemClock()
    before = clock.monotonic()
    await clock.sleep(0)
    assert clock.monotonic() >= before
    assert 1_600_000_000_000 < clock.wall_ms() < MAX_CLOCK_MS
