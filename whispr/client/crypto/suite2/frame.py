"""The ciphertext of suite 2 as it stands in an envelope: a fixed layout, parsed strictly.

    0  kind u8: 1 message, 2 message with handshake     21  ratchet header 40
    1  session id 16                                    61  [handshake block 2,374]
   17  epoch u32                                            com 32 | ciphertext 272 …

`docs/protocol.md` §16.
"""

from __future__ import annotations

import enum
import struct
from dataclasses import dataclass, field

from whispr.client.crypto.padding import MAX_PADDED_CONTENT_BYTES, SMALLEST_PADDED_BYTES
from whispr.client.crypto.suite2.handshake import SESSION_ID_BYTES
from whispr.client.crypto.suite2.handshake_block import BLOCK_BYTES, handshake_digest
from whispr.client.crypto.suite2.message_cipher import COMMITMENT_BYTES, TAG_BYTES
from whispr.client.crypto.suite2.ratchet_state import HEADER_BYTES, RatchetHeader
from whispr.errors import DecryptionError
from whispr.protocol.signing import expect_size

_HEAD = struct.Struct(f">B{SESSION_ID_BYTES}sI{HEADER_BYTES}s")
HEAD_BYTES = _HEAD.size
OVERHEAD_BYTES = HEAD_BYTES + COMMITMENT_BYTES + TAG_BYTES
"""What a message takes beside its padded content, without a handshake."""


class FrameKind(enum.IntEnum):
    """What follows the head."""

    MESSAGE = 1
    FIRST = 2
    """With a handshake block: until the responder has answered."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One message of a session as it travels."""

    session_id: bytes
    epoch: int
    header: RatchetHeader
    sealed: bytes = field(repr=False)
    """Commitment and ciphertext."""
    block: bytes = field(default=b"", repr=False)
    """The handshake, or nothing."""

    @property
    def handshake_digest(self) -> bytes | None:
        """SHA-256 of the handshake block; None without one."""
        return handshake_digest(self.block) if self.block else None

    def encode(self) -> bytes:
        """The layout of the module."""
        expect_size(self.session_id, SESSION_ID_BYTES)
        expect_size(self.block, BLOCK_BYTES if self.block else 0)
        kind = FrameKind.FIRST if self.block else FrameKind.MESSAGE
        head = _HEAD.pack(kind, self.session_id, self.epoch, self.header.encode())
        return head + self.block + self.sealed

    @classmethod
    def decode(cls, data: bytes) -> Frame:
        """Read the layout of the module.

        Raises:
            DecryptionError: another layout.
        """
        if len(data) < HEAD_BYTES:
            raise DecryptionError("a ciphertext of a wrong length")
        kind, session_id, epoch, header = _HEAD.unpack_from(data)
        if kind not in (FrameKind.MESSAGE, FrameKind.FIRST):
            raise DecryptionError("a ciphertext of an unknown kind")
        start = HEAD_BYTES + (BLOCK_BYTES if kind == FrameKind.FIRST else 0)
        padded_bytes = len(data) - start - COMMITMENT_BYTES - TAG_BYTES
        if not SMALLEST_PADDED_BYTES <= padded_bytes <= MAX_PADDED_CONTENT_BYTES:
            raise DecryptionError("a ciphertext of a wrong length")
        return cls(
            session_id=session_id,
            epoch=epoch,
            header=RatchetHeader.decode(header),
            sealed=data[start:],
            block=data[HEAD_BYTES:start],
        )
