"""Rows of the hardening table (`docs/hardening.md`) that need one relay and a clock that is fed."""

from __future__ import annotations

import ast
import json
import random
import socket
import ssl
import sys
from pathlib import Path

import pytest

import whispr
from tests.relay.raw_client import RawClient, code_of, until
from whispr import tls
from whispr.errors import BadSignatureError
from whispr.protocol import codec, frames
from whispr.protocol.codes import ErrorCode, GoawayReason, Scope
from whispr.protocol.framing import prefixed
from whispr.protocol.signatures import SigningKey
from whispr.relay import authentication
from whispr.relay.listener import USER_TIMEOUT_MS
from whispr.relay.log import EVENTS_PER_SECOND, FIELDS

ROOT = Path(whispr.__file__).parent
GENEROUS = {
    "address_handshake_burst": 10_000,
    "max_connections_per_address": 10_000,
    "address_auth_burst": 10_000,
    "connection_send_burst": 10_000,
    "address_send_burst": 10_000,
    "send_burst": 10_000,
    "request_burst": 10_000,
}


def events(log_lines, name):
    return [event for line in log_lines if (event := json.loads(line))["event"] == name]


# H4: no compression.


def test_h04_nothing_is_ever_decompressed():
    compressing = {"zlib", "gzip", "bz2", "lzma", "zstandard", "brotli"}
    imported = set()
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.partition(".")[0])
    assert "asyncio" in imported
    # Pictures that a person chose are read by the desktop; nothing from the wire is.
    allowed = {"zlib"} if any((ROOT / "gui").rglob("*.py")) else set()
    assert not (imported & compressing) - allowed
    for package in ("protocol", "relay", "client"):
        for path in (ROOT / package).rglob("*.py"):
            assert not any(f"import {name}" in path.read_text() for name in compressing), path


async def test_h04_tls_does_not_compress(relay, connect):
    client = await connect(relay)
    assert client.writer.get_extra_info("ssl_object").compression() is None


# H8, H17: handshakes.


@pytest.mark.skipif(sys.platform != "linux", reason="other addresses of loopback")
async def test_h08_silent_handshakes_of_many_addresses_keep_nobody_out(start_relay, connect):
    """Eight addresses hold 32 connections each, twice as many as handshakes are allowed."""
    relay = await start_relay(handshake_seconds=60.0, address_handshake_burst=64)
    silent = []
    for number in range(2, 10):
        for _ in range(32):
            plain = socket.socket()
            plain.setblocking(False)
            plain.bind((f"127.0.0.{number}", 0))
            await relay.services.loop.sock_connect(plain, ("127.0.0.1", relay.port))
            silent.append(plain)
    for _ in range(5):
        client = await connect(relay)
        assert isinstance(await client.ask(frames.Ping), frames.Pong)
    assert len(relay._listener._handshaking) <= relay.services.config.max_handshakes
    for plain in silent:
        plain.close()


async def test_h17_no_first_message_is_lost_in_many_handshakes(start_relay):
    relay = await start_relay(**GENEROUS)
    for _ in range(200):
        client = await RawClient.connect(relay.port)
        assert client.hello.version_min == 1
        await client.close()


async def test_h11_dead_ends_are_noticed_by_the_kernel_too(relay, connect):
    await connect(relay)
    (session,) = relay.services.hub.members()
    accepted = session._transport.get_extra_info("socket")
    assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    if sys.platform == "linux":
        tcp_user_timeout = 18
        assert accepted.getsockopt(socket.IPPROTO_TCP, tcp_user_timeout) == USER_TIMEOUT_MS


async def test_h19_no_ticket_no_early_data_nothing_older(relay, connect):
    client = await connect(relay)
    tls_object = client.writer.get_extra_info("ssl_object")
    assert tls_object.version() == "TLSv1.3"
    assert not tls_object.session.has_ticket
    assert relay._identity.context.num_tickets == 0
    assert relay._identity.context.minimum_version is ssl.TLSVersion.TLSv1_3


