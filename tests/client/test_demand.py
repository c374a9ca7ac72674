from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.client.fake_clock import FakeClientClock, settle
from whispr.client.demand import Demand
from whispr.errors import ConnectError

SESSION: Any = object()


@pytest.fixture
async def demand(clock: FakeClientClock) -> Demand:
    return Demand(clock)


async def test_everybody_who_waits_gets_the_session(demand: Demand) -> None:
    waiting = [asyncio.create_task(demand.session(5)) for _ in range(2)]
    await demand.wait()
    await settle()
    demand.give(SESSION)
    assert await asyncio.gather(*waiting) == [SESSION, SESSION]
    assert not demand.present


async def test_refusal_reaches_everybody_with_its_own_exception(demand: Demand) -> None:
    waiting = [asyncio.create_task(demand.session(5)) for _ in range(2)]
    await settle()
    cause = ConnectError("nothing there")
    demand.refuse("no", cause)
    first, second = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(first, ConnectError) and str(first) == "no"
    assert first.__cause__ is cause and first is not second


async def test_who_waits_too_long_wants_nothing_any_more(
    demand: Demand, clock: FakeClientClock
) -> None:
    waiting = asyncio.create_task(demand.session(5))
    await clock.advance(5)
    with pytest.raises(TimeoutError):
        await waiting
    assert not demand.present
    demand.give(SESSION)


async def test_who_gave_up_wants_nothing_any_more(demand: Demand) -> None:
    waiting = asyncio.create_task(demand.session(5))
    await settle()
    assert demand.present
    waiting.cancel()
    demand.give(SESSION)
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not demand.present


async def test_holding_wakes_and_counts_as_use_until_its_end(
    demand: Demand, clock: FakeClientClock
) -> None:
    waiting = asyncio.create_task(demand.wait())
    await settle()
    assert not waiting.done()
    with demand.holding(), demand.holding():
        await waiting
        await clock.advance(7)
        assert demand.held
    assert not demand.held and not demand.present
    assert demand.used == clock.monotonic()
