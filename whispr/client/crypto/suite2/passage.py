"""What goes into a session and comes out of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from whispr.client.crypto.suite2.party import Party
    from whispr.client.crypto.suite2.prekey import PrekeyKind
    from whispr.protocol.envelope import Envelope


@dataclass(frozen=True, slots=True)
class Received:
    """A ciphertext and what its envelope says around it; the outer signature was checked."""

    sender_key: bytes
    """The envelope's `key_id`."""
    envelope_id: bytes
    time_ms: int
    ciphertext: bytes = field(repr=False)

    @classmethod
    def of(cls, envelope: Envelope) -> Received:
        """What came in an envelope."""
        ciphertext = bytes(envelope.ciphertext)
        return cls(envelope.key_id, envelope.envelope_id, envelope.time_ms, ciphertext)


@dataclass(frozen=True, slots=True)
class Encrypted:
    """Commit `state`, then send `ciphertext`."""

    ciphertext: bytes
    state: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Decrypted:
    """Commit `state` together with the content, then acknowledge."""

    content: bytes = field(repr=False)
    state: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A session that a message of somebody else began; commit all of it with the content."""

    content: bytes = field(repr=False)
    state: bytes = field(repr=False)
    session_id: bytes
    peer: Party
    """Who he says he is; believe it only if it `stands_on` his card."""
    handshake_digest: bytes
    """Keep it until the prekeys of this handshake are deleted: with one that is known already,
    nothing begins."""
    used_up: tuple[tuple[PrekeyKind, int], ...]
    """One-time prekeys whose secrets are to be deleted."""
