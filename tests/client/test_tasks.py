"""An error that nobody expected is logged without values, counted, told, and survived."""

from __future__ import annotations

import asyncio
import itertools
import logging

import pytest

from tests.client.fake_clock import settle
from tests.client.kit import Person, Scene
from whispr.client.events import PartFailed
from whispr.client.tasks import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, Tasks, trace_of
from whispr.errors import StorageError, WrongPinError


@pytest.fixture
def alice(people: Scene) -> Person:
    return people.alice


async def crash() -> None:
    raise ValueError("the text holds hunter2")


async def test_what_ends_well_is_not_told(alice: Person) -> None:
    done: list[int] = []

    async def work() -> None:
        done.append(1)

    tasks = Tasks(alice.core)
    await tasks.start(work, "part")
    await tasks.keep(work, "part")
    assert done == [1, 1]
    assert alice.events == []


async def test_unexpected_error_is_logged_counted_and_told(
    alice: Person, caplog: pytest.LogCaptureFixture
) -> None:
    await Tasks(alice.core).start(crash, "part")
    assert alice.events == [PartFailed("part", "an unexpected error")]
    assert alice.counts == {"failed: part": 1}
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert "in crash" in record.getMessage() and "ValueError" in record.getMessage()


async def test_log_holds_no_text_of_a_foreign_error(
    alice: Person, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "hunter2"

    async def work() -> None:
        {}[secret]

    await Tasks(alice.core).start(work, "part")
    assert secret not in caplog.text
    assert "KeyError" in caplog.text


async def test_own_errors_say_what_is_wrong(
    alice: Person, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> None:
        raise StorageError("the disk is full")

    await Tasks(alice.core).start(work, "part")
    assert alice.events == [PartFailed("part", "the disk is full")]
    assert "StorageError: the disk is full" in caplog.text


async def test_kept_work_begins_again_later_each_time(alice: Person) -> None:
    begun: list[float] = []

    async def work() -> None:
        begun.append(alice.clock.seconds)
        raise ValueError

    tasks = Tasks(alice.core)
    tasks.keep(work, "part")
    await alice.clock.advance(1 + 2 + 4 + 8 + 16 + 32 + 60 + 60)
    pauses = [later - earlier for earlier, later in itertools.pairwise(begun)]
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    await tasks.stop()


async def test_work_that_ran_for_long_begins_again_soon(alice: Person) -> None:
    begun: list[float] = []

    async def work() -> None:
        begun.append(alice.clock.seconds)
        await alice.clock.sleep(LONGEST_PAUSE_SECONDS if len(begun) == 3 else 0)
        raise ValueError

    tasks = Tasks(alice.core)
    tasks.keep(work, "part")
    await alice.clock.advance(1 + 2 + LONGEST_PAUSE_SECONDS + FIRST_PAUSE_SECONDS)
    assert begun[3] - begun[2] == LONGEST_PAUSE_SECONDS + FIRST_PAUSE_SECONDS
    await tasks.stop()


async def test_stop_leaves_nothing(alice: Person) -> None:
    tasks = Tasks(alice.core)
    never = asyncio.Event()

    async def work() -> None:
        await never.wait()

    running = [tasks.start(work, "one"), tasks.keep(work, "two"), tasks.keep(crash, "three")]
    await settle()
    await tasks.stop()
    assert all(task.cancelled() for task in running)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_stop_before_the_first_step_leaves_nothing_unawaited(alice: Person) -> None:
    tasks = Tasks(alice.core)
    tasks.start(crash, "one")
    tasks.keep(crash, "two")
    await tasks.stop()
    assert alice.events == []


def test_trace_follows_causes() -> None:
    try:
        try:
            raise KeyError("a value")
        except KeyError as error:
            raise WrongPinError("the PIN is wrong") from error
    except WrongPinError as error:
        told = trace_of(error)
    assert told.index("WrongPinError: the PIN is wrong") < told.index("KeyError")
    assert "a value" not in told.replace('raise KeyError("a value")', "")


def test_trace_leaves_out_what_was_suppressed() -> None:
    try:
        try:
            raise KeyError
        except KeyError:
            raise WrongPinError("the PIN is wrong") from None
    except WrongPinError as error:
        assert "KeyError\n" not in trace_of(error)


def test_trace_of_a_loop_of_causes_ends() -> None:
    error = ValueError()
    error.__cause__ = error
    assert trace_of(error).count("ValueError") == 8
