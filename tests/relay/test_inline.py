"""Coroutines that run at once, and those that have to wait."""

from __future__ import annotations

import asyncio

import pytest

from whispr.relay.inline import run_inline


async def test_what_does_not_wait_is_finished_without_a_task():
    done = []

    async def quick():
        done.append(1)

    assert run_inline(quick()) is None
    assert done == [1]


async def test_what_waits_goes_on_in_a_task_with_results_and_exceptions():
    seen = []
    future = asyncio.get_running_loop().create_future()
    failing = asyncio.get_running_loop().create_future()

    async def slow():
        seen.append(await future)
        await asyncio.sleep(0)
        try:
            await failing
        except ValueError:
            seen.append("raised")
        async with asyncio.timeout(5):
            await asyncio.sleep(0)

    task = run_inline(slow())
    future.set_result("value")
    failing.set_exception(ValueError())
    await task
    assert seen == ["value", "raised"]


async def test_a_task_is_cancelled_like_any_other():
    cleaned = []

    async def endless():
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append(1)

    task = run_inline(endless())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cleaned == [1]


async def test_an_exception_passes_through():
    async def broken():
        raise ValueError

    with pytest.raises(ValueError):
        run_inline(broken())

    async def breaks_later():
        await asyncio.sleep(0)
        raise ValueError

    with pytest.raises(ValueError):
        await run_inline(breaks_later())
