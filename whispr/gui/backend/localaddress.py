"""The address that this computer has in its network, found without sending anything."""

from __future__ import annotations

import socket

_NOBODY = ("192.0.2.1", 9)
"""Of a network for documentation (RFC 5737). Connecting a UDP socket only asks for the route."""


def local_address(make_socket: type[socket.socket] = socket.socket) -> str:
    """The IPv4 address that others in the network reach; empty without a network."""
    try:
        with make_socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.connect(_NOBODY)
            address = str(asking.getsockname()[0])
    except OSError:
        return ""
    return "" if address.startswith("127.") or address == "0.0.0.0" else address
