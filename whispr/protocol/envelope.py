"""The envelope: what the relay keeps and carries verbatim, as a fixed layout of bytes.

    0  version u8 = 1      4  relay_id 32      100  envelope_id 16
    1  suite u8           36  mailbox 32       116  time_ms u64
    2  auth_kind u8       68  key_id 32        124  ttl_ms u32
    3  flags u8                                128  ciphertext …, then signature 64

Integers are big-endian. See `docs/protocol.md` §6.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from whispr.errors import BadSignatureError, MalformedEnvelopeError
from whispr.protocol.codes import AuthKind, EnvelopeFlag
from whispr.protocol.limits import (
    ENVELOPE_ID_BYTES,
    MAILBOX_BYTES,
    MAX_ENVELOPE_BYTES,
    RELAY_ID_BYTES,
    SIGNATURE_BYTES,
)
from whispr.protocol.signatures import SigningKey, verify
from whispr.protocol.signing import LABEL_SEND, expect_size, sha256

_HEADER = struct.Struct(">BBBB32s32s32s16sQI")
HEADER_BYTES = _HEADER.size
MAX_CIPHERTEXT_BYTES = MAX_ENVELOPE_BYTES - HEADER_BYTES - SIGNATURE_BYTES
ENVELOPE_VERSION = 1
NO_FLAGS = EnvelopeFlag(0)
_KNOWN_FLAGS = int(EnvelopeFlag.EPHEMERAL)


def signing_input(header: bytes, ciphertext: bytes) -> bytes:
    """Label, the whole 128-byte header, length (u32) and SHA-256 of the ciphertext."""
    return b"".join((LABEL_SEND, header, len(ciphertext).to_bytes(4, "big"), sha256(ciphertext)))


@dataclass(frozen=True, slots=True)
class Envelope:
    """One envelope; `data` are its bytes as they travel."""

    suite: int
    """Suite of the ciphertext (u8)."""
    flags: EnvelopeFlag
    relay_id: bytes
    """Id of the relay it is meant for: elsewhere its signature is worth nothing."""
    mailbox: bytes
    key_id: bytes
    """The key that signed it: the sender's device key."""
    envelope_id: bytes
    time_ms: int
    """Relay time at which it was made."""
    ttl_ms: int
    """Wished life; 0 asks for the relay's own, more than that is cut to it."""
    data: bytes

    def __repr__(self) -> str:
        return f"<Envelope of suite {self.suite}, {len(self.data)} bytes>"

    @property
    def ciphertext(self) -> memoryview:
        """What only the recipient opens."""
        return memoryview(self.data)[HEADER_BYTES:-SIGNATURE_BYTES]

    @property
    def ephemeral(self) -> bool:
        """Whether it is only for who is connected now."""
        return bool(self.flags & EnvelopeFlag.EPHEMERAL)

    def verify(self) -> None:
        """Check the outer signature by `key_id`.

        Raises:
            BadSignatureError: it does not verify.
        """
        header, ciphertext = self.data[:HEADER_BYTES], bytes(self.ciphertext)
        verify(self.key_id, signing_input(header, ciphertext), self.data[-SIGNATURE_BYTES:])

    def is_verified(self) -> bool:
        """`verify` as a question."""
        try:
            self.verify()
        except BadSignatureError:
            return False
        return True


def decode(data: bytes) -> Envelope:
    """Read an envelope of 193 to 65,472 bytes; the signature is not checked here.

    Raises:
        MalformedEnvelopeError: wrong size, version, authentication kind or an unknown flag.
    """
    if not HEADER_BYTES + SIGNATURE_BYTES < len(data) <= MAX_ENVELOPE_BYTES:
        raise MalformedEnvelopeError("an envelope of a wrong size")
    fields = _HEADER.unpack_from(data)
    version, suite, auth_kind, flags, relay_id, mailbox, key_id, envelope_id, time_ms, ttl_ms = (
        fields
    )
    if version != ENVELOPE_VERSION:
        raise MalformedEnvelopeError("an envelope of an unknown version")
    if auth_kind != AuthKind.DEVICE:
        raise MalformedEnvelopeError("an unknown kind of authentication")
    if flags & ~_KNOWN_FLAGS:
        raise MalformedEnvelopeError("an unknown flag")
    return Envelope(
        suite=suite,
        flags=EnvelopeFlag(flags),
        relay_id=relay_id,
        mailbox=mailbox,
        key_id=key_id,
        envelope_id=envelope_id,
        time_ms=time_ms,
        ttl_ms=ttl_ms,
        data=data,
    )


def make(
    key: SigningKey,
    *,
    suite: int,
    relay_id: bytes,
    mailbox: bytes,
    envelope_id: bytes,
    time_ms: int,
    ttl_ms: int,
    ciphertext: bytes,
    flags: EnvelopeFlag = NO_FLAGS,
) -> Envelope:
    """Sign and lay out an envelope.

    Raises:
        MalformedEnvelopeError: the ciphertext is empty or too long.
        ValueError: an id of a wrong size: a bug of the caller.
    """
    # struct would pad or cut silently.
    expect_size(relay_id, RELAY_ID_BYTES)
    expect_size(mailbox, MAILBOX_BYTES)
    expect_size(envelope_id, ENVELOPE_ID_BYTES)
    header = _HEADER.pack(
        ENVELOPE_VERSION,
        suite,
        AuthKind.DEVICE,
        flags,
        relay_id,
        mailbox,
        key.public,
        envelope_id,
        time_ms,
        ttl_ms,
    )
    signature = key.sign(signing_input(header, ciphertext))
    return decode(b"".join((header, ciphertext, signature)))
