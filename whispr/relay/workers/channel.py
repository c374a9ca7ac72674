"""The line between a parent and one of its workers: JSON objects, one on each line.

A worker that reads the end of the line knows that its parent is gone, whatever killed it.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import socket
from pathlib import Path
from typing import Any

from whispr.relay.config import RelayConfig, load_config

MAX_LINE_BYTES = 4 * 1024 * 1024


class Channel:
    """One end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def send(self, message: dict[str, Any]) -> None:
        """One object; who does not read any more is gone, and that is noticed elsewhere."""
        if not self._writer.is_closing():
            self._writer.write(json.dumps(message).encode() + b"\n")

    async def receive(self) -> dict[str, Any] | None:
        """The next object, or None at the end."""
        try:
            line = await self._reader.readline()
        except (OSError, ValueError):
            return None
        return json.loads(line) if line.endswith(b"\n") else None

    async def flush(self) -> None:
        """Wait until what was sent has left."""
        try:
            await self._writer.drain()
        except OSError:
            return

    def close(self) -> None:
        """Let go of this end."""
        self._writer.close()


async def open_channel(end: socket.socket) -> Channel:
    """One end from its socket."""
    return Channel(*await asyncio.open_connection(sock=end, limit=MAX_LINE_BYTES))


def channel_ends() -> tuple[socket.socket, socket.socket]:
    """Both ends: the first for the parent, the second to be inherited by the worker."""
    return socket.socketpair()


def inherited_end(descriptor: int) -> socket.socket:
    """The worker's end from the number of its descriptor."""
    return socket.socket(fileno=descriptor)


def pack_config(config: RelayConfig) -> dict[str, Any]:
    """A configuration as JSON can hold it."""
    values = dataclasses.asdict(config)
    return {
        name: str(value) if isinstance(value, Path) else value for name, value in values.items()
    }


def unpack_config(values: dict[str, Any]) -> RelayConfig:
    """What `pack_config` packed. Raises ConfigError."""
    return load_config(overrides=values)