# H12: slow readers.


async def fill(sender, key, mailbox_key, count, size_bytes):
    for _ in range(count):
        answer = await sender.submit(sender.envelope(key, mailbox_key, bytes(size_bytes)))
        assert isinstance(answer, frames.Accepted)


BIG = {
    "mailbox_messages": 1000,
    "mailbox_bytes": 16 * 2**20,
    "credit_messages": 1000,
    "credit_bytes": 16 * 2**20,
}


async def test_h12_a_slow_reader_hears_why_and_loses_nothing(
    start_relay, connect, alice, bob, clock
):
    """He reads again in the last moment: GOAWAY is the last frame, and everything comes again."""
    relay = await start_relay(**GENEROUS, **BIG)
    hub = relay.services.hub
    sender = await connect(relay)
    await sender.send_as(alice)
    known = set(hub.members())
    slow = await connect(relay, receive_bytes=4096)
    (session,) = set(hub.members()) - known
    await slow.read_as(bob)
    await fill(sender, alice, bob, 60, 60_000)
    slow.writer.transport.pause_reading()
    slow.write(frames.Subscribe(9, credit_messages=1000, credit_bytes=16 * 2**20))
    while session.output_size() < relay.services.config.write_high_bytes:
        await sender.ask(frames.Ping)
    clock.advance(20_000)
    hub.check_timers(relay.services.now())
    slow.writer.transport.resume_reading()
    received = []
    while not received or not isinstance(received[-1], frames.Goaway):
        received.append(await slow.receive())
    assert received[-1].reason == GoawayReason.SLOW_READER
    assert await slow.is_closed()
    again = await connect(relay)
    await again.read_as(bob)
    await again.subscribe(1000, 16 * 2**20)
    delivered = [await again.receive(frames.Deliver) for _ in range(60)]
    assert [frame.sequence for frame in delivered] == list(range(1, 61))


