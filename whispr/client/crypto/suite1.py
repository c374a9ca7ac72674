"""Suite 1, sealed box with an inner signature: for embedded devices and for first contact.

    ciphertext = SealedBox(box key)[ inner ]
    inner      = version u8 = 1 | identity 32 | device_id u32 | device_key 32 | box_key_id u32
               | signature 64 | padded content
    signature  = device key over label | suite u8 | flags u8 | identity | device_id u32 | device_key
               | recipient identity 32 | mailbox 32 | box_key_id u32 | box key 32 | envelope_id 16
               | time_ms u64 | SHA-256(padded content)

The inner signature binds sender, recipient, ids, time and content: whoever strips the envelope's
signature and signs anew, or seals an opened content to somebody else, is found out. It also means
that a recipient can prove what was said. `docs/protocol.md` §12.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from whispr.client.crypto.box import seal
from whispr.client.crypto.padding import pad, unpad
from whispr.errors import BadSignatureError, DecryptionError
from whispr.protocol.signatures import verify
from whispr.protocol.signing import LABEL_SUITE_1, sha256

if TYPE_CHECKING:
    from whispr.client.crypto.identity import OwnIdentity
    from whispr.protocol.envelope import Envelope

SUITE_NUMBER = 1
INNER_VERSION = 1
FIXED_BOX_KEY_ID = 0
"""The box key is `Xd` of the device record; rotating box prekeys have other ids."""
_INNER = struct.Struct(">B32sI32sI64s")
_BINDING = struct.Struct(">BB32sI32s32s32sI32s16sQ32s")


@dataclass(frozen=True, slots=True)
class Binding:
    """Everything around a content that its inner signature covers."""

    flags: int
    recipient: bytes
    mailbox: bytes
    box_key: bytes
    envelope_id: bytes
    time_ms: int


@dataclass(frozen=True, slots=True)
class Opened:
    """What came out of a ciphertext, with a good inner signature.

    That `device_key` belongs to `identity` is not known yet: the caller compares with the contact
    or with the card that rides along.
    """

    identity: bytes
    device_id: int
    device_key: bytes
    content: bytes = field(repr=False)


def _signed_bytes(
    binding: Binding,
    identity: bytes,
    device_id: int,
    device_key: bytes,
    box_key_id: int,
    padded: bytes,
) -> bytes:
    return LABEL_SUITE_1 + _BINDING.pack(
        SUITE_NUMBER,
        binding.flags,
        identity,
        device_id,
        device_key,
        binding.recipient,
        binding.mailbox,
        box_key_id,
        binding.box_key,
        binding.envelope_id,
        binding.time_ms,
        sha256(padded),
    )


def seal_content(content: bytes, sender: OwnIdentity, binding: Binding) -> bytes:
    """The ciphertext of an encoded content for one recipient.

    Raises:
        InvalidKeyError: the recipient's box key is unusable.
        TextTooLongError: the content is too long for an envelope.
    """
    padded = pad(content)
    device = sender.device
    signed = _signed_bytes(
        binding, sender.identity, sender.device_id, device.public, FIXED_BOX_KEY_ID, padded
    )
    inner = _INNER.pack(
        INNER_VERSION,
        sender.identity,
        sender.device_id,
        device.public,
        FIXED_BOX_KEY_ID,
        device.sign(signed),
    )
    return seal(inner + padded, binding.box_key)


def open_content(envelope: Envelope, recipient: OwnIdentity) -> Opened:
    """Open an envelope of suite 1 whose outer signature was checked.

    Raises:
        DecryptionError: it does not open, or is of another layout.
        BadSignatureError: the inner signature does not fit this envelope, sender or recipient.
        MalformedContentError: the padding is wrong.
    """
    inner = recipient.box.open(bytes(envelope.ciphertext))
    if len(inner) < _INNER.size or inner[0] != INNER_VERSION:
        raise DecryptionError("the opened bytes are of another layout")
    _, identity, device_id, device_key, box_key_id, signature = _INNER.unpack_from(inner)
    padded = inner[_INNER.size :]
    if device_key != envelope.key_id:
        raise BadSignatureError("the envelope is signed by another device than its content")
    if box_key_id != FIXED_BOX_KEY_ID:
        raise DecryptionError("sealed to a box key that this device does not have")
    binding = Binding(
        flags=int(envelope.flags),
        recipient=recipient.identity,
        mailbox=envelope.mailbox,
        box_key=recipient.box.public,
        envelope_id=envelope.envelope_id,
        time_ms=envelope.time_ms,
    )
    verify(
        device_key,
        _signed_bytes(binding, identity, device_id, device_key, box_key_id, padded),
        signature,
    )
    return Opened(identity, device_id, device_key, unpad(padded))
