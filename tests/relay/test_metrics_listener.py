from __future__ import annotations

import asyncio
import contextlib

import pytest

from whispr.errors import ConfigError
from whispr.relay.metrics_listener import MAX_LINE_BYTES, MAX_SCRAPERS, MetricsListener

BODY = b"whispr_connections 1\n"


@pytest.fixture
async def listener():
    listener = MetricsListener(lambda: BODY, "text/plain")
    await listener.open()
    yield listener
    await listener.close()


async def ask(listener, request):
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    writer.write(request)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.decode(), body


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /metrics HTTP/1.0\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n",
        b"GET /metrics?name[]=up HTTP/1.1\r\n\r\n",
        b"GET /metrics\n",
    ],
)
async def test_metrics_are_served(listener, request_bytes):
    head, body = await ask(listener, request_bytes)
    assert head.startswith("HTTP/1.0 200 OK\r\n")
    assert f"Content-Length: {len(BODY)}" in head
    assert "Content-Type: text/plain" in head
    assert body == BODY


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"GET / HTTP/1.1", "404"),
        (b"GET /metrics/ HTTP/1.1", "404"),
        (b"GET", "404"),
        (b"", "404"),
        (b"\xff\x00\x16\x03", "404"),
        (b"POST /metrics HTTP/1.1", "405"),
        (b"HEAD /metrics HTTP/1.1", "405"),
        (b"get /metrics HTTP/1.1", "405"),
    ],
)
async def test_everything_else_is_refused(listener, line, status):
    head, body = await ask(listener, line + b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.0 {status} ")
    assert BODY not in body


async def test_a_request_may_come_byte_by_byte(listener):
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    for byte in b"GET /metrics HTTP/1.0\r\n\r\n":
        writer.write(bytes([byte]))
        await writer.drain()
    assert (await reader.read()).endswith(BODY)
    writer.close()
    await writer.wait_closed()


async def test_the_line_is_bounded_on_both_sides(listener):
    start, end = b"GET /metrics?", b" HTTP/1.0\r\n"
    longest = start + b"x" * (MAX_LINE_BYTES - len(start) - len(end)) + end
    assert len(longest) == MAX_LINE_BYTES
    assert (await ask(listener, longest))[0].startswith("HTTP/1.0 200")
    head, _ = await ask(listener, b"x" * (MAX_LINE_BYTES + 1))
    assert head.startswith("HTTP/1.0 414")


async def test_who_says_nothing_is_cut_off():
    listener = MetricsListener(lambda: BODY, "text/plain", line_seconds=0.01)
    await listener.open()
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    with contextlib.suppress(ConnectionResetError):
        assert await reader.read() == b""
    writer.close()
    await listener.close()


async def test_scrapers_are_bounded(listener):
    idle = [await asyncio.open_connection("127.0.0.1", listener.port) for _ in range(MAX_SCRAPERS)]
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    with contextlib.suppress(ConnectionResetError):
        assert await reader.read() == b""
    writer.close()
    idle[0][1].close()
    await idle[0][1].wait_closed()
    while True:  # until the listener has noticed
        try:
            head, _ = await ask(listener, b"GET /metrics\n")
        except ConnectionError:
            continue
        if head:
            break
    assert head.startswith("HTTP/1.0 200")
    for _, writer in idle[1:]:
        writer.close()


async def test_it_listens_on_loopback_unless_told_otherwise(listener):
    assert listener._server.sockets[0].getsockname()[0] == "127.0.0.1"


async def test_closing_ends_those_who_are_there(listener):
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    writer.write(b"GET /met")
    await writer.drain()
    port = listener.port
    await listener.close()
    with contextlib.suppress(ConnectionResetError):
        assert await reader.read() == b""
    writer.close()
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", port)
    await listener.close()


async def test_a_taken_port_is_a_mistake_in_the_configuration(listener):
    other = MetricsListener(lambda: BODY, "text/plain")
    with pytest.raises(ConfigError, match="cannot serve metrics"):
        await other.open(port=listener.port)
    await other.close()


def test_a_listener_that_is_not_open_has_no_port():
    with pytest.raises(RuntimeError, match="not open"):
        _ = MetricsListener(lambda: BODY, "text/plain").port
