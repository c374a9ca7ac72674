"""Content: what only the ends see, typed and versioned, as a fixed layout of bytes.

    0  version u8 = 1     19  sent_at_ms u64     43  extensions length u16
    1  type u8            27  expires_at_ms u64  45  extensions: (type u8, length u16, value) …
    2  flags u8 = 0       35  order u64              body
    3  content_id 16

Integers are big-endian, times are relay time in milliseconds since 1970. Unknown extensions are
skipped, unknown types are kept. `docs/protocol.md` §12.
"""

from __future__ import annotations

import enum
import struct
from dataclasses import dataclass, field

from whispr.errors import MalformedContentError
from whispr.protocol.limits import (
    CONTENT_ID_BYTES,
    HASH_BYTES,
    MAX_BLOB_HEADER_BYTES,
    MAX_BLOB_PARTS,
    PART_BYTES,
)

_HEAD = struct.Struct(">BBB16sQQQH")
HEAD_BYTES = _HEAD.size
CONTENT_VERSION = 1
MAX_TEXT_BYTES = 48 * 1024
MAX_RECEIPT_IDS = 64
MAX_LIFE_MS = 30 * 24 * 3600 * 1000
MAX_FILE_NAME_BYTES = 255
MAX_MEDIA_TYPE_BYTES = 127
MAX_NUMBER = (1 << 63) - 1
"""Of the times and the order: what every database can keep."""
_EXTENSION_HEAD = struct.Struct(">BH")


class ContentType(enum.IntEnum):
    """What a content is (u8); 16 to 63 are set aside for edit, delete, reaction, groups."""

    TEXT = 1
    ATTACHMENT = 2
    RECEIPT = 3
    CARD = 4
    HERE = 5
    SEND_AGAIN = 6


class Extension(enum.IntEnum):
    """What may ride along with any content (u8)."""

    CARD = 1
    """The sender's own card: until a peer has answered, every content to him carries it."""


class ReceiptKind(enum.IntEnum):
    """What a receipt says (u8)."""

    DELIVERED = 1
    READ = 2


@dataclass(frozen=True, slots=True)
class Content:
    """One content; `type_number` may be of a later version."""

    type_number: int
    content_id: bytes
    """16 random bytes, the same for every attempt to deliver it."""
    sent_at_ms: int
    expires_at_ms: int
    """Past it the recipient drops it; at most 30 days ahead."""
    order: int
    """Counter of the conversation: sorts and shows gaps, never refuses."""
    body: bytes = field(repr=False)
    extensions: tuple[tuple[int, bytes], ...] = field(default=(), repr=False)

    def extension(self, wanted: Extension) -> bytes | None:
        """Value of the first extension of that type."""
        return next((value for number, value in self.extensions if number == wanted), None)

    def encode(self) -> bytes:
        """The bytes that are padded and sealed."""
        extensions = b"".join(
            _EXTENSION_HEAD.pack(number, len(value)) + value for number, value in self.extensions
        )
        head = _HEAD.pack(
            CONTENT_VERSION,
            self.type_number,
            0,
            self.content_id,
            self.sent_at_ms,
            self.expires_at_ms,
            self.order,
            len(extensions),
        )
        return head + extensions + self.body


def decode_content(data: bytes) -> Content:
    """Read a content; the body is read by the function of its type.

    Raises:
        MalformedContentError: cut short, of an unknown layout version, or a number over 2^63 - 1.
    """
    if len(data) < HEAD_BYTES:
        raise MalformedContentError("the content is cut short")
    version, type_number, _, content_id, sent_at_ms, expires_at_ms, order, size = _HEAD.unpack_from(
        data
    )
    if version != CONTENT_VERSION:
        raise MalformedContentError("a content of another layout")
    if max(sent_at_ms, expires_at_ms, order) > MAX_NUMBER:
        raise MalformedContentError("a number of the content is out of range")
    if len(data) < HEAD_BYTES + size:
        raise MalformedContentError("the extensions are cut short")
    return Content(
        type_number=type_number,
        content_id=content_id,
        sent_at_ms=sent_at_ms,
        expires_at_ms=expires_at_ms,
        order=order,
        body=data[HEAD_BYTES + size :],
        extensions=_decode_extensions(data[HEAD_BYTES : HEAD_BYTES + size]),
    )


def _decode_extensions(data: bytes) -> tuple[tuple[int, bytes], ...]:
    found: list[tuple[int, bytes]] = []
    while data:
        if len(data) < _EXTENSION_HEAD.size:
            raise MalformedContentError("an extension is cut short")
        number, size = _EXTENSION_HEAD.unpack_from(data)
        value = data[_EXTENSION_HEAD.size : _EXTENSION_HEAD.size + size]
        if len(value) != size:
            raise MalformedContentError("an extension is cut short")
        found.append((number, value))
        data = data[_EXTENSION_HEAD.size + size :]
    return tuple(found)


