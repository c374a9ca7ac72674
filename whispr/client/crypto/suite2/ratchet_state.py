"""The state of a ratchet: a value of our own, whatever engine moves it, and its bytes.

    0  version u8 = 1        97  previous_length u32     137 has receiving chain u8
    1  own_secret 32        101  sending_key 32          138 receiving_key 32
   33  peer_key 32          133  sending_length u32      170 receiving_length u32
   65  root_key 32                                       174 skipped count u16
                               for each: peer_key 32 | index u32 | message_key 32 | since_ms u64

Secret as a whole: it lives in the encrypted database only.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace

from whispr.errors import CorruptFileError, UnsupportedFormatError
from whispr.protocol.limits import KEY_BYTES
from whispr.protocol.signing import expect_size

STATE_VERSION = 1
MAX_SKIPPED_KEYS = 2000
"""That are kept; the oldest make room."""
MAX_SKIPPED_AT_ONCE = 1000
"""That one message may skip in a chain."""
SKIPPED_KEY_LIFE_MS = 48 * 3600 * 1000
"""The longest life of a message on a relay by our presets, a day, and a day more."""

_HEADER = struct.Struct(">32sII")
HEADER_BYTES = _HEADER.size
_STATE = struct.Struct(">B32s32s32sI32sIB32sIH")
_SKIPPED = struct.Struct(">32sI32sQ")
_NO_KEY = bytes(KEY_BYTES)


@dataclass(frozen=True, slots=True)
class RatchetHeader:
    """What a message says of its key: ratchet_pub 32 | pn u32 | n u32."""

    ratchet_key: bytes
    """The sender's current X25519 ratchet key."""
    previous_length: int
    """`pn`: how many messages the sender's last chain had."""
    index: int
    """`n`: which message of this chain it is, from 0."""

    def encode(self) -> bytes:
        """40 bytes."""
        expect_size(self.ratchet_key, KEY_BYTES)
        return _HEADER.pack(self.ratchet_key, self.previous_length, self.index)

    @classmethod
    def decode(cls, data: bytes) -> RatchetHeader:
        """Read 40 bytes; every value of them is a header."""
        return cls(*_HEADER.unpack(data))


@dataclass(frozen=True, slots=True, repr=False)
class Chain:
    """A chain key and how many messages it has given keys to."""

    key: bytes
    length: int


@dataclass(frozen=True, slots=True, repr=False)
class SkippedKey:
    """The key of a message that has not come yet."""

    peer_key: bytes
    """The peer's ratchet key of its chain."""
    index: int
    message_key: bytes
    since_ms: int
    """When it was skipped."""


@dataclass(frozen=True, slots=True, repr=False)
class RatchetState:
    """All that a Double Ratchet remembers; it never changes, each step gives another one."""

    own_secret: bytes
    peer_key: bytes
    root_key: bytes
    previous_length: int
    sending: Chain
    receiving: Chain | None
    skipped: tuple[SkippedKey, ...] = ()
    """The oldest first."""

    def __repr__(self) -> str:
        return f"<RatchetState with {len(self.skipped)} skipped keys>"

    def pruned(self, now_ms: int, life_ms: int = SKIPPED_KEY_LIFE_MS) -> RatchetState:
        """Without skipped keys that have waited for longer than `life_ms`."""
        fresh = tuple(key for key in self.skipped if now_ms - key.since_ms <= life_ms)
        return self if len(fresh) == len(self.skipped) else replace(self, skipped=fresh)

    def encode(self) -> bytes:
        """The layout of the module: 176 bytes and 76 for each skipped key."""
        for key in (self.own_secret, self.peer_key, self.root_key, self.sending.key):
            expect_size(key, KEY_BYTES)
        receiving = self.receiving or Chain(_NO_KEY, 0)
        fixed = _STATE.pack(
            STATE_VERSION,
            self.own_secret,
            self.peer_key,
            self.root_key,
            self.previous_length,
            self.sending.key,
            self.sending.length,
            self.receiving is not None,
            receiving.key,
            receiving.length,
            len(self.skipped),
        )
        skipped = (
            _SKIPPED.pack(key.peer_key, key.index, key.message_key, key.since_ms)
            for key in self.skipped
        )
        return fixed + b"".join(skipped)

    @classmethod
    def decode(cls, data: bytes) -> RatchetState:
        """Read what `encode` wrote.

        Raises:
            CorruptFileError: it did not.
            UnsupportedFormatError: a later version did.
        """
        if len(data) < _STATE.size:
            raise CorruptFileError("a ratchet state is cut short")
        version, own_secret, peer_key, root_key, previous, *chains, count = _STATE.unpack_from(data)
        sending_key, sending_length, has_receiving, receiving_key, receiving_length = chains
        if version != STATE_VERSION:
            raise UnsupportedFormatError("a ratchet state of an unknown version")
        if count > MAX_SKIPPED_KEYS or len(data) != _STATE.size + count * _SKIPPED.size:
            raise CorruptFileError("a ratchet state of a wrong length")
        receiving = Chain(receiving_key, receiving_length)
        if has_receiving > 1 or (not has_receiving and receiving != Chain(_NO_KEY, 0)):
            raise CorruptFileError("a damaged ratchet state")
        return cls(
            own_secret=own_secret,
            peer_key=peer_key,
            root_key=root_key,
            previous_length=previous,
            sending=Chain(sending_key, sending_length),
            receiving=receiving if has_receiving else None,
            skipped=tuple(
                SkippedKey(*fields) for fields in _SKIPPED.iter_unpack(data[_STATE.size :])
            ),
        )
