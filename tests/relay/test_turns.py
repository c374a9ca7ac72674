"""Signature checks are handed out a few in a turn, first come, first served."""

from __future__ import annotations

import asyncio

from whispr.relay.turns import Turns


async def test_a_turn_has_so_many_checks_and_the_next_has_them_again():
    turns = Turns(asyncio.get_running_loop(), checks_per_turn=2)
    assert [turns.take_check() for _ in range(3)] == [True, True, False]
    await asyncio.sleep(0)
    assert [turns.take_check() for _ in range(3)] == [True, True, False]


async def test_who_waits_comes_before_who_is_new():
    turns = Turns(asyncio.get_running_loop(), checks_per_turn=1)
    order = []

    def wants(name):
        if turns.take_check():
            order.append(name)
        else:
            turns.later(lambda: wants(name))

    for name in ("first", "second", "third"):
        wants(name)
    assert order == ["first"]
    await asyncio.sleep(0)
    assert order == ["first", "second"]
    wants("fourth")
    for _ in range(3):
        await asyncio.sleep(0)
    assert order == ["first", "second", "third", "fourth"]


async def test_who_comes_back_in_a_turn_waits_for_the_next():
    turns = Turns(asyncio.get_running_loop(), checks_per_turn=4)
    calls = []

    def again():
        calls.append(1)
        if len(calls) < 3:
            turns.later(again)

    turns.later(again)
    await asyncio.sleep(0)
    assert len(calls) == 1
    await asyncio.sleep(0)
    assert len(calls) == 2


async def test_one_that_fails_keeps_nobody_from_his_turn():
    loop = asyncio.get_running_loop()
    failures, done = [], asyncio.Event()
    loop.set_exception_handler(lambda _, context: failures.append(context["exception"]))
    turns = Turns(loop, checks_per_turn=1)
    turns.later(lambda: 1 / 0)
    turns.later(done.set)
    await asyncio.wait_for(done.wait(), 5)
    assert isinstance(failures[0], ZeroDivisionError)
