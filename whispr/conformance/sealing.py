"""Suite 1 and text contents once more, from `docs/protocol.md` §12 alone: a second opinion.

Nothing of the client library is used here, so that the same mistake is not made on both sides.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass, field

import nacl.bindings
import nacl.exceptions

from whispr.conformance.rules import require
from whispr.errors import ConformanceError
from whispr.protocol import envelope as envelopes
from whispr.protocol.address import RelayAddress
from whispr.protocol.card import Card, make_card
from whispr.protocol.device import DeviceRecord
from whispr.protocol.envelope import Envelope
from whispr.protocol.signatures import SigningKey, verify
from whispr.protocol.signing import LABEL_SUITE_1, mailbox_id, sha256

TEXT, CARD_EXTENSION = 1, 1
WEEK_MS = 7 * 24 * 3600 * 1000
MAX_LIFE_MS = 30 * 24 * 3600 * 1000
_INNER = struct.Struct(">B32sI32sI64s")
_BINDING = struct.Struct(">BB32sI32s32s32sI32s16sQ32s")
_CONTENT = struct.Struct(">BBB16sQQQH")
_EXTENSION = struct.Struct(">BH")
_PADDED_SIZES = (256, 512, 1024, 2048, 4096, 8192, 16384)


def _seed() -> bytes:
    return os.urandom(32)


@dataclass(frozen=True, slots=True)
class Peer:
    """A person that the conformance kit plays."""

    root: SigningKey = field(default_factory=lambda: SigningKey(_seed()))
    device: SigningKey = field(default_factory=lambda: SigningKey(_seed()))
    mailbox: SigningKey = field(default_factory=lambda: SigningKey(_seed()))
    box_secret: bytes = field(default_factory=_seed, repr=False)

    @property
    def box_key(self) -> bytes:
        """X25519 public key, 32 bytes."""
        return nacl.bindings.crypto_scalarmult_base(self.box_secret)

    def card(self, relay: RelayAddress, now_ms: int) -> Card:
        """Our card at a relay."""
        record = DeviceRecord(
            device_id=1,
            device_key=self.device.public,
            box_key=self.box_key,
            mailbox=mailbox_id(self.mailbox.public),
            relay=relay.public(),
            created_ms=now_ms,
        )
        return make_card(
            self.root,
            self.device,
            record,
            name="Conformance",
            card_version=now_ms // 1000,
            issued_ms=now_ms,
        )


@dataclass(frozen=True, slots=True)
class Letter:
    """A content, and how to seal it right or wrong."""

    text: str
    content_id: bytes = field(default_factory=lambda: os.urandom(16))
    type_number: int = TEXT
    life_ms: int = WEEK_MS
    signer: SigningKey | None = None
    """Another key for the inner signature: a forgery."""
    recipient: bytes | None = None
    """Another identity in the inner signature: a letter that was meant for somebody else."""
    spoil_outer: bool = False


def seal(letter: Letter, sender: Peer, card: Card, *, relay_id: bytes, now_ms: int) -> bytes:
    """An envelope for the owner of a card, with whatever is wrong about the letter."""
    device = card.device
    envelope_id = os.urandom(16)
    padded = _pad(_content(letter, sender, card.device.relay, now_ms))
    binding = _BINDING.pack(
        1,
        0,
        sender.root.public,
        1,
        sender.device.public,
        letter.recipient or card.identity,
        device.mailbox,
        0,
        device.box_key,
        envelope_id,
        now_ms,
        sha256(padded),
    )
    signature = (letter.signer or sender.device).sign(LABEL_SUITE_1 + binding)
    inner = _INNER.pack(1, sender.root.public, 1, sender.device.public, 0, signature) + padded
    data = envelopes.make(
        sender.device,
        suite=1,
        relay_id=relay_id,
        mailbox=device.mailbox,
        envelope_id=envelope_id,
        time_ms=now_ms,
        ttl_ms=0,
        ciphertext=nacl.bindings.crypto_box_seal(inner, device.box_key),
    ).data
    return data[:-1] + bytes((data[-1] ^ 1,)) if letter.spoil_outer else data


def _content(letter: Letter, sender: Peer, relay: RelayAddress, now_ms: int) -> bytes:
    card = sender.card(relay, now_ms).data
    extension = _EXTENSION.pack(CARD_EXTENSION, len(card)) + card
    expires_at_ms = now_ms + letter.life_ms
    head = _CONTENT.pack(
        *(1, letter.type_number, 0, letter.content_id, now_ms, expires_at_ms, 1, len(extension))
    )
    return head + extension + letter.text.encode()


def _pad(content: bytes) -> bytes:
    size = next(size for size in _PADDED_SIZES if size > len(content))
    return (content + b"\x80").ljust(size, b"\0")


def read_text(envelope: Envelope, recipient: Peer, author: Card) -> tuple[str, bytes | None]:
    """Open an envelope of the client under test: its text and the card that rode along.

    Raises:
        ConformanceError: says what is wrong with it.
    """
    try:
        inner = nacl.bindings.crypto_box_seal_open(
            bytes(envelope.ciphertext), recipient.box_key, recipient.box_secret
        )
    except (nacl.exceptions.CryptoError, ValueError) as error:
        raise ConformanceError("the sealed box does not open") from error
    version, identity, device_id, device_key, box_key_id, signature = _INNER.unpack_from(inner)
    padded = inner[_INNER.size :]
    require(version == 1 and box_key_id == 0, "another layout of the sealed box")
    device = author.device
    require(
        (identity, device_id, device_key) == (author.identity, device.device_id, device.device_key),
        "the inner sender is not the owner of the card",
    )
    binding = _BINDING.pack(
        1,
        int(envelope.flags),
        identity,
        device_id,
        device_key,
        recipient.root.public,
        envelope.mailbox,
        0,
        recipient.box_key,
        envelope.envelope_id,
        envelope.time_ms,
        sha256(padded),
    )
    verify(device_key, LABEL_SUITE_1 + binding, signature)
    return _read_content(padded, envelope.time_ms)


def _read_content(padded: bytes, now_ms: int) -> tuple[str, bytes | None]:
    require(len(padded) in _PADDED_SIZES or len(padded) > 16384, "not padded to a known size")
    stripped = padded.rstrip(b"\0")
    require(stripped.endswith(b"\x80"), "the padding does not begin with 0x80")
    content = stripped[:-1]
    version, type_number, _, _, sent_at_ms, expires_at_ms, _, size = _CONTENT.unpack_from(content)
    require((version, type_number) == (1, TEXT), "not a text")
    require(sent_at_ms < expires_at_ms <= now_ms + MAX_LIFE_MS, "a life of more than 30 days")
    extensions, body = content[_CONTENT.size :][:size], content[_CONTENT.size + size :]
    card = None
    while extensions:
        number, length = _EXTENSION.unpack_from(extensions)
        if number == CARD_EXTENSION:
            card = extensions[_EXTENSION.size :][:length]
        extensions = extensions[_EXTENSION.size + length :]
    return body.decode("utf-8"), card
