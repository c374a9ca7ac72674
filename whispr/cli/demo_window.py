"""The demo in a window: relay and Echo in another thread, the desktop client connected."""

from __future__ import annotations

import asyncio
import secrets
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING

from whispr.cli.demo_people import ECHO, PASSPHRASE_WORDS, YOU, introduce, person, relay_here
from whispr.cli.echo import answer_everything
from whispr.client.crypto.passphrase import generate_passphrase

if TYPE_CHECKING:
    from pathlib import Path

    from whispr.cli.output import Output

GREETING = "I say everything again. Write to me, or drop a file."
READY_SECONDS = 60.0


def play_in_window(folder: Path, output: Output, *, with_hooks: bool = False) -> int:
    """Open the desktop client beside a relay and Echo; returns 0 when it was closed.

    Raises:
        ConfigError: no window can be opened.
        WhisprError: the relay or a profile could not be made.
    """
    from whispr.gui.window import open_window

    neighbours = Neighbours(folder, output)
    neighbours.start()
    try:
        secret = neighbours.ready.result(READY_SECONDS)
        output.line("        the window is yours; Echo answers")
        terminal = output.terminal
        hooks = (terminal.stdin, terminal.stdout) if with_hooks else None
        return open_window(folder / "you", terminal.environment, hooks, secret)
    finally:
        neighbours.stop()


class Neighbours(threading.Thread):
    """The relay and Echo, with an event loop of their own; the window never waits for them."""

    def __init__(self, folder: Path, output: Output) -> None:
        super().__init__(name="whispr demo", daemon=True)
        self._folder = folder
        self._output = output
        self._loop = asyncio.new_event_loop()
        self._stopped = asyncio.Event()
        self.ready: Future[str] = Future()
        """The passphrase of the profile in `you`, when everybody is there."""

    def run(self) -> None:
        """Live until stopped."""
        try:
            self._loop.run_until_complete(self._live())
        except Exception as error:
            if self.ready.done():
                raise
            self.ready.set_exception(error)
        finally:
            self._loop.close()

    def stop(self) -> None:
        """End everything in order."""
        if self.is_alive():
            self._loop.call_soon_threadsafe(self._stopped.set)
            self.join(READY_SECONDS)

    async def _live(self) -> None:
        secret = generate_passphrase(secrets.randbelow, PASSPHRASE_WORDS)
        async with relay_here(self._folder / "relay") as relay:
            self._output.line(f"{self._output.bold('Relay')}   {relay.location}, made just now")
            async with person(self._folder / "echo", ECHO, relay) as echo:
                # The profile is made and closed here: the window opens it.
                async with person(self._folder / "you", YOU, relay, secret) as you:
                    introduce(you, echo, self._output)
                answering = asyncio.create_task(answer_everything(echo))
                await echo.send(YOU, GREETING)
                self.ready.set_result(secret)
                await self._stopped.wait()
                answering.cancel()
                await asyncio.gather(answering, return_exceptions=True)
