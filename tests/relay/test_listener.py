"""The accept loop over real sockets: limits before TLS, TLS policy, errors that end nothing."""

from __future__ import annotations

import asyncio
import errno
import json
import socket
import ssl
import sys

import pytest

from tests.relay.raw_client import RawClient, until
from whispr import tls
from whispr.errors import ConfigError
from whispr.protocol import frames
from whispr.relay.listener import SHUTDOWN_SECONDS, _outcome


def events(log_lines, name):
    return [event for line in log_lines if (event := json.loads(line))["event"] == name]


async def plain(port):
    """A TCP connection that says nothing."""
    return await asyncio.open_connection("127.0.0.1", port)


async def is_cut(reader):
    try:
        async with asyncio.timeout(10):
            return await reader.read() == b""
    except OSError:
        return True


async def test_the_thirty_third_of_an_address_is_closed_without_tls(relay, connect, log_lines):
    clients = [await connect(relay) for _ in range(32)]
    reader, writer = await plain(relay.port)
    assert await is_cut(reader)
    writer.close()
    assert events(log_lines, "turned_away")[0]["limit"] == "address"
    await clients[0].close()
    await until(lambda: len(relay._admission) < 32)
    assert await connect(relay)


async def test_the_handshake_rate_of_an_address(start_relay, connect, clock):
    relay = await start_relay(address_handshakes_per_second=1.0, address_handshake_burst=1)
    await connect(relay)
    reader, writer = await plain(relay.port)
    assert await is_cut(reader)
    writer.close()
    clock.advance(1000)
    await connect(relay)


@pytest.mark.parametrize("protocols", [None, ["h2"]])
async def test_another_alpn_is_cut_before_the_greeting(relay, protocols):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if protocols:
        context.set_alpn_protocols(protocols)
    with pytest.raises((EOFError, OSError)):
        await RawClient.connect(relay.port, context=context)
    assert len(relay.services.hub) == 0


async def test_tls_1_2_is_refused(relay):
    context = tls.client_context()
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(OSError):
        await RawClient.connect(relay.port, context=context)


async def test_a_client_that_never_shakes_hands_is_cut_in_time(start_relay, connect, log_lines):
    relay = await start_relay(handshake_seconds=0.05)
    reader, writer = await plain(relay.port)
    assert await is_cut(reader)
    writer.close()
    await until(lambda: bool(events(log_lines, "handshake_failed")))
    assert events(log_lines, "handshake_failed")[0]["reason"] == "timeout"
    assert len(relay._admission) == 0
    await connect(relay)


async def test_garbage_instead_of_a_handshake_harms_nobody(relay, connect, log_lines):
    reader, writer = await plain(relay.port)
    writer.write(b"GET / HTTP/1.1\r\n\r\n" * 10)
    await is_cut(reader)
    writer.close()
    await until(lambda: bool(events(log_lines, "handshake_failed")))
    assert len(relay._admission) == 0
    await connect(relay)


async def test_beyond_the_handshakes_at_a_time_the_oldest_makes_room(
    start_relay, connect, log_lines
):
    relay = await start_relay(max_handshakes=2, handshake_seconds=60.0)
    silent = [await plain(relay.port) for _ in range(2)]
    client = await connect(relay)  # waits for nobody
    assert isinstance(await client.ask(frames.Ping), frames.Pong)
    assert await is_cut(silent[0][0])
    (event,) = events(log_lines, "handshake_failed")
    assert event["reason"] == "crowded"
    assert len(relay._listener._handshaking) == 1  # the younger one still has its time
    for _, writer in silent:
        writer.close()
    await until(lambda: len(relay._admission) == 1)


@pytest.mark.skipif(sys.platform != "linux", reason="other addresses of loopback")
async def test_a_crowd_of_one_address_does_not_cut_the_handshake_of_another(start_relay):
    relay = await start_relay(max_handshakes=4, handshake_seconds=60.0)
    loop = asyncio.get_running_loop()
    lone = socket.socket()
    lone.bind(("127.0.0.2", 0))
    lone.setblocking(False)
    await loop.sock_connect(lone, ("127.0.0.1", relay.port))
    await until(lambda: len(relay._admission) == 1)
    crowd = [await plain(relay.port) for _ in range(10)]
    for reader, _ in crowd[:7]:
        assert await is_cut(reader)
    assert list(relay._listener._handshaking.values()).count("127.0.0.2") == 1
    for _, writer in crowd:
        writer.close()
    lone.close()


async def test_what_cannot_be_judged_does_not_end_the_loop(relay, connect, monkeypatch, log_lines):
    def fail(host):
        monkeypatch.undo()
        raise RuntimeError("secret")

    monkeypatch.setattr(relay._admission, "admit", fail)
    reader, writer = await plain(relay.port)
    assert await is_cut(reader)
    writer.close()
    assert isinstance(await (await connect(relay)).ask(frames.Ping), frames.Pong)
    (event,) = events(log_lines, "internal_error")
    assert event["error"] == "RuntimeError" and "secret" not in "".join(log_lines)


def test_a_connection_without_an_address_is_closed(relay):
    ours, theirs = socket.socketpair()
    relay._listener._take(ours, None)
    assert theirs.recv(1) == b""
    theirs.close()


async def test_a_dead_socket_that_refuses_every_option_is_closed(relay, connect, monkeypatch):
    def refuse(_):
        monkeypatch.undo()
        raise OSError(errno.EINVAL, "reset already")

    monkeypatch.setattr("whispr.relay.listener._tune", refuse)
    reader, writer = await plain(relay.port)
    assert await is_cut(reader)
    writer.close()
    assert len(relay._admission) == 0
    assert await connect(relay)


async def test_errors_of_the_system_pause_and_do_not_end_the_loop(
    relay, connect, monkeypatch, log_lines
):
    monkeypatch.setattr("whispr.relay.listener.FIRST_PAUSE_SECONDS", 0.001)
    loop = asyncio.get_running_loop()
    good, failures = loop.sock_accept, [errno.EMFILE, errno.ECONNABORTED, errno.ENOBUFS]

    async def failing(listening):
        if failures:
            raise OSError(failures.pop(0), "no")
        return await good(listening)

    monkeypatch.setattr(loop, "sock_accept", failing)
    await connect(relay)  # is what the loop waited for with the good function
    await connect(relay)
    assert [event["error"] for event in events(log_lines, "accept_failed")] == [
        "EMFILE",
        "ECONNABORTED",
        "ENOBUFS",
    ]


async def test_an_address_that_is_taken_is_named(relay, start_relay, tmp_path):
    with pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1:{relay.port}"):
        await start_relay(listen=(f"127.0.0.1:{relay.port}",), data=tmp_path / "other")


async def test_listens_on_every_address_without_a_host(start_relay, connect):
    relay = await start_relay(listen=(":0",))
    await connect(relay)


async def test_small_frames_leave_at_once(relay, connect):
    await connect(relay)
    (session,) = relay.services.hub.members()
    accepted = session._transport.get_extra_info("socket")
    assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


def test_why_a_handshake_failed():
    assert _outcome(ssl.SSLError("x")) == "protocol"
    assert _outcome(ConnectionAbortedError()) == "timeout"
    assert _outcome(ConnectionResetError()) == "reset"
    assert SHUTDOWN_SECONDS <= 2
