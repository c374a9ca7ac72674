"""Commands in this process: people with profiles, streams that can be waited for, a relay."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from whispr.cli.main import main
from whispr.cli.terminal import Terminal
from whispr.relay.clock import SystemClock
from whispr.relay.config import RelayConfig
from whispr.relay.log import Log
from whispr.relay.relay import Relay

PASSPHRASE = "marble quiet lantern forty harbour"
PATIENCE_SECONDS = 30.0


class Stream(io.StringIO):
    """A stream of a command; interrupts it when `until` was written."""

    def __init__(self, text: str = "", *, terminal: bool = False, until: str = "\0") -> None:
        super().__init__(text)
        self._written = threading.Condition()
        self._terminal = terminal
        self._until = until

    def isatty(self) -> bool:
        return self._terminal

    def wait_for(self, text: str) -> None:
        """Wait until another thread has written this."""
        with self._written:
            came = self._written.wait_for(lambda: text in self.getvalue(), PATIENCE_SECONDS)
        assert came, f"{text!r} did not come: {self.getvalue()!r}"

    def write(self, text: str, /) -> int:
        with self._written:
            written = super().write(text)
            self._written.notify_all()
        return written

    def flush(self) -> None:
        """Press Ctrl-C as soon as the awaited text was written."""
        if self._until in self.getvalue():
            self._until = "\0"
            raise KeyboardInterrupt


@dataclass
class Ran:
    """What a command did."""

    stdout: Stream = field(default_factory=Stream)
    stderr: Stream = field(default_factory=Stream)
    code: int = -1
    thread: threading.Thread | None = None

    @property
    def out(self) -> str:
        return self.stdout.getvalue()

    @property
    def err(self) -> str:
        return self.stderr.getvalue()

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [found for found in self.objects if found["type"] == kind]

    def wait(self) -> Ran:
        assert self.thread is not None
        self.thread.join(PATIENCE_SECONDS)
        assert not self.thread.is_alive(), f"still running: {self.out} {self.err}"
        return self


def whispr(
    *words: object,
    stdin: str = "",
    environment: Mapping[str, str] | None = None,
    secrets: list[str] | None = None,
    terminal: bool = False,
    ran: Ran | None = None,
) -> Ran:
    """Run a command; `secrets` are what a person types at its prompts."""
    ran = ran or Ran(Stream(terminal=terminal), Stream(terminal=terminal))
    answers = iter(secrets or [])
    outside = Terminal(
        *(Stream(stdin, terminal=terminal), ran.stdout, ran.stderr, environment or {}),
        attended=secrets is not None or terminal,
        ask_secret=lambda _prompt: next(answers),
    )
    ran.code = main([str(word) for word in words], outside)
    for secret in [PASSPHRASE, *(secrets or [])]:
        assert secret not in ran.out + ran.err, "a secret was printed"
    return ran


@dataclass
class Person:
    """Somebody with a profile."""

    name: str
    folder: Path
    pin_file: Path

    def run(self, *words: object, **more: Any) -> Ran:
        return whispr("--profile", self.folder, "--pin-file", self.pin_file, *words, **more)

    def json(self, *words: object, **more: Any) -> Ran:
        return self.run("--json", *words, **more)

    def start(self, *words: object) -> Ran:
        """The same in another thread."""
        ran = Ran()
        ran.thread = threading.Thread(target=lambda: self.json(*words, ran=ran))
        ran.thread.start()
        return ran

    def listen_until(self, text: str) -> Ran:
        """Listen until this was printed, however long that takes on a busy machine."""
        ran = self.json("listen", "--timeout", "40", ran=Ran(Stream(until=text)))
        assert ran.code == 130, ran.out + ran.err
        return ran

    def card(self) -> str:
        return self.run("card").out.strip()

    def add(self, other: Person) -> Ran:
        return self.run("add", other.card(), "--name", other.name)


@dataclass
class RelayThread:
    """A relay with its own event loop in a thread of this process."""

    data: Path
    settings: dict[str, Any] = field(default_factory=dict)
    address: str = ""
    relay: Relay = field(init=False)

    def start(self) -> RelayThread:
        ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stopped = asyncio.Event()
        self._thread = threading.Thread(target=lambda: self._run(ready))
        self._thread.start()
        assert ready.wait(PATIENCE_SECONDS)
        return self

    def _run(self, ready: threading.Event) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve(ready.set))

    async def _serve(self, ready: Callable[[], None]) -> None:
        config = RelayConfig(
            **{"listen": ("127.0.0.1:0",), "data": self.data, "drain_seconds": 0.1, **self.settings}
        )
        relay = self.relay = Relay(config, log=Log(SystemClock(), level="error"))
        await relay.start()
        self.address = relay.address.text()
        ready()
        await self._stopped.wait()
        await relay.stop()

    def stop(self) -> None:
        if self._loop.is_closed():
            return
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(PATIENCE_SECONDS)
