"""Runs small programs of the desktop (dialogs, notifications) without holding up the window."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

from whispr.errors import UserInputError

MAX_OUTPUT_BYTES = 64 * 1024


async def run_program(
    command: Sequence[str], *, given: bytes = b"", timeout_seconds: float | None = None
) -> tuple[int, str]:
    """Run a program to its end; its exit code and what it printed.

    Raises:
        UserInputError: it cannot be started, or takes longer than it may.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError as error:
        raise UserInputError(f"{command[0]} cannot be started: {error.strerror}") from error
    try:
        async with asyncio.timeout(timeout_seconds):
            output, _ = await process.communicate(given)
    except TimeoutError as error:
        raise UserInputError(f"{command[0]} does not answer") from error
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return process.returncode or 0, output[:MAX_OUTPUT_BYTES].decode("utf-8", "replace")
