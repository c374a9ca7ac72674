"""Who may connect: allowed networks, connections in total and of one address, new ones a second.

Counted when a connection is accepted and before anything is spent on its TLS handshake.
"""

from __future__ import annotations

import enum
import ipaddress
from collections.abc import Callable

from whispr.relay.config import RelayConfig
from whispr.relay.limits import RateLimits, address_subject

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Turned(enum.Enum):
    """Why somebody was turned away."""

    NETWORK = "network"
    TOTAL = "total"
    ADDRESS = "address"
    RATE = "rate"


class Permit:
    """The right to one connection; given back once."""

    __slots__ = ("_release", "address")

    def __init__(self, address: str, release: Callable[[str], None]) -> None:
        self.address = address
        self._release: Callable[[str], None] | None = release

    def release(self) -> None:
        """Give it back; again does nothing."""
        if self._release is not None:
            self._release(self.address)
            self._release = None


class Admission:
    """Counts connections.

    Args:
        descriptors: open files that this process may have; a tenth of them, at least 64, is kept
            for everything that is no connection.
    """

    def __init__(self, config: RelayConfig, handshakes: RateLimits, descriptors: int) -> None:
        self._handshakes = handshakes
        self._room = max(1, descriptors - max(64, descriptors // 10))
        self._by_address: dict[str, int] = {}
        self._total = 0
        self.change(config)

    def __len__(self) -> int:
        return self._total

    def change(self, config: RelayConfig) -> None:
        """Apply other limits from now on; who is here may stay."""
        self._max_total = min(config.max_connections, self._room)
        self._max_per_address = config.max_connections_per_address
        self._networks = tuple(ipaddress.ip_network(text) for text in config.allow_addresses)

    def admit(self, host: str) -> Permit | Turned:
        """Judge a connection from `host`, an IP address as the socket tells it."""
        parsed = ipaddress.ip_address(host.partition("%")[0])
        address = address_subject(str(parsed))
        if self._networks and not self._is_allowed(parsed):
            return Turned.NETWORK
        if self._total >= self._max_total:
            return Turned.TOTAL
        if self._by_address.get(address, 0) >= self._max_per_address:
            return Turned.ADDRESS
        if self._handshakes.take(address):
            return Turned.RATE
        self._by_address[address] = self._by_address.get(address, 0) + 1
        self._total += 1
        return Permit(address, self._give_back)

    def _is_allowed(self, parsed: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
        return any((mapped or parsed) in network for network in self._networks)

    def _give_back(self, address: str) -> None:
        self._total -= 1
        left = self._by_address[address] - 1
        if left:
            self._by_address[address] = left
        else:
            del self._by_address[address]
