"""The listener that Prometheus scrapes: `GET /metrics` over HTTP/1.0 and nothing else.

It has a port of its own, on loopback unless told otherwise. It is the only HTTP of Whispr, because
Prometheus speaks nothing else. A request is one line of at
most 1 KiB within five seconds; headers are not read, the answer ends the connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from whispr.errors import ConfigError

MAX_LINE_BYTES = 1024
LINE_SECONDS = 5.0
MAX_SCRAPERS = 8

Render = Callable[[], bytes]


class MetricsListener:
    """Serves what `render` gives.

    Args:
        render: called once for each scrape.
        content_type: of what it gives.
        line_seconds: time for the request line.
    """

    def __init__(
        self, render: Render, content_type: str, *, line_seconds: float = LINE_SECONDS
    ) -> None:
        self._render = render
        self._content_type = content_type
        self._line_seconds = line_seconds
        self._server: asyncio.Server | None = None
        self._scrapers: set[_Scraper] = set()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        if self._server is None:
            raise RuntimeError("the metrics listener is not open")
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def open(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; without a host on loopback, port 0 picks one.

        Raises:
            ConfigError: the address cannot be listened on.
        """
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(
                lambda: _Scraper(self), host or "127.0.0.1", port
            )
        except OSError as error:
            reason = error.strerror or error
            raise ConfigError(f"cannot serve metrics on {host}:{port}: {reason}") from error

    async def close(self) -> None:
        """Stop, also in the middle of a scrape."""
        if self._server is None:
            return
        self._server.close()
        for scraper in tuple(self._scrapers):
            scraper.abort()
        await self._server.wait_closed()
        self._server = None

    def enter(self, scraper: _Scraper) -> bool:
        """Let a scraper in if there are not too many."""
        if len(self._scrapers) >= MAX_SCRAPERS:
            return False
        self._scrapers.add(scraper)
        return True

    def leave(self, scraper: _Scraper) -> None:
        """A scraper is gone."""
        self._scrapers.discard(scraper)

    def answer(self, line: bytes) -> bytes:
        """The whole response to a request line."""
        method, _, rest = line.partition(b" ")
        target = rest.partition(b" ")[0].partition(b"?")[0]
        if target != b"/metrics":
            return _response("404 Not Found", "text/plain", b"there is only /metrics\n")
        if method != b"GET":
            return _response("405 Method Not Allowed", "text/plain", b"only GET\n")
        return _response("200 OK", self._content_type, self._render())

    @property
    def line_seconds(self) -> float:
        """Time for the request line."""
        return self._line_seconds


class _Scraper(asyncio.Protocol):
    """One connection: a line in, an answer out."""

    def __init__(self, listener: MetricsListener) -> None:
        self._listener = listener
        self._received = bytearray()
        self._answered = False
        self._transport: asyncio.Transport
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        if not self._listener.enter(self):
            self._transport.abort()
            return
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._listener.line_seconds, self._transport.abort)

    def data_received(self, data: bytes) -> None:
        if self._answered:
            return  # headers, which do not matter
        self._received += data[: MAX_LINE_BYTES + 1 - len(self._received)]
        line, newline, _ = bytes(self._received).partition(b"\n")
        if newline:
            self._finish(self._listener.answer(line.strip()))
        elif len(self._received) > MAX_LINE_BYTES:
            self._finish(_response("414 URI Too Long", "text/plain", b"request line too long\n"))

    def connection_lost(self, error: Exception | None) -> None:
        self._listener.leave(self)
        if self._timer is not None:
            self._timer.cancel()

    def abort(self) -> None:
        """End at once."""
        self._transport.abort()

    def _finish(self, response: bytes) -> None:
        """The timer goes on: it also ends whoever does not read the answer."""
        self._answered = True
        self._transport.write(response)
        self._transport.write_eof()


def _response(status: str, content_type: str, body: bytes) -> bytes:
    head = (
        f"HTTP/1.0 {status}\r\nAllow: GET\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode("ascii") + body