def decode_text(body: bytes) -> str:
    """The body of a text: UTF-8, at most 48 KiB.

    Raises:
        MalformedContentError: too long or not UTF-8.
    """
    if len(body) > MAX_TEXT_BYTES:
        raise MalformedContentError("the text is too long")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedContentError("the text is not UTF-8") from error


@dataclass(frozen=True, slots=True)
class Receipt:
    """Up to 64 contents that were stored, or read, by the recipient."""

    kind: ReceiptKind
    content_ids: tuple[bytes, ...]

    def encode(self) -> bytes:
        """Kind u8, then the content ids."""
        return bytes((self.kind,)) + b"".join(self.content_ids)


def decode_receipt(body: bytes) -> Receipt:
    """The body of a receipt.

    Raises:
        MalformedContentError: unknown kind, or not 1 to 64 ids.
    """
    ids = body[1:]
    if not ids or len(ids) % CONTENT_ID_BYTES or len(ids) // CONTENT_ID_BYTES > MAX_RECEIPT_IDS:
        raise MalformedContentError("a receipt names 1 to 64 contents")
    try:
        kind = ReceiptKind(body[0])
    except ValueError as error:
        raise MalformedContentError("an unknown kind of receipt") from error
    return Receipt(
        kind,
        tuple(
            ids[start : start + CONTENT_ID_BYTES] for start in range(0, len(ids), CONTENT_ID_BYTES)
        ),
    )


_DESCRIPTOR = struct.Struct(">32s32s32s32sQQB")


@dataclass(frozen=True, slots=True)
class Attachment:
    """Everything that opens a file: only the two ends see it."""

    blob_id: bytes
    token: bytes = field(repr=False)
    """Downloads the blob, 32 bytes."""
    key: bytes = field(repr=False)
    """Opens the parts, 32 bytes."""
    file_sha256: bytes = field(repr=False)
    """Of the file itself."""
    size_bytes: int
    """Of the file itself."""
    blob_bytes: int
    """Of the ciphertext on the relay."""
    header: bytes
    """Header of the attachment's encryption, as on the relay."""
    name: str = field(repr=False)
    media_type: str

    def encode(self) -> bytes:
        """Fixed fields, header with u8 length, media type and name with u8 lengths."""
        media_type, name = self.media_type.encode("ascii"), self.name.encode("utf-8")
        return b"".join(
            (
                _DESCRIPTOR.pack(
                    self.blob_id,
                    self.token,
                    self.key,
                    self.file_sha256,
                    self.size_bytes,
                    self.blob_bytes,
                    len(self.header),
                ),
                self.header,
                bytes((len(media_type),)),
                media_type,
                bytes((len(name),)),
                name,
            )
        )


def decode_attachment(body: bytes) -> Attachment:
    """The body of an attachment; bytes behind the name are of a later version and ignored.

    Raises:
        MalformedContentError: cut short, sizes that no blob has, or not text where text belongs.
    """
    if len(body) < _DESCRIPTOR.size:
        raise MalformedContentError("the attachment is cut short")
    blob_id, token, key, file_sha256, size_bytes, blob_bytes, header_bytes = (
        _DESCRIPTOR.unpack_from(body)
    )
    header, rest = _take(body[_DESCRIPTOR.size :], header_bytes)
    media_type, rest = _take(rest[1:], rest[0] if rest else 0)
    name, _ = _take(rest[1:], rest[0] if rest else 0)
    _check_descriptor(size_bytes, blob_bytes, header, media_type, name)
    try:
        return Attachment(
            blob_id=blob_id,
            token=token,
            key=key,
            file_sha256=file_sha256,
            size_bytes=size_bytes,
            blob_bytes=blob_bytes,
            header=header,
            name=name.decode("utf-8"),
            media_type=media_type.decode("ascii"),
        )
    except UnicodeDecodeError as error:
        raise MalformedContentError("the name of the attachment is not text") from error


def _check_descriptor(
    size_bytes: int, blob_bytes: int, header: bytes, media_type: bytes, name: bytes
) -> None:
    if not name or not size_bytes <= blob_bytes <= MAX_BLOB_PARTS * PART_BYTES:
        raise MalformedContentError("the attachment has no name or a wrong size")
    if len(header) > MAX_BLOB_HEADER_BYTES:
        raise MalformedContentError("the header of the attachment is too long")
    # It is shown in terminals: visible ASCII only.
    if len(media_type) > MAX_MEDIA_TYPE_BYTES or any(
        not 0x21 <= byte < 0x7F for byte in media_type
    ):
        raise MalformedContentError("the media type of the attachment is none")


def _take(data: bytes, size: int) -> tuple[bytes, bytes]:
    if len(data) < size:
        raise MalformedContentError("the attachment is cut short")
    return data[:size], data[size:]


def decode_send_again(body: bytes) -> bytes:
    """The body of SEND_AGAIN: SHA-256 of the envelope that did not open, 32 bytes.

    Raises:
        MalformedContentError: another length.
    """
    if len(body) != HASH_BYTES:
        raise MalformedContentError("a request to send again names one envelope")
    return body
