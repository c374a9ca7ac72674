"""Patience: waits as asked, longer each time, and hands the error on when it is used up."""

from __future__ import annotations

import asyncio

import pytest

from tests.client.files.files_kit import FakeClock
from whispr.client.files.patience import ATTEMPTS, LONGEST_WAIT_SECONDS, Patience
from whispr.errors import RateLimitedError


async def test_waits_what_the_relay_asked_for(clock: FakeClock) -> None:
    patience = Patience(clock)
    await patience.wait(RateLimitedError(retry_after_ms=10))
    assert clock.slept == [0.01]
    await patience.wait(RateLimitedError(retry_after_ms=10))
    assert clock.slept[1] > 0.1  # it did not help
    await patience.wait(RateLimitedError(retry_after_ms=1500))
    assert clock.slept[2] == 1.5


async def test_waits_longer_each_time_and_ends_with_the_error(clock: FakeClock) -> None:
    patience = Patience(clock)
    error = RateLimitedError()
    for _ in range(ATTEMPTS):
        await patience.wait(error)
    assert clock.slept == sorted(set(clock.slept))
    assert clock.slept[0] > 0
    assert clock.slept[-1] <= LONGEST_WAIT_SECONDS
    with pytest.raises(RateLimitedError) as caught:
        await patience.wait(error)
    assert caught.value is error


async def test_who_is_refused_together_waits_together(clock: FakeClock) -> None:
    patience = Patience(clock)
    error = RateLimitedError(retry_after_ms=500)
    await asyncio.gather(*(patience.wait(error) for _ in range(3 * ATTEMPTS)))
    assert clock.slept == [0.5]
    await patience.wait(error)
    assert clock.slept == [0.5, 0.5]


async def test_a_wait_that_is_cancelled_is_taken_over(clock: FakeClock) -> None:
    patience = Patience(clock)
    waiting = [asyncio.create_task(patience.wait(RateLimitedError())) for _ in range(2)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert waiting[0].cancelled()
    assert len(clock.slept) == 2


async def test_progress_renews_it(clock: FakeClock) -> None:
    patience = Patience(clock)
    for _ in range(3 * ATTEMPTS):
        await patience.wait(RateLimitedError())
        patience.renew()
    assert len(clock.slept) == 3 * ATTEMPTS
    assert len(set(clock.slept)) == 1


@pytest.mark.parametrize(("asked_ms", "waits"), [(60_000, True), (60_001, False)])
async def test_longer_than_a_minute_is_for_the_outbox(
    clock: FakeClock, asked_ms: int, waits: bool
) -> None:
    error = RateLimitedError(retry_after_ms=asked_ms)
    if waits:
        await Patience(clock).wait(error)
        assert clock.slept == [60.0]
    else:
        with pytest.raises(RateLimitedError):
            await Patience(clock).wait(error)
        assert clock.slept == []
