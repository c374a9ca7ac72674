"""How a connection to a relay is opened: TCP, TLS 1.3, and whether it is the right relay."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

from whispr import tls
from whispr.errors import CertificateError, ConnectError, TransportError
from whispr.protocol.address import RelayAddress

NOT_SENT_LOW_WATER_BYTES = 16 * 1024
"""Bytes that may wait in the kernel unsent: what lies there no message can overtake."""


async def dial(
    address: RelayAddress,
    protocol_factory: Callable[[], asyncio.Protocol],
    *,
    authorities_path: Path | None,
    handshake_seconds: float,
    shutdown_seconds: float,
) -> None:
    """Open a TLS connection whose protocol's `connection_made` checks the peer (`check_peer`).

    Raises:
        ConnectError: says in a plain sentence why nothing was reached.
        CertificateError: without a pin, the authorities do not vouch for this relay.
    """
    context = tls.client_context() if address.relay_ids else tls.client_ca_context(authorities_path)
    try:
        transport, _protocol = await asyncio.get_running_loop().create_connection(
            protocol_factory,
            address.host,
            address.port,
            ssl=context,
            server_hostname=address.host.rstrip("."),
            ssl_handshake_timeout=handshake_seconds,
            ssl_shutdown_timeout=shutdown_seconds,
        )
    except OSError as error:
        raise _connect_error(error, address.location) from error
    _keep_kernel_queue_short(transport)


def check_peer(tls_object: tls.TlsObject, address: RelayAddress) -> bytes:
    """The relay id that the other end proved, before anything is written to it.

    Raises:
        ConnectError: it does not speak `whispr/1`.
        CertificateError: the address names other keys.
    """
    tls.check_alpn(tls_object)
    relay_id = tls.peer_relay_id(tls_object)
    if address.relay_ids and relay_id not in address.relay_ids:
        raise CertificateError(
            f"the relay at {address.location} shows another key than its address names: "
            "ask its operator for the new address; if nothing changed there, somebody is in between"
        )
    return relay_id


def _connect_error(error: OSError, location: str) -> TransportError:
    if isinstance(error, ssl.SSLError):
        return tls.transport_error(error)
    if isinstance(error, socket.gaierror):
        return ConnectError(f"the address of {location} cannot be found; are you online?")
    if isinstance(error, ConnectionResetError | ConnectionAbortedError | BrokenPipeError):
        return ConnectError(f"{location} closed the connection at once")
    return ConnectError(f"nothing answers at {location}")


def _keep_kernel_queue_short(transport: asyncio.Transport) -> None:
    connected = transport.get_extra_info("socket")
    option = getattr(socket, "TCP_NOTSENT_LOWAT", None)
    if connected is not None and option is not None:
        # A wish: a connection that ended meanwhile or a kernel without it changes nothing.
        with contextlib.suppress(OSError):
            connected.setsockopt(socket.IPPROTO_TCP, option, NOT_SENT_LOW_WATER_BYTES)
