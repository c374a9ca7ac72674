"""Run a coroutine at once, without a task, as far as it goes; only what has to wait gets one.

With the memory store no request ever waits: a task for each frame would cost more than the frame.
The first step runs outside of a task, so a coroutine run here must not use `asyncio.timeout` or
`asyncio.current_task` before it first waits for something.
"""

from __future__ import annotations

import asyncio
import types
from collections.abc import Coroutine, Generator
from typing import Any


def run_inline(coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
    """Start `coroutine`; returns None when it is finished, else the task that finishes it."""
    try:
        waits_for = coroutine.send(None)
    except StopIteration:
        return None
    return asyncio.get_running_loop().create_task(_finish(coroutine, waits_for))


async def _finish(coroutine: Coroutine[Any, Any, None], waits_for: Any) -> None:
    await _continue(coroutine, waits_for)


@types.coroutine
def _continue(coroutine: Coroutine[Any, Any, None], waits_for: Any) -> Generator[Any, Any, None]:
    """Hand on what `coroutine` waits for, and its results and exceptions back to it."""
    try:
        while True:
            try:
                result = yield waits_for
            except GeneratorExit:
                coroutine.close()
                raise
            except BaseException as error:  # noqa: BLE001 - handed on, cancellation too
                waits_for = coroutine.throw(error)
            else:
                waits_for = coroutine.send(result)
    except StopIteration:
        return
