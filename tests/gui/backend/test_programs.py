from __future__ import annotations

import sys

import pytest

from whispr.errors import UserInputError
from whispr.gui.backend.programs import MAX_OUTPUT_BYTES, run_program


async def test_code_and_output() -> None:
    code = "import sys; print(sys.stdin.read().upper()); sys.exit(3)"
    assert await run_program([sys.executable, "-c", code], given=b"abc") == (3, "ABC\n")


async def test_program_that_is_missing() -> None:
    with pytest.raises(UserInputError, match="cannot be started"):
        await run_program(["no-such-program"])


async def test_program_that_hangs_is_ended() -> None:
    wait = [sys.executable, "-c", "import threading; threading.Event().wait()"]
    with pytest.raises(UserInputError, match="does not answer"):
        await run_program(wait, timeout_seconds=0.2)


async def test_output_is_bounded() -> None:
    _, output = await run_program([sys.executable, "-c", "print('x' * 1000000)"])
    assert len(output) == MAX_OUTPUT_BYTES
