"""The place of one worker: starts it, hears it, starts it again when it dies."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from typing import Any

from whispr.errors import ConfigError
from whispr.relay.config import RelayConfig
from whispr.relay.log import Log
from whispr.relay.workers.channel import Channel, channel_ends, open_channel, pack_config

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 10.0
GOOD_LIFE_SECONDS = 30.0
"""A worker that lived this long begins with the shortest pause again when it dies."""
START_SECONDS = 30.0


class Place:
    """Holds one worker process.

    Args:
        on_metrics: gets what the worker tells.
        on_death: called when a worker died that nobody had asked to.
    """

    def __init__(
        self,
        number: int,
        config: Callable[[], RelayConfig],
        listening: Sequence[int],
        log: Log,
        *,
        on_metrics: Callable[[int, str], None],
        on_death: Callable[[int], None],
    ) -> None:
        self.number = number
        self._config = config
        self._listening = listening
        self._log = log
        self._on_metrics = on_metrics
        self._on_death = on_death
        self._process: asyncio.subprocess.Process | None = None
        self._channel: Channel | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    @property
    def alive(self) -> bool:
        """Whether its worker runs."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int | None:
        """Of the worker that runs."""
        return self._process.pid if self._process is not None else None

    async def open(self) -> str:
        """Start the worker; returns the relay address. From then on it is kept running.

        Raises ConfigError with what the worker has to say when it cannot start.
        """
        address = await self._spawn()
        self._task = asyncio.get_running_loop().create_task(self._keep())
        return address

    def send(self, message: dict[str, Any]) -> None:
        """To the worker, if one runs."""
        if self._channel is not None:
            self._channel.send(message)

    def stop(self) -> None:
        """Ask the worker to drain; a second time to end at once."""
        self._stopping = True
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()

    async def wait_stopped(self, timeout_seconds: float) -> None:
        """Wait until it has ended, and see to it that it does."""
        if self._task is None:
            await self._end()
            return
        await asyncio.wait((self._task,), timeout=timeout_seconds)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._end()

    async def _end(self) -> None:
        if self._process is not None:
            if self._process.returncode is None:
                self._process.kill()
            await self._process.wait()
        if self._channel is not None:
            self._channel.close()

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        pause_seconds = FIRST_PAUSE_SECONDS
        while not self._stopping:
            begun = loop.time()
            await self._hear()
            if self._is_over():
                return
            self._on_death(self.number)
            if loop.time() - begun > GOOD_LIFE_SECONDS:
                pause_seconds = FIRST_PAUSE_SECONDS
            while not self._is_over():
                await asyncio.sleep(pause_seconds)
                pause_seconds = min(2 * pause_seconds, LONGEST_PAUSE_SECONDS)
                if await self._came_back():
                    break

    def _is_over(self) -> bool:
        """Asked again after each wait: much may have happened."""
        return self._stopping

    async def _hear(self) -> None:
        """Until the worker has ended."""
        assert self._channel is not None and self._process is not None
        while (message := await self._channel.receive()) is not None:
            if "metrics" in message:
                self._on_metrics(self.number, message["metrics"])
        if not self._stopping and self._process.returncode is None:
            # A worker whose line is cut drains by itself; one that cannot is no use.
            try:
                async with asyncio.timeout(self._config().drain_seconds + START_SECONDS):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
        code = await self._process.wait()
        if not self._stopping:
            self._log.error("worker_died", n=self.number, code=code)

    async def _came_back(self) -> bool:
        try:
            await self._spawn()
        except ConfigError as error:
            self._log.error("worker_failed", n=self.number, why=str(error))
            return False
        self._log.info("worker_started", n=self.number)
        return True

    async def _spawn(self) -> str:
        ours, theirs = channel_ends()
        flags = ("-P",) if sys.flags.safe_path else ()
        try:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *(*flags, "-m", "whispr.relay.workers.worker", str(theirs.fileno())),
                pass_fds=(theirs.fileno(), *self._listening),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                # A Ctrl-C in the terminal is for the parent, which passes it on once.
                start_new_session=True,
            )
        except OSError as error:
            ours.close()
            raise ConfigError(f"cannot start a worker: {error.strerror or error}") from error
        finally:
            theirs.close()
        if self._channel is not None:
            self._channel.close()
        self._channel = await open_channel(ours)
        config = pack_config(self._config())
        self._channel.send({"config": config, "listening": list(self._listening)})
        return await self._wait_ready(self._channel)

    async def _wait_ready(self, channel: Channel) -> str:
        try:
            async with asyncio.timeout(START_SECONDS):
                message = await channel.receive()
        except TimeoutError:
            message = None
        if message is not None and "ready" in message:
            return str(message["ready"])
        await self._end()
        raise ConfigError((message or {}).get("error", "a worker ended while it started"))
