"""Messages a second through one relay process, beside Ed25519 verification alone in the same run.

    python bench/relay.py [--messages N] [--pairs N] [--verify always|channel]

One relay with its memory store; senders and readers in a process of their own, over TLS on
loopback, with envelopes signed beforehand (1 KB bodies, 8 in flight on each connection). A message
counts when its reader has acknowledged it.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import platform
import sys
import tempfile
import time
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

import uvloop

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from whispr import tls
from whispr.protocol import codec, envelope, frames
from whispr.protocol.codes import Scope
from whispr.protocol.framing import ReceiveBuffer, prefixed
from whispr.protocol.limits import MAX_FRAME_BYTES
from whispr.protocol.schema import Frame, Role
from whispr.protocol.signatures import SigningKey
from whispr.protocol.signing import auth_input, mailbox_id
from whispr.relay.config import RelayConfig
from whispr.relay.relay import Relay

WINDOW = 8
BODY_BYTES = 1024
PLENTY = 1_000_000


def relay_process(verify: str, data: str, pipe: Pipe) -> None:
    async def serve() -> None:
        relay = Relay(
            RelayConfig(
                listen=("127.0.0.1:0",),
                data=Path(data),
                verify=verify,  # type: ignore[arg-type]
                mailbox_messages=1000,
                mailbox_bytes=4 * 1024**2,
                max_connections_per_address=10_000,
                sends_per_second=1e6,
                send_burst=PLENTY,
                connection_sends_per_second=1e6,
                connection_send_burst=PLENTY,
                address_sends_per_second=1e6,
                address_send_burst=PLENTY,
                address_handshakes_per_second=1e6,
                address_handshake_burst=PLENTY,
                address_auths_per_second=1e6,
                address_auth_burst=PLENTY,
                ceiling_bytes=1024**3,
                log_level="error",
            )
        )
        await relay.start()
        pipe.send((relay.port, relay.address.relay_ids[0]))
        loop = asyncio.get_running_loop()
        while await loop.run_in_executor(None, pipe.recv) != "stop":
            usage = os.times()
            pipe.send(usage.user + usage.system)
        await relay.stop()

    uvloop.run(serve())


class Peer(asyncio.Protocol):
    """A client that proves its key, then does what its subclass does."""

    def __init__(self, key: SigningKey, scope: Scope) -> None:
        self.key, self.scope = key, scope
        self.buffer = ReceiveBuffer()
        self.ready = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self.buffer.feed(data)
        out = []
        while (body := self.buffer.next_body(MAX_FRAME_BYTES)) is not None:
            out.extend(self.react(body))
        if out:
            self.transport.write(b"".join(out))

    def react(self, body: bytes) -> list[bytes]:
        if self.ready.done():
            return self.take(body)
        frame = codec.decode(body, sender=Role.RELAY)
        if isinstance(frame, frames.Hello):
            return [prefixed(codec.encode(self.proof(frame)))]
        assert isinstance(frame, frames.Ready), frame
        self.ready.set_result(None)
        return []

    def proof(self, hello: frames.Hello) -> Frame:
        relay_id = tls.peer_relay_id(self.transport.get_extra_info("ssl_object"))
        fields = {"version": 1, "scope": int(self.scope), "key": self.key.public}
        nonce, time_ms = os.urandom(32), hello.clock_ms
        signed = auth_input(
            **fields,  # type: ignore[arg-type]
            relay_id=relay_id,
            relay_nonce=hello.nonce,
            client_nonce=nonce,
            time_ms=time_ms,
        )
        return frames.Auth(
            1,
            version=1,
            scope=self.scope,
            key=self.key.public,
            nonce=nonce,
            time_ms=time_ms,
            access_token=b"",
            signature=self.key.sign(signed),
        )

    def take(self, body: bytes) -> list[bytes]:
        raise NotImplementedError


class Reader(Peer):
    """Acknowledges once for each read from its socket."""

    def __init__(self, key: SigningKey, expected: int) -> None:
        super().__init__(key, Scope.READ)
        self.expected, self.received = expected, 0
        self.done = asyncio.get_running_loop().create_future()

    def subscribe(self) -> None:
        frame = frames.Subscribe(2, credit_messages=512, credit_bytes=512 * 1024)
        self.transport.write(prefixed(codec.encode(frame)))

    def data_received(self, data: bytes) -> None:
        before = self.received
        super().data_received(data)
        if self.received > before:
            self.transport.write(prefixed(codec.encode(frames.Ack(3, sequence=self.received))))
            if self.received == self.expected:
                self.done.set_result(None)

    def take(self, body: bytes) -> list[bytes]:
        if body[1] == frames.Deliver.code:
            self.received += 1
        return []


class Sender(Peer):
    """Keeps `WINDOW` envelopes in flight."""

    def __init__(self, key: SigningKey, envelopes: list[bytes]) -> None:
        super().__init__(key, Scope.SEND)
        self.waiting = envelopes

    def begin(self) -> None:
        self.transport.write(b"".join(self.waiting.pop() for _ in range(WINDOW)))

    def take(self, body: bytes) -> list[bytes]:
        assert body[1] == frames.Accepted.code, codec.decode(body, sender=Role.RELAY)
        return [self.waiting.pop()] if self.waiting else []


async def load(
    port: int, relay_id: bytes, pairs: int, messages: int, pipe: Pipe
) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    each = messages // pairs
    now_ms = time.time_ns() // 1_000_000
    readers, senders, sample = [], [], []
    for number in range(pairs):
        mailbox_key, key = SigningKey(os.urandom(32)), SigningKey(os.urandom(32))
        made = [
            envelope.make(
                key,
                suite=1,
                relay_id=relay_id,
                mailbox=mailbox_id(mailbox_key.public),
                envelope_id=os.urandom(16),
                time_ms=now_ms,
                ttl_ms=0,
                ciphertext=os.urandom(BODY_BYTES),
            )
            for _ in range(each)
        ]
        if number == 0:
            sample = made[:2000]
        sends = [prefixed(codec.encode(frames.Send(2, envelope=item.data))) for item in made]
        readers.append(Reader(mailbox_key, each))
        senders.append(Sender(key, sends))
    for peer in (*readers, *senders):
        await loop.create_connection(
            lambda peer=peer: peer, "127.0.0.1", port, ssl=tls.client_context()
        )
        await peer.ready
    started = time.perf_counter()
    for item in sample:
        item.verify()
    verify_rate = len(sample) / (time.perf_counter() - started)
    for reader in readers:
        reader.subscribe()
    pipe.send("cpu")
    cpu = pipe.recv()
    started = time.perf_counter()
    for sender in senders:
        sender.begin()
    await asyncio.gather(*(reader.done for reader in readers))
    seconds = time.perf_counter() - started
    pipe.send("cpu")
    cpu = pipe.recv() - cpu
    return {
        "rate": each * pairs / seconds,
        "verify": verify_rate,
        "cpu_us": cpu / (each * pairs) * 1e6,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=50_000)
    parser.add_argument("--pairs", type=int, default=50)
    parser.add_argument("--verify", choices=("always", "channel"), default="always")
    options = parser.parse_args()
    ours, theirs = multiprocessing.Pipe()
    with tempfile.TemporaryDirectory() as data:
        process = multiprocessing.Process(
            target=relay_process, args=(options.verify, data, theirs), daemon=True
        )
        process.start()
        port, relay_id = ours.recv()
        result = uvloop.run(load(port, relay_id, options.pairs, options.messages, ours))
        ours.send("stop")
        process.join()
    sys.stdout.write(table(options, result))


def table(options: argparse.Namespace, result: dict[str, float]) -> str:
    by_cpu = 1e6 / result["cpu_us"] / result["verify"]
    rows = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.python_version()}",
        "mode": f"verify {options.verify}, {options.pairs} pairs, window {WINDOW}, {BODY_BYTES} B",
        "messages a second": f"{result['rate']:,.0f}",
        "relay CPU": f"{result['cpu_us']:.1f} µs a message",
        "verify alone": f"{result['verify']:,.0f} a second",
        "ratio": f"{result['rate'] / result['verify']:.2f}, by CPU {by_cpu:.2f}",
    }
    return "".join(f"{name:<20}{text}\n" for name, text in rows.items())


if __name__ == "__main__":
    main()
