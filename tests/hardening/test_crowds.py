"""Crowds against a relay process: memory stays bounded and the honest client does not notice."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import statistics
import sys
import time

import pytest

from tests.relay.raw_client import RawClient, code_of
from whispr import tls
from whispr.protocol import frames
from whispr.protocol.codes import ErrorCode
from whispr.protocol.signatures import SigningKey

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, sets limits")

KIB, MIB = 1024, 1024**2
NO_LIMITS = {
    "max_connections_per_address": 100_000,
    "address_handshakes_per_second": 100_000.0,
    "address_handshake_burst": 100_000,
    "address_auths_per_second": 100_000.0,
    "address_auth_burst": 100_000,
    "address_sends_per_second": 100_000.0,
    "address_send_burst": 100_000,
    "connection_sends_per_second": 100_000.0,
    "connection_send_burst": 100_000,
    "sends_per_second": 100_000.0,
    "send_burst": 100_000,
}
"""All crowds here come from one machine; what is tested are the limits behind these."""
PINGS = 200
NOTICEABLE_SECONDS = 0.25


class Crowd(contextlib.AsyncExitStack):
    """Connections that are dropped together."""

    async def plain(self, port):
        """TCP and nothing else."""
        one = socket.socket()
        one.setblocking(False)
        self.callback(one.close)
        await asyncio.get_running_loop().sock_connect(one, ("127.0.0.1", port))
        return one

    async def tls(self, port, context, **options):
        client = await RawClient.connect(port, context=context, **options)
        self.push_async_callback(client.close)
        return client


async def honest_client(crowd, process):
    client = await crowd.tls(process.port, tls.client_context())
    await client.send_as(SigningKey(b"h" * 32))
    return client


async def round_trips(client, count=PINGS):
    """The slowest but one in a hundred of so many round trips, in seconds."""
    seconds = []
    for _ in range(count):
        start = time.perf_counter()
        assert isinstance(await client.ask(frames.Ping), frames.Pong)
        seconds.append(time.perf_counter() - start)
    return statistics.quantiles(seconds, n=100)[-1]


def is_unnoticed(alone, beside):
    """Whether an honest client may say that nothing changed: generous, the machine is shared."""
    return beside < max(20 * alone, NOTICEABLE_SECONDS)


@contextlib.asynccontextmanager
async def crowd_of():
    async with Crowd() as crowd:
        yield crowd


async def test_h01_two_thousand_idle_beyond_a_cap_of_one_thousand(spawn_relay):
    """H14 too: the first thousand stall with all of a stranger's 4 KiB but a byte."""
    cap = 1000
    process = await spawn_relay(
        **NO_LIMITS, max_connections=cap + 1, auth_seconds=100.0, log_level="info"
    )
    async with crowd_of() as crowd:
        honest = await honest_client(crowd, process)
        alone = await round_trips(honest)
        before = process.resident_bytes()
        context = tls.client_context()
        stalled = (4096).to_bytes(4, "big") + bytes(4095)
        for _ in range(cap // 20):
            clients = await asyncio.gather(*(crowd.tls(process.port, context) for _ in range(20)))
            for client in clients:
                client.writer.write(stalled)
        beyond = [await crowd.plain(process.port) for _ in range(cap)]
        loop = asyncio.get_running_loop()
        for one in beyond:
            assert await closed_by_relay(loop, one), "refused without TLS work"
        beside = await round_trips(honest)
        grown = process.resident_bytes() - before
    assert is_unnoticed(alone, beside), (alone, beside)
    assert grown < cap * 64 * KIB, f"{grown // cap} bytes for each of them"
    assert process.alive
    assert len(process.events("turned_away")) < 100, "a few lines, not one for each"


async def closed_by_relay(loop, one):
    try:
        async with asyncio.timeout(10):
            return await loop.sock_recv(one, 1) == b""
    except OSError:
        return True


async def test_h12_those_who_never_read_cost_bounded_memory(spawn_relay):
    """H13 too: forty of them, whose mailboxes hold forty times the ceiling of unread output."""
    process = await spawn_relay(
        **NO_LIMITS,
        mailbox_messages=1000,
        mailbox_bytes=4 * MIB,
        credit_messages=1000,
        credit_bytes=4 * MIB,
        output_bytes=4 * MIB,
        ceiling_bytes=1024 * MIB,
        slow_reader_seconds=30.0,
    )
    async with crowd_of() as crowd:
        honest = await honest_client(crowd, process)
        key = SigningKey(b"h" * 32)
        owners = [SigningKey(bytes([number]) * 32) for number in range(1, 41)]
        for owner in owners:
            for _ in range(50):
                answer = await honest.submit(honest.envelope(key, owner, os.urandom(60_000)))
                assert isinstance(answer, frames.Accepted)
        alone = await round_trips(honest)
        before = process.resident_bytes()
        for owner in owners:
            slow = await crowd.tls(process.port, tls.client_context(), receive_bytes=4096)
            await slow.read_as(owner)
            slow.writer.transport.pause_reading()
            slow.write(frames.Subscribe(9, credit_messages=1000, credit_bytes=4 * MIB))
        beside = await round_trips(honest)
        grown = process.resident_bytes() - before
    assert is_unnoticed(alone, beside), (alone, beside)
    assert grown < 32 * MIB, grown


async def test_shown_slow_ones_of_every_kind_beside_an_honest_client(spawn_relay):
    """H7, H8, H9, H10 in real time: each is cut by its own deadline, and nobody else notices."""
    process = await spawn_relay(
        **NO_LIMITS, handshake_seconds=0.5, auth_seconds=0.8, frame_seconds=0.5, idle_seconds=30.0
    )
    loop = asyncio.get_running_loop()
    async with crowd_of() as crowd:
        honest = await honest_client(crowd, process)
        alone = await round_trips(honest)
        context = tls.client_context()
        never_shake = [await crowd.plain(process.port) for _ in range(60)]
        drip_hello = [await crowd.plain(process.port) for _ in range(20)]
        never_prove = [await crowd.tls(process.port, context) for _ in range(20)]
        drip_frames = [await crowd.tls(process.port, context) for _ in range(20)]
        for client in drip_frames:
            await client.send_as(SigningKey(os.urandom(32)))
            client.writer.write(b"\0\0\0\x05")
        client_hello = tls_client_hello()
        started = time.perf_counter()
        beside = 0.0
        for turn in range(8):
            for one in drip_hello:
                with contextlib.suppress(OSError):
                    await loop.sock_sendall(one, client_hello[turn : turn + 1])
            for client in never_prove:
                client.writer.write(b"\0")
            beside = max(beside, await round_trips(honest, PINGS // 4))
        assert is_unnoticed(alone, beside), (alone, beside)
        for one in (*never_shake, *drip_hello):
            assert await closed_by_relay(loop, one)
        for client in (*never_prove, *drip_frames):
            with contextlib.suppress(EOFError, OSError):
                while not isinstance(await client.receive(), frames.Goaway):
                    pass
            assert await client.is_closed()
        assert time.perf_counter() - started < 10
        assert isinstance(await honest.ask(frames.Ping), frames.Pong)


def tls_client_hello():
    """The first bytes that a client says to a relay."""
    incoming, outgoing = tls_memory(), tls_memory()
    session = tls.client_context().wrap_bio(incoming, outgoing)
    with contextlib.suppress(BlockingIOError, OSError):
        session.do_handshake()
    return outgoing.read()


def tls_memory():
    import ssl

    return ssl.MemoryBIO()


async def test_h15_a_full_descriptor_table_for_real(spawn_relay, tmp_path):
    """H16 too: the limit is lowered below what admission reckoned with, so accept itself fails."""
    import resource

    process = await spawn_relay(**NO_LIMITS, blob_store="spool", handshake_seconds=60.0)
    async with crowd_of() as crowd:
        honest = await honest_client(crowd, process)
        open_now = len(os.listdir(f"/proc/{process.process.pid}/fd"))
        limits = resource.prlimit(process.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(process.process.pid, resource.RLIMIT_NOFILE, (open_now + 10, limits[1]))
        alone = await round_trips(honest)
        async with crowd_of() as greedy:
            for _ in range(100):
                await greedy.plain(process.port)
            await process.wait_event("accept_failed")
            assert process.events("accept_failed")[0]["error"] == "EMFILE"
            beside = await round_trips(honest)
            assert is_unnoticed(alone, beside), (alone, beside)
            answer = await upload(honest)
            assert code_of(answer) in (ErrorCode.UNAVAILABLE, ErrorCode.RELAY_FULL)
        late = await honest_client(crowd, process)
        assert isinstance(await late.ask(frames.Ping), frames.Pong)
        assert isinstance(await upload(honest), frames.Done | frames.UploadState)
    assert process.alive
    assert len(process.events("accept_failed")) < 20, "it backs off"


async def upload(client):
    """One part into the spool; its first file is made here."""
    blob_id = os.urandom(32)
    fields = {"header": b"", "token_hash": bytes(32), "ttl_ms": 0}
    begun = await client.ask(
        frames.Upload, blob_id=blob_id, mailbox=bytes(32), size_bytes=100_000, **fields
    )
    if not isinstance(begun, frames.UploadState):
        return begun
    return await client.ask(frames.Part, blob_id=blob_id, index=0, data=bytes(65_472))


async def test_shown_a_store_filled_to_its_ceiling_costs_no_more_memory(spawn_relay):
    """Predecessor R9: what waits, with all its overhead, stays under what was configured."""
    ceiling = 24 * MIB
    process = await spawn_relay(
        **NO_LIMITS, ceiling_bytes=ceiling, mailbox_messages=1000, mailbox_bytes=8 * MIB
    )
    async with crowd_of() as crowd:
        honest = await honest_client(crowd, process)
        key = SigningKey(b"h" * 32)
        owners = [SigningKey(bytes([number]) * 32) for number in range(1, 9)]
        for owner in owners:  # seen once, so that all of the ceiling may be theirs
            reader = await crowd.tls(process.port, tls.client_context())
            await reader.read_as(owner)
            await reader.subscribe()
        before = process.resident_bytes()
        refused = 0
        for owner in owners:
            for _ in range(1000):
                answer = await honest.submit(honest.envelope(key, owner, bytes(4000)))
                refused = getattr(answer, "code_number", 0)
                if refused:
                    break
        assert refused == ErrorCode.RELAY_FULL
        grown = process.resident_bytes() - before
    assert ceiling / 2 < grown < 2 * ceiling, grown


async def test_r08_a_signal_ends_it_in_time_with_many_clients(spawn_relay):
    process = await spawn_relay(**NO_LIMITS, drain_seconds=1.5)
    async with crowd_of() as crowd:
        context = tls.client_context()
        for _ in range(15):
            await asyncio.gather(*(crowd.tls(process.port, context) for _ in range(20)))
        started = time.perf_counter()
        process.process.terminate()
        async with asyncio.timeout(20):
            assert await process.process.wait() == 0
        assert time.perf_counter() - started < 4
