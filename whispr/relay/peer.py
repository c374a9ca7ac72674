"""What the handlers of a connection know about the other end."""

from __future__ import annotations

from dataclasses import dataclass, field

from whispr.protocol.limits import RELAY_ID_BYTES
from whispr.relay.output import Output


@dataclass(slots=True, eq=False)
class Peer:
    """One connection as its handlers see it."""

    label: str
    """Random, for the log and as subject of limits; says nothing about who it is."""
    address: str
    """IPv4 address or IPv6 /64 it came from."""
    relay_ids: bytes
    """Ids of this connection's TLS key and of the announced next one."""
    nonce: bytes
    """What HELLO challenged it with."""
    output: Output = field(init=False, repr=False)
    read_key: bytes | None = field(default=None, repr=False)
    """The proven mailbox key."""
    send_key: bytes | None = field(default=None, repr=False)
    """The proven device key."""
    failed_proofs: int = 0

    @property
    def relay_id(self) -> bytes:
        """Id of the TLS key that this connection was made with."""
        return self.relay_ids[:RELAY_ID_BYTES]

    def is_ours(self, relay_id: bytes) -> bool:
        """Whether an envelope for `relay_id` is meant for this relay."""
        if relay_id == self.relay_ids[:RELAY_ID_BYTES]:
            return True
        return len(self.relay_ids) > RELAY_ID_BYTES and relay_id == self.relay_ids[RELAY_ID_BYTES:]
