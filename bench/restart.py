"""A restart under many clients: who was told, who came back, how long it took.

    python bench/restart.py [--clients N]

A relay with a listening socket that was opened for it (as systemd does) gets SIGTERM while clients
are connected; a second one takes the same socket. Clients wait for GOAWAY, then connect again.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import platform
import signal
import socket
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.relay.raw_client import RawClient
from whispr.protocol import frames
from whispr.protocol.codes import GoawayReason

HAND_OVER = (
    "import os, sys; os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()));"
    "os.dup2(int(sys.argv[1]), 3); os.execv(sys.executable, [sys.executable, *sys.argv[2:]])"
)
AT_ONCE = 32
"""Handshakes that the clients begin at the same time; it is one machine."""
CROWD = {
    "max_connections_per_address": "100000",
    "address_handshakes_per_second": "100000",
    "address_handshake_burst": "100000",
    "auth_seconds": "100",
}
"""All clients come from one address here, and prove nothing while the others connect."""


@dataclass(frozen=True)
class Outcome:
    """What became of the clients."""

    clients: int
    told: int
    back: int
    refused: int
    stop_seconds: float
    """From SIGTERM to the end of the first process."""
    back_seconds: float
    """From SIGTERM to the last client that was back."""
    exit_code: int
    bytes_each: float
    """Resident memory of the relay for one idle client; 0 where the system does not tell."""


@contextlib.asynccontextmanager
async def relay_process(listening, data, **settings):
    """A relay on a socket that listens already; its environment says more than its flags."""
    words = ["-m", "whispr", "relay", "--data", str(data), "--log-level", "warning"]
    for name, value in {**CROWD, **settings}.items():
        words += ["--" + name.replace("_", "-"), str(value)]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", HAND_OVER, str(listening.fileno()), *words),
        pass_fds=[listening.fileno()],
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    try:
        assert await process.stdout.readline(), "the relay did not start"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def scene(clients: int, data: Path, drain_seconds: float) -> Outcome:
    """Connect, stop, start again, and see who is back."""
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listening:
        port = listening.getsockname()[1]
        turns = asyncio.Semaphore(AT_ONCE)

        async def connect() -> RawClient:
            async with turns:
                return await RawClient.connect(port)

        async with relay_process(listening, data, drain_seconds=drain_seconds) as first:
            empty_bytes = _resident_bytes(first.pid)
            connected = await asyncio.gather(*(connect() for _ in range(clients)))
            bytes_each = (_resident_bytes(first.pid) - empty_bytes) / clients
            began = time.monotonic()
            waiting = [asyncio.create_task(_told(client)) for client in connected]
            first.send_signal(signal.SIGTERM)
            exit_code = await first.wait()
            stop_seconds = time.monotonic() - began
            told = sum(await asyncio.gather(*waiting))
        async with relay_process(listening, data):
            again = await asyncio.gather(
                *(connect() for _ in range(clients)), return_exceptions=True
            )
            back = [client for client in again if isinstance(client, RawClient)]
            back_seconds = time.monotonic() - began
            for client in back:
                client.writer.transport.abort()
    return Outcome(
        *(clients, told, len(back), clients - len(back), stop_seconds, back_seconds, exit_code),
        bytes_each=bytes_each,
    )


def _resident_bytes(process_id: int) -> int:
    path = Path(f"/proc/{process_id}/statm")
    return int(path.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if path.exists() else 0


async def _told(client: RawClient) -> bool:
    """Whether GOAWAY came, with a time to come back, before the end."""
    try:
        async with asyncio.timeout(60):
            goaway = await client.receive(frames.Goaway)
            in_order = await client.is_closed()
    except (EOFError, OSError, AssertionError):
        return False
    finally:
        await client.close()
    return in_order and goaway.reason == GoawayReason.DRAINING and goaway.retry_after_ms > 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--drain-seconds", type=float, default=5.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as data:
        result = asyncio.run(scene(options.clients, Path(data), options.drain_seconds))
    rows = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.python_version()}",
        "clients": f"{result.clients}, drain_seconds {options.drain_seconds:g}",
        "told and closed": f"{result.told}",
        "connected again": f"{result.back}, refused {result.refused}",
        "memory of a client": f"{result.bytes_each / 1024:.1f} KiB of the relay",
        "stopped after": f"{result.stop_seconds:.2f} s, exit code {result.exit_code}",
        "all back after": f"{result.back_seconds:.2f} s",
    }
    sys.stdout.write("".join(f"{name:<20}{text}\n" for name, text in rows.items()))


if __name__ == "__main__":
    main()