async def test_h12_output_beyond_the_hard_limit_ends_a_connection_at_once(
    start_relay, connect, bob
):
    """Whatever writes too much in one turn, memory has an end before the deadline has."""
    relay = await start_relay(**GENEROUS)
    healthy = await connect(relay)
    await healthy.read_as(bob)
    known = set(relay.services.hub.members())
    slow = await connect(relay, receive_bytes=4096)
    (session,) = set(relay.services.hub.members()) - known
    await slow.send_as(bob)
    slow.writer.transport.pause_reading()
    hard_bytes = relay.services.config.write_hard_bytes
    for _ in range(hard_bytes // 60_000):
        session._output.send(frames.Deliver(1, sequence=1, age_ms=0, envelope=bytes(60_000)))
    session._output.flush()
    assert session in relay.services.hub.members(), "below it he has his time"
    for _ in range(200):
        session._output.send(frames.Deliver(1, sequence=1, age_ms=0, envelope=bytes(60_000)))
    session._output.flush()
    while session in relay.services.hub.members():
        assert isinstance(await healthy.ask(frames.Ping), frames.Pong)
    assert relay.services.hub.unread_bytes == 0


async def test_h13_all_unread_output_together_is_bounded(start_relay, connect, alice):
    relay = await start_relay(**GENEROUS, **BIG, output_bytes=2**20)
    hub = relay.services.hub
    sender = await connect(relay)
    await sender.send_as(alice)
    owners = [SigningKey(bytes([number]) * 32) for number in range(1, 9)]
    for owner in owners:
        await fill(sender, alice, owner, 60, 60_000)
    slow = []
    for owner in owners:
        client = await connect(relay, receive_bytes=4096)
        await client.read_as(owner)
        client.writer.transport.pause_reading()
        client.write(frames.Subscribe(9, credit_messages=1000, credit_bytes=16 * 2**20))
        slow.append(client)
        await sender.ask(frames.Ping)
    for _ in range(50):
        await sender.ask(frames.Ping)
        assert hub.unread_bytes <= 2**20 + 2**18
    assert len(hub) < 9, "the largest were closed"
    assert isinstance(await sender.ask(frames.Ping), frames.Pong)


# H20, H23, H24, H26: requests.


async def test_h23_a_mailbox_that_nobody_ever_owned_is_like_any_other(
    start_relay, connect, alice, bob, mallory
):
    relay = await start_relay(**GENEROUS, mailbox_messages=2)
    owner, sender = await connect(relay), await connect(relay)
    await owner.read_as(bob)
    await owner.subscribe()
    await owner.receive(frames.Synced)
    await sender.send_as(alice)
    for mailbox_key in (bob, mallory):  # one is connected, of the other nobody ever heard
        answers = [await sender.submit(sender.envelope(alice, mailbox_key)) for _ in range(3)]
        assert [type(answer) for answer in answers[:2]] == [frames.Accepted] * 2
        assert {answer.expires_in_ms for answer in answers[:2]} == {60_000}
        assert code_of(answers[2]) == ErrorCode.MAILBOX_FULL


@pytest.mark.parametrize(
    "wrong", [{}, {"version": 2}, {"scope": 9}, {"time_ms": 0}], ids=lambda wrong: str([*wrong])
)
async def test_h24_whatever_is_wrong_costs_one_check_of_the_signature(
    relay, connect, bob, monkeypatch, wrong
):
    """No answer is earlier because something cheap was wrong."""
    checks = []

    def counting(key, message, signature):
        checks.append(key)
        if not wrong:
            raise BadSignatureError("forged")

    monkeypatch.setattr(authentication, "verify", counting)
    client = await connect(relay)
    wrong = dict(wrong)
    answer = await client.prove(bob, wrong.pop("scope", Scope.READ), **wrong)
    assert code_of(answer) == ErrorCode.AUTH_FAILED
    assert checks == [bob.public]


async def test_h26_a_known_envelope_id_cannot_be_claimed_first(relay, connect, alice, bob, mallory):
    """Who knows the id that Alice will use neither suppresses nor replaces her envelope."""
    thief, sender = await connect(relay), await connect(relay)
    await thief.send_as(mallory)
    await sender.send_as(alice)
    data = sender.envelope(alice, bob, envelope_id=b"i" * 16)
    stolen = thief.envelope(mallory, bob, envelope_id=b"i" * 16)
    assert isinstance(await thief.submit(stolen), frames.Accepted)
    assert code_of(await thief.submit(data[:-1] + bytes([data[-1] ^ 1]))) == 22
    assert isinstance(await sender.submit(data), frames.Accepted)
    assert relay.services.store.usage().messages == 2


# H27, H28, H29, H31: what garbage does to log, metrics and loop.


def hostile_frames(chance, count):
    """Good frames of a client with a few bytes changed, cut or doubled, and plain noise."""
    good = [
        frames.Ping(1),
        frames.Status(2),
        frames.Send(3, envelope=bytes(300)),
        frames.Subscribe(4, credit_messages=1, credit_bytes=1),
        frames.Ack(5, sequence=2**64 - 1),
        frames.Allow(6, keys=bytes(64)),
        frames.Download(7, blob_id=bytes(32), token=bytes(32)),
        frames.GetPart(8, blob_id=bytes(32), index=1),
        frames.Part(9, blob_id=bytes(32), index=0, data=b"\r\n\x1b[31m\0"),
    ]
    for _ in range(count):
        body = bytearray(codec.encode(chance.choice(good)))
        for _ in range(chance.randrange(4)):
            body[chance.randrange(len(body))] = chance.randrange(256)
        if chance.random() < 0.1:
            body = body[: chance.randrange(1, len(body) + 1)]
        data = prefixed(bytes(body))
        yield chance.randbytes(20) if chance.random() < 0.05 else data


async def test_h31_garbage_ends_its_own_connection_and_nothing_else(
    start_relay, connect, log_lines, alice
):
    """H27, H29 as well: log lines stay objects of listed fields, and no series is added."""
    relay = await start_relay(**GENEROUS)
    healthy = await connect(relay)
    await healthy.read_as(alice)
    before = series(relay)
    chance = random.Random(20_260_101)
    for _ in range(100):
        client = await RawClient.connect(relay.port)
        if chance.random() < 0.8:
            await client.prove(alice, chance.choice(list(Scope)))
        for data in hostile_frames(chance, 20):
            client.writer.write(data)
        assert isinstance(await healthy.ask(frames.Ping), frames.Pong)
        await client.close()
    await until(lambda: len(relay.services.hub) == 1)
    assert events(log_lines, "internal_error") == []
    assert series(relay) == before
    for line in log_lines:
        assert line.count("\n") == 1 and line.isprintable() is False and line.isascii()
        assert json.loads(line).keys() <= FIELDS | {"ts", "level", "event", "suppressed"}


def series(relay):
    """The names and labels of everything that is counted."""
    lines = relay._metrics.render().decode().splitlines()
    return {line.rpartition(" ")[0] for line in lines if not line.startswith("#")}


async def test_h28_a_flood_of_bad_handshakes_leaves_a_few_lines(start_relay, connect, log_lines):
    relay = await start_relay(**GENEROUS)
    for _ in range(60):
        plain = socket.create_connection(("127.0.0.1", relay.port))
        plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
        plain.close()
    await connect(relay)
    await until(lambda: len(relay._admission) == 1)
    assert 0 < len(events(log_lines, "handshake_failed")) <= EVENTS_PER_SECOND
    assert len(events(log_lines, "turned_away")) <= EVENTS_PER_SECOND


# H30: clocks.


@pytest.mark.parametrize("step_ms", [-3_600_000, 3_600_000])
async def test_h30_a_wall_clock_that_steps_expires_nothing_and_keeps_nothing(
    start_relay, connect, alice, bob, clock, step_ms
):
    relay = await start_relay(**GENEROUS)
    sender = await connect(relay)
    await sender.send_as(alice)
    await sender.submit(sender.envelope(alice, bob))
    clock.set_wall(clock.wall_ms() + step_ms)
    clock.advance(59_999)
    await relay.services.store.sweep()
    assert relay.services.store.usage().messages == 1
    clock.advance(1_001)
    await relay.services.store.sweep()
    assert relay.services.store.usage().messages == 0


async def test_h25_the_nonce_of_a_connection_serves_each_scope_once(relay, connect, bob):
    client = await connect(relay)
    proof = client.proof(bob, Scope.READ)
    client.write(proof)
    assert isinstance(await client.receive(), frames.Ready)
    client.write(proof)
    assert code_of(await client.receive()) == ErrorCode.AUTH_FAILED


async def test_h36_what_is_fetched_at_a_time_is_bounded(
    start_relay, connect, alice, bob, monkeypatch
):
    """200 envelopes of 60 KB in a mailbox: no single answer of the store is large."""
    relay = await start_relay(**GENEROUS, **BIG)
    sender, reader = await connect(relay), await connect(relay)
    await sender.send_as(alice)
    await reader.read_as(bob)
    await fill(sender, alice, bob, 200, 60_000)
    store, sizes = relay.services.store, []
    good = store.fetch

    async def noting(*arguments, **options):
        batch = await good(*arguments, **options)
        sizes.append(sum(len(stored.data) for stored in batch))
        return batch

    monkeypatch.setattr(store, "fetch", noting)
    await reader.subscribe(1000, 16 * 2**20)
    for _ in range(200):
        await reader.receive(frames.Deliver)
    assert sum(sizes) > 200 * 60_000
    assert max(sizes) <= 256 * 1024


def test_h19_the_client_speaks_nothing_older():
    assert tls.client_context().minimum_version is ssl.TLSVersion.TLSv1_3
    assert tls.client_ca_context().minimum_version is ssl.TLSVersion.TLSv1_3
