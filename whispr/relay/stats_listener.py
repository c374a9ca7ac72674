"""The private socket of `whispr relay stats`: one JSON line for whoever may open it.

A Unix socket of mode 0600 in the data folder, one for each process of a relay. Systems without
Unix sockets in asyncio (Windows) have none.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import cast

PATTERN = "stats-*.sock"
MAX_READERS = 8


class StatsListener:
    """Tells what `report` gives, then hangs up.

    Args:
        folder: the relay's data folder.
        report: called once for each reader; what it gives is told as JSON.
    """

    def __init__(
        self, folder: Path, report: Callable[[], object], process_id: int | None = None
    ) -> None:
        self._folder = folder
        self._report = report
        self._path = folder / f"stats-{process_id or os.getpid()}.sock"
        self._listening: asyncio.AbstractServer | None = None
        self.readers: set[asyncio.BaseTransport] = set()

    @property
    def path(self) -> Path:
        """Where it listens."""
        return self._path

    async def open(self) -> bool:
        """Listen; returns False where that is impossible, which is no reason to stop a relay."""
        if sys.platform == "win32":
            return False
        remove_dead_sockets(self._folder)
        try:
            listening = _bind_private(self._path)
        except OSError:  # also a path longer than a socket address holds
            return False
        self._listening = await asyncio.get_running_loop().create_unix_server(
            lambda: _Reader(self), sock=listening
        )
        return True

    async def close(self) -> None:
        """Stop, and take the socket away."""
        if self._listening is None:
            return
        self._listening.close()
        for transport in tuple(self.readers):
            cast("asyncio.Transport", transport).abort()
        await self._listening.wait_closed()
        self._listening = None
        self._path.unlink(missing_ok=True)

    def line(self) -> bytes:
        """What a reader gets."""
        return json.dumps(self._report()).encode() + b"\n"


class _Reader(asyncio.Protocol):
    def __init__(self, listener: StatsListener) -> None:
        self._listener = listener
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        if len(self._listener.readers) >= MAX_READERS:
            self._transport.abort()
            return
        self._listener.readers.add(transport)
        self._transport.write(self._listener.line())
        self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self._listener.readers.discard(self._transport)


def remove_dead_sockets(folder: Path) -> None:
    """Take away what processes left behind that were killed."""
    for path in folder.glob(PATTERN):
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(0.2)
            try:
                asking.connect(str(path))
            except ConnectionRefusedError:
                path.unlink(missing_ok=True)
            except OSError:
                continue  # not ours to judge


def _bind_private(path: Path) -> socket.socket:
    """Nobody can connect before `listen`, and then only this user."""
    listening = socket.socket(socket.AF_UNIX)
    try:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
        listening.bind(str(path))
        path.chmod(0o600)
        listening.listen()
        listening.setblocking(False)
    except OSError:
        listening.close()
        raise
    return listening
