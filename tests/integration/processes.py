"""Relays and people as processes that a test starts, asks, kills and starts again."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from recording import RECORDING

from whispr.protocol.address import RelayAddress

SUITE_2 = "WHISPR_TEST_SUITE_2"
HERE = Path(__file__).parent
ROOT = HERE.parent.parent
ANSWER_SECONDS = 30.0
POLL_SECONDS = 0.05


class ActorError(Exception):
    """The person could not do what was asked."""


class Process:
    """A Python process whose standard output is lines."""

    def __init__(self, script: str, folder: Path) -> None:
        self._script = script
        self.folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self._log = folder.with_suffix(".log")

    @property
    def pid(self) -> int:
        """Of the process that runs now."""
        assert self._process is not None
        return self._process.pid

    async def spawn(self, arguments: dict[str, Any]) -> None:
        """Start it; what it complains about goes to a file beside its folder."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                str(HERE / self._script),
                json.dumps(arguments),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env={"PYTHONPATH": str(ROOT), "PATH": "", **_recording(), **_suite_2()},
                limit=16 * 1024 * 1024,
            )

    async def line(self) -> str:
        """The next line it prints."""
        assert self._process is not None
        assert self._process.stdout is not None
        async with asyncio.timeout(ANSWER_SECONDS):
            line = await self._process.stdout.readline()
        if not line:
            raise ActorError(f"ended with {await self._process.wait()}: {self.complaints()}")
        return line.decode()

    def complaints(self) -> str:
        """What it wrote to standard error."""
        return self._log.read_text()[-4000:]

    async def write(self, line: str) -> None:
        """One line to its standard input."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        await self._process.stdin.drain()

    async def kill(self) -> None:
        """SIGKILL: no goodbye of any kind."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def wait(self) -> int:
        """Wait until it has ended by itself."""
        assert self._process is not None
        async with asyncio.timeout(ANSWER_SECONDS):
            return await self._process.wait()

    async def close(self) -> None:
        """End it in order."""
        if self._process is None or self._process.returncode is not None:
            return
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(5):
                await self._process.wait()
        except TimeoutError:
            await self.kill()


def _recording() -> dict[str, str]:
    """Where the processes record what they hand to TLS, if the test wants that."""
    path = os.environ.get(RECORDING)
    return {RECORDING: path} if path else {}


def _suite_2() -> dict[str, str]:
    """Whether the people of this test offer suite 2."""
    return {SUITE_2: "1"} if os.environ.get(SUITE_2) else {}


class RelayProcess(Process):
    """A relay on loopback; after a kill it comes back on the same port with the same key."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        super().__init__("relay_main.py", folder)
        self._settings = settings
        self._port = 0
        self.address = ""

    async def start(self) -> str:
        """Start it; returns its address."""
        await self.spawn(
            {
                "listen": [f"127.0.0.1:{self._port}"],
                "data": str(self.folder),
                "drain_seconds": 0.2,
                **self._settings,
            }
        )
        self.address = (await self.line()).strip()
        self._port = RelayAddress.parse(self.address).port
        return self.address

    async def close(self) -> None:
        """SIGTERM."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await super().close()


class Person(Process):
    """Somebody with a profile."""

    def __init__(self, folder: Path, name: str, relay: RelayProcess) -> None:
        super().__init__("actor_main.py", folder)
        self.name = name
        self.relay = relay

    async def start(self, **more: Any) -> None:
        """Open the profile, or make it, and connect."""
        await self.spawn(
            {
                "folder": str(self.folder),
                "name": self.name,
                "relay": self.relay.address,
                "now_ms": time.time_ns() // 1_000_000,
                **more,
            }
        )
        await self.line()

    async def ask(self, do: str, **order: Any) -> Any:
        """Have something done; returns its result.

        Raises:
            ActorError: it could not be done.
        """
        await self.write(json.dumps({"do": do, **order}))
        answer = json.loads(await self.line())
        if "error" in answer:
            raise ActorError(f"{answer['error']}: {answer['text']}")
        return answer["ok"]

    async def order(self, do: str, **order: Any) -> None:
        """Have something begun, without waiting for its result."""
        await self.write(json.dumps({"do": do, **order}))


async def befriend(one: Person, other: Person) -> None:
    """Each adds the other's card."""
    await one.ask("add", card=await other.ask("card"))
    await other.ask("add", card=await one.ask("card"))


async def until(
    probe: Callable[[], Awaitable[Any]],
    good: Callable[[Any], bool],
    *,
    timeout_seconds: float = 20.0,
) -> Any:
    """Ask again and again until the answer is good.

    Raises:
        AssertionError: it was not in time; says what the last answer was.
    """
    deadline = time.monotonic() + timeout_seconds
    while True:
        answer = await probe()
        if good(answer):
            return answer
        assert time.monotonic() < deadline, f"still {answer!r}"
        await asyncio.sleep(POLL_SECONDS)


async def stays(
    probe: Callable[[], Awaitable[Any]], good: Callable[[Any], bool], *, seconds: float
) -> None:
    """Ask again and again for a while; the answer must be good each time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = await probe()
        assert good(answer), f"became {answer!r}"
        await asyncio.sleep(POLL_SECONDS)
