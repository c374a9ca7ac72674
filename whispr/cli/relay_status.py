"""`whispr relay status`: asks a relay from outside how it is, for scripts, probes and balancers.

TLS, protocol name, pin and STATUS: what a mere TCP or TLS check does not see.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from whispr import tls
from whispr.cli.exits import Exit
from whispr.cli.options import seconds
from whispr.client.dial import check_peer
from whispr.errors import ConnectError, RemoteProtocolError, TransportError, WhisprError
from whispr.protocol import codec
from whispr.protocol.address import RelayAddress
from whispr.protocol.frames import Hello, Status, StatusReport
from whispr.protocol.framing import ReceiveBuffer, prefixed
from whispr.protocol.limits import MAX_FRAME_BYTES
from whispr.protocol.schema import Frame, Role

if TYPE_CHECKING:
    import argparse

    from whispr.cli.options import Parser
    from whispr.cli.output import Output

DEFAULT_SECONDS = 5.0
UNREACHABLE = 2
"""Exit code when nothing, or something that is not this relay, answers."""


@dataclass(frozen=True, slots=True)
class Health:
    """What a relay said about itself."""

    version: str
    draining: bool
    store_up: bool
    took_seconds: float
    """From the first packet to the answer."""

    @property
    def is_healthy(self) -> bool:
        """Whether clients should be sent there."""
        return self.store_up and not self.draining


def add_status(parser: Parser) -> None:
    """Arguments of `whispr relay status`."""
    parser.add_argument("address", metavar="ADDRESS", help="a relay address, or whispr://HOST:PORT")
    parser.add_argument(
        "--timeout",
        metavar="TIME",
        type=seconds,
        default=DEFAULT_SECONDS,
        help=f"how long it may take (default: {DEFAULT_SECONDS:g}s)",
    )
    parser.add_argument(
        "--authorities",
        metavar="FILE",
        type=Path,
        help="PEM file used instead of the system's authorities, for an address without a pin",
    )
    parser.add_argument(
        "--prometheus",
        metavar="FILE",
        type=Path,
        help="also write the result for the textfile collector of node_exporter",
    )


def run_status(options: argparse.Namespace, output: Output) -> int:
    """Ask; 0 healthy, 1 draining or without its store, 2 unreachable."""
    address = RelayAddress.parse(options.address)
    try:
        health = asyncio.run(ask(address, options.timeout, options.authorities))
    except (TransportError, RemoteProtocolError) as error:
        output.note(str(error))
        output.record("status", None, healthy=False, reachable=False, why=str(error))
        _tell_prometheus(options.prometheus, None)
        return UNREACHABLE
    state = "draining" if health.draining else "serving"
    store = "up" if health.store_up else "not answering"
    took_ms = round(health.took_seconds * 1000, 1)
    output.record(
        "status",
        f"{state}, store {store}, version {health.version}, answered in {took_ms:g} ms",
        healthy=health.is_healthy,
        reachable=True,
        draining=health.draining,
        store_up=health.store_up,
        version=health.version,
        took_ms=took_ms,
    )
    _tell_prometheus(options.prometheus, health)
    return Exit.DONE if health.is_healthy else Exit.FAILED


async def ask(
    address: RelayAddress, timeout_seconds: float, authorities_path: Path | None = None
) -> Health:
    """One STATUS over a connection of its own; nothing is authenticated.

    Raises:
        TransportError: nothing answers in time, or with another key than the address names.
        RemoteProtocolError: what answers does not keep to the protocol.
    """
    began = time.monotonic()
    try:
        async with asyncio.timeout(timeout_seconds):
            report = await _exchange(address, authorities_path)
    except OSError as error:  # TimeoutError and those of TLS are among them
        raise tls.transport_error(error) from error
    except EOFError as error:
        raise ConnectError(f"{address.location} closed the connection") from error
    took_seconds = time.monotonic() - began
    return Health(report.version, bool(report.draining), bool(report.store_up), took_seconds)


async def _exchange(address: RelayAddress, authorities_path: Path | None) -> StatusReport:
    pinned = bool(address.relay_ids)
    context = tls.client_context() if pinned else tls.client_ca_context(authorities_path)
    reader, writer = await asyncio.open_connection(
        address.host, address.port, ssl=context, server_hostname=address.host.rstrip(".")
    )
    try:
        check_peer(writer.get_extra_info("ssl_object"), address)
        buffer = ReceiveBuffer()
        await _next(reader, buffer, Hello)
        writer.write(prefixed(codec.encode(Status(1))))
        report = await _next(reader, buffer, StatusReport)
        assert isinstance(report, StatusReport)
        return report
    finally:
        writer.transport.abort()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _next(reader: asyncio.StreamReader, buffer: ReceiveBuffer, wanted: type[Frame]) -> Frame:
    """The next frame of a type; others, such as GOAWAY of a relay that drains, pass."""
    while True:
        while (body := buffer.next_body(MAX_FRAME_BYTES)) is None:
            data = await reader.read(1 << 16)
            if not data:
                raise EOFError
            buffer.feed(data)
        frame = codec.decode(body, sender=Role.RELAY)
        if isinstance(frame, wanted):
            return frame


def _tell_prometheus(path: Path | None, health: Health | None) -> None:
    """Write three gauges at once: a collector must never read half a file."""
    if path is None:
        return
    gauges = (
        ("probe_up", "1 if the relay answered STATUS.", float(health is not None)),
        ("probe_healthy", "1 if clients should be sent there.", float(_is_healthy(health))),
        ("probe_seconds", "Duration of the probe.", health.took_seconds if health else 0.0),
    )
    text = "".join(
        f"# HELP whispr_{name} {what}\n# TYPE whispr_{name} gauge\nwhispr_{name} {value:g}\n"
        for name, what, value in gauges
    )
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="ascii")
        os.replace(draft, path)
    except OSError as error:
        raise WhisprError(f"cannot write {path}: {error.strerror or error}") from error


def _is_healthy(health: Health | None) -> bool:
    return health is not None and health.is_healthy
