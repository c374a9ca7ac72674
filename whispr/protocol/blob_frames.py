"""The frames that carry blobs; `frames` declares the others and hands these on.

`docs/protocol.md` §8 tells how an upload and a download go.
"""

from __future__ import annotations

from typing import Annotated

from whispr.protocol import limits
from whispr.protocol.schema import AtMost, Exactly, Frame, Role, frame, u8, u16, u64

CLIENT, RELAY = Role.CLIENT, Role.RELAY

Hash = Annotated[bytes, Exactly(limits.HASH_BYTES)]
BlobToken = Annotated[bytes, Exactly(limits.BLOB_TOKEN_BYTES)]


@frame(0x20, sender=CLIENT, answers=("UploadState",))
class Upload(Frame):
    """Begin an upload, or ask how far it is; the same call for both."""

    blob_id: Hash
    """Hash over header, sizes and parts (§8); verified at the last part."""
    mailbox: Annotated[bytes, Exactly(limits.MAILBOX_BYTES)]
    """Whose relay this is: the mailbox of the recipient."""
    size_bytes: u64
    """All parts together."""
    header: Annotated[bytes, AtMost(limits.MAX_BLOB_HEADER_BYTES)]
    """Opaque to the relay, handed out with the blob."""
    token_hash: Hash
    """SHA-256 of label and download token."""
    ttl_ms: u64
    """Wished life from the last part; 0 asks for the relay's own."""


@frame(0x21, sender=RELAY)
class UploadState(Frame):
    """Which parts the relay holds."""

    received: Annotated[bytes, AtMost(limits.MAX_BLOB_PARTS // 8)]
    """Bitmap, bit 7 of byte 0 is part 0; unused bits are 0."""
    complete: u8
    """1 when every part is there and the id was verified."""
    expires_in_ms: u64
    """Remaining life; of an unfinished upload: until the relay forgets it."""


@frame(0x22, sender=CLIENT, answers=("UploadState", "Done"))
class Part(Frame):
    """Upload one part; answered with DONE, the last missing one with UPLOAD_STATE."""

    blob_id: Hash
    """Of an upload that this connection has begun or asked about."""
    index: u16
    """Counts from 0."""
    data: Annotated[bytes, AtMost(limits.PART_BYTES, minimum=1)]
    """65,472 bytes; the last part what is left."""


@frame(0x23, sender=CLIENT, answers=("BlobInfo",))
class Download(Frame):
    """Ask for a blob by its token; from then on its life pauses while parts are asked for."""

    blob_id: Hash
    """Which blob."""
    token: BlobToken
    """The secret whose hash the uploader left."""


@frame(0x24, sender=RELAY)
class BlobInfo(Frame):
    """The blob is here."""

    size_bytes: u64
    """All parts together."""
    header: Annotated[bytes, AtMost(limits.MAX_BLOB_HEADER_BYTES)]
    """As it was uploaded."""
    expires_in_ms: u64
    """Remaining life."""


@frame(0x25, sender=CLIENT, answers=("PartData",))
class GetPart(Frame):
    """Ask for one part of a blob that this connection opened with DOWNLOAD."""

    blob_id: Hash
    """Which blob."""
    index: u16
    """Counts from 0."""


@frame(0x26, sender=RELAY)
class PartData(Frame):
    """One part."""

    index: u16
    """Counts from 0."""
    data: Annotated[bytes, AtMost(limits.PART_BYTES, minimum=1)]
    """As it was uploaded."""
