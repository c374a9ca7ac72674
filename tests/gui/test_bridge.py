from __future__ import annotations

import asyncio
import threading
import tkinter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from whispr.errors import UserInputError, WhisprError
from whispr.gui.bridge import Bridge

Settle = Callable[[Callable[[], bool]], None]


class Window:
    """What the bridge hands over."""

    def __init__(self, root: tkinter.Tk) -> None:
        self.values: list[Any] = []
        self.defects: list[BaseException] = []
        self.threads: set[int] = set()
        self.bridge = Bridge(root, handle=self.take, defect=self.defects.append)

    def take(self, value: Any) -> None:
        self.threads.add(threading.get_ident())
        self.values.append(value)


@pytest.fixture
def window(root: tkinter.Tk) -> Iterator[Window]:
    made = Window(root)
    yield made
    assert made.bridge.close()


async def double(number: int) -> int:
    return number * 2


def test_answer_comes_back_in_the_window_thread(window: Window, settle: Settle) -> None:
    answers: list[tuple[int, int]] = []
    window.bridge.ask(
        lambda: double(21), lambda value: answers.append((value, threading.get_ident()))
    )
    settle(lambda: bool(answers))
    assert answers == [(42, threading.get_ident())]


def test_work_runs_in_another_thread(window: Window, settle: Settle) -> None:
    async def where() -> int:
        return threading.get_ident()

    answers: list[int] = []
    window.bridge.ask(where, answers.append)
    settle(lambda: bool(answers))
    assert answers[0] != threading.get_ident()


def test_expected_error_goes_to_whoever_asked(window: Window, settle: Settle) -> None:
    async def refuse() -> None:
        raise UserInputError("no")

    errors: list[WhisprError] = []
    window.bridge.ask(refuse, None, errors.append)
    settle(lambda: bool(errors))
    assert str(errors[0]) == "no" and not window.defects


@pytest.mark.parametrize("error", [ValueError("odd"), UserInputError("nobody hears it")])
def test_error_without_a_taker_is_a_defect(
    window: Window, settle: Settle, error: Exception
) -> None:
    async def fail() -> None:
        raise error

    window.bridge.ask(fail)
    settle(lambda: bool(window.defects))
    assert window.defects == [error]


def test_forgotten_answer_is_dropped(window: Window, settle: Settle) -> None:
    answers: list[int] = []
    request_id = window.bridge.ask(lambda: double(1), answers.append)
    window.bridge.forget(request_id)
    later: list[int] = []
    window.bridge.ask(lambda: double(2), later.append)
    settle(lambda: bool(later))
    assert answers == []


def test_values_from_the_network_come_in_order(window: Window, settle: Settle) -> None:
    async def tell() -> None:
        for number in range(2000):
            window.bridge.emit(number)

    window.bridge.ask(tell)
    settle(lambda: len(window.values) == 2000)
    assert window.values == list(range(2000))
    assert window.threads == {threading.get_ident()}


def test_a_long_queue_leaves_the_window_its_turn(root: tkinter.Tk, settle: Settle) -> None:
    clock = [0.0]
    seen: list[int] = []
    drawn: list[int] = []

    def slow(value: int) -> None:
        clock[0] += 0.005
        seen.append(value)

    bridge = Bridge(root, handle=slow, defect=seen.append, now=lambda: clock[0])
    for number in range(10):
        bridge._values.append(number)
    bridge.pump()
    assert len(seen) == 2
    root.after_idle(lambda: drawn.append(len(seen)))
    settle(lambda: len(seen) == 10)
    assert drawn[0] < 10
    bridge.close()


def test_defective_value_does_not_hold_up_the_others(root: tkinter.Tk, settle: Settle) -> None:
    seen: list[int] = []
    reported: list[BaseException] = []

    def take(value: int) -> None:
        if value == 1:
            raise ValueError("cannot be shown")
        seen.append(value)

    root.report_callback_exception = lambda _type, error, _traceback: reported.append(error)
    bridge = Bridge(root, handle=take, defect=lambda _: None)
    for number in range(3):
        bridge.emit(number)
    settle(lambda: len(seen) == 2)
    assert seen == [0, 2] and [str(error) for error in reported] == ["cannot be shown"]
    bridge.close()


def test_another_thread_may_not_ask(window: Window) -> None:
    failures: list[BaseException] = []

    def elsewhere() -> None:
        try:
            window.bridge.ask(lambda: double(1))
        except AssertionError as error:
            failures.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert failures


def test_close_says_farewell_and_cancels_the_rest(root: tkinter.Tk, settle: Settle) -> None:
    ended: list[str] = []
    started: list[int] = []

    async def forever() -> None:
        try:
            bridge.emit("started")
            await asyncio.get_running_loop().create_future()
        finally:
            ended.append("cancelled")

    async def farewell() -> None:
        ended.append("farewell")

    bridge = Bridge(root, handle=lambda _: started.append(1), defect=lambda _: None)
    bridge.ask(forever)
    settle(lambda: bool(started))
    assert bridge.close(farewell)
    assert ended == ["farewell", "cancelled"]
    assert bridge.ask(lambda: double(1)) and bridge.close()


def test_emit_after_the_end_is_harmless(root: tkinter.Tk) -> None:
    bridge = Bridge(root, handle=lambda _: None, defect=lambda _: None)
    bridge.close()
    bridge.emit("late")


def test_answer_comes_before_what_was_emitted_after_it_was_made(
    root: tkinter.Tk, settle: Settle
) -> None:
    came: list[str] = []
    bridge = Bridge(root, handle=came.append, defect=lambda _: None)

    async def look() -> str:
        # Runs as soon as this is done, before anybody has noticed that it is.
        asyncio.get_running_loop().call_soon(bridge.emit, "news")
        return "answer"

    bridge.ask(look, came.append)
    settle(lambda: len(came) == 2)
    assert came == ["answer", "news"]
    bridge.close()
