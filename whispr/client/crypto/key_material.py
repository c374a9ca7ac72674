"""What a key file holds: every secret of a person on this device, and what it takes to use them.

Encoding: version u8 = 1, then fields `tag u8 | length u16 | value` in ascending order of tags. Each
known field appears once, PREVIOUS_MAILBOX up to four times. A field with an unknown tag was written
by a later version: it is kept as it is and written back.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

from whispr.errors import CorruptFileError, InvalidKeyError, UnsupportedFormatError

ENCODING_VERSION = 1
SEED_BYTES = 32
MAX_NAME_BYTES = 64
MAX_RELAY_ADDRESS_BYTES = 512
MAX_ACCESS_TOKEN_BYTES = 64
MAX_PREVIOUS_MAILBOXES = 4
MAX_UNKNOWN_FIELDS = 32
MAX_UNKNOWN_FIELD_BYTES = 1024

_FIELD = struct.Struct(">BH")
_MAILBOX_LENGTHS = struct.Struct(">HB")
_MAX_U32 = 0xFFFF_FFFF
_MAX_U64 = 0xFFFF_FFFF_FFFF_FFFF


class Tag(IntEnum):
    """The number of a field; never reused for another meaning."""

    ROOT_SEED = 1
    DEVICE_ID = 2
    DEVICE_SEED = 3
    BOX_SECRET = 4
    MAILBOX_SEED = 5
    DATABASE_KEY = 6
    NAME = 7
    CARD_VERSION = 8
    CREATED_MS = 9
    RELAY_ADDRESS = 10
    ACCESS_TOKEN = 11
    PREVIOUS_MAILBOX = 12


@dataclass(frozen=True, slots=True, repr=False)
class PreviousMailbox:
    """A mailbox that this identity had before, still read until `until_ms`."""

    mailbox_seed: bytes
    """Ed25519 seed, 32 bytes."""
    relay_address: str
    access_token: bytes
    until_ms: int
    """Milliseconds since 1970 in relay time."""

    def __post_init__(self) -> None:
        _check_seed("mailbox seed", self.mailbox_seed)
        _check_place(self.relay_address, self.access_token)
        _check_number("until", self.until_ms, _MAX_U64)

    def __repr__(self) -> str:
        return f"PreviousMailbox(until_ms={self.until_ms}, keys redacted)"

    def encode(self) -> bytes:
        """Return seed 32 | until u64 | address length u16 | token length u8 | address | token."""
        address = self.relay_address.encode()
        lengths = _MAILBOX_LENGTHS.pack(len(address), len(self.access_token))
        until = self.until_ms.to_bytes(8)
        return self.mailbox_seed + until + lengths + address + self.access_token

    @classmethod
    def decode(cls, value: bytes) -> PreviousMailbox:
        """Read the value of one field. Raises CorruptFileError."""
        fixed = SEED_BYTES + 8 + _MAILBOX_LENGTHS.size
        if len(value) < fixed:
            raise CorruptFileError("key material: a previous mailbox is cut short")
        address_length, token_length = _MAILBOX_LENGTHS.unpack_from(value, SEED_BYTES + 8)
        if len(value) != fixed + address_length + token_length:
            raise CorruptFileError("key material: a previous mailbox has another length")
        return cls(
            mailbox_seed=value[:SEED_BYTES],
            until_ms=int.from_bytes(value[SEED_BYTES : SEED_BYTES + 8]),
            relay_address=_text(value[fixed : fixed + address_length]),
            access_token=value[fixed + address_length :],
        )


@dataclass(frozen=True, slots=True, repr=False)
class KeyMaterial:
    """The secrets of one device of one person; `repr` shows none of them.

    Raises InvalidKeyError when a field has the wrong length or is out of range.
    """

    root_seed: bytes
    """Ed25519 seed of the identity, 32 bytes."""
    device_id: int
    """u32; an import is a new device and takes a new one."""
    device_seed: bytes
    """Ed25519 seed, 32 bytes: signs envelopes and contents."""
    box_secret: bytes
    """X25519 secret key, 32 bytes: opens sealed boxes."""
    mailbox_seed: bytes
    """Ed25519 seed, 32 bytes: owns the mailbox."""
    database_key: bytes
    """32 random bytes that encrypt history, contacts and outbox."""
    name: str
    """What the card says, at most 64 bytes of UTF-8."""
    card_version: int
    """u32, only rises."""
    created_ms: int
    """u64, milliseconds since 1970."""
    relay_address: str
    """The relay of the mailbox, as a person would paste it."""
    access_token: bytes
    """What a private relay asks for, at most 64 bytes; empty for an open one."""
    previous_mailboxes: tuple[PreviousMailbox, ...] = ()
    unknown_fields: tuple[tuple[int, bytes], ...] = ()
    """(tag, value) of fields that a later version wrote, ascending."""

    def __post_init__(self) -> None:
        for what in ("root_seed", "device_seed", "box_secret", "mailbox_seed", "database_key"):
            _check_seed(what, getattr(self, what))
        _check_number("device_id", self.device_id, _MAX_U32)
        _check_number("card_version", self.card_version, _MAX_U32)
        _check_number("created_ms", self.created_ms, _MAX_U64)
        _check_text("name", self.name, MAX_NAME_BYTES)
        _check_place(self.relay_address, self.access_token)
        if len(self.previous_mailboxes) > MAX_PREVIOUS_MAILBOXES:
            raise InvalidKeyError("key material: too many previous mailboxes")
        _check_unknown(self.unknown_fields)

    def __repr__(self) -> str:
        return f"KeyMaterial(device_id={self.device_id}, keys redacted)"


def encode_key_material(material: KeyMaterial) -> bytes:
    """Return the payload of a key file, about 350 bytes."""
    fields: list[tuple[int, bytes]] = [
        (Tag.ROOT_SEED, material.root_seed),
        (Tag.DEVICE_ID, material.device_id.to_bytes(4)),
        (Tag.DEVICE_SEED, material.device_seed),
        (Tag.BOX_SECRET, material.box_secret),
        (Tag.MAILBOX_SEED, material.mailbox_seed),
        (Tag.DATABASE_KEY, material.database_key),
        (Tag.NAME, material.name.encode()),
        (Tag.CARD_VERSION, material.card_version.to_bytes(4)),
        (Tag.CREATED_MS, material.created_ms.to_bytes(8)),
        (Tag.RELAY_ADDRESS, material.relay_address.encode()),
        (Tag.ACCESS_TOKEN, material.access_token),
        *((Tag.PREVIOUS_MAILBOX, each.encode()) for each in material.previous_mailboxes),
        *material.unknown_fields,
    ]
    encoded = (_FIELD.pack(tag, len(value)) + value for tag, value in fields)
    return bytes([ENCODING_VERSION]) + b"".join(encoded)


def decode_key_material(payload: bytes) -> KeyMaterial:
    """Read the payload of a key file, strictly: each key material has exactly one encoding.

    Raises UnsupportedFormatError for another version, CorruptFileError for everything that
    `encode_key_material` does not write.
    """
    if payload[:1] != bytes([ENCODING_VERSION]):
        raise UnsupportedFormatError("key material of another version")
    known: dict[int, bytes] = {}
    mailboxes: list[bytes] = []
    unknown: list[tuple[int, bytes]] = []
    for tag, value in _fields(payload):
        if tag == Tag.PREVIOUS_MAILBOX:
            mailboxes.append(value)
        elif tag > Tag.PREVIOUS_MAILBOX:
            unknown.append((tag, value))
        else:
            known[tag] = value
    try:
        return _assemble(known, mailboxes, unknown)
    except InvalidKeyError as error:
        raise CorruptFileError(str(error)) from error


def _assemble(
    known: dict[int, bytes], mailboxes: list[bytes], unknown: list[tuple[int, bytes]]
) -> KeyMaterial:
    missing = [tag.name.lower() for tag in Tag if tag not in known and tag < Tag.PREVIOUS_MAILBOX]
    if missing:
        raise CorruptFileError(f"key material: {', '.join(missing)} is missing")
    return KeyMaterial(
        root_seed=known[Tag.ROOT_SEED],
        device_id=_number(known[Tag.DEVICE_ID], 4),
        device_seed=known[Tag.DEVICE_SEED],
        box_secret=known[Tag.BOX_SECRET],
        mailbox_seed=known[Tag.MAILBOX_SEED],
        database_key=known[Tag.DATABASE_KEY],
        name=_text(known[Tag.NAME]),
        card_version=_number(known[Tag.CARD_VERSION], 4),
        created_ms=_number(known[Tag.CREATED_MS], 8),
        relay_address=_text(known[Tag.RELAY_ADDRESS]),
        access_token=known[Tag.ACCESS_TOKEN],
        previous_mailboxes=tuple(PreviousMailbox.decode(value) for value in mailboxes),
        unknown_fields=tuple(unknown),
    )


def _fields(payload: bytes) -> list[tuple[int, bytes]]:
    """Split the payload; tags rise, and only PREVIOUS_MAILBOX may repeat."""
    fields: list[tuple[int, bytes]] = []
    position = 1
    last_tag = 0
    while position < len(payload):
        if position + _FIELD.size > len(payload):
            raise CorruptFileError("key material: trailing bytes")
        tag, length = _FIELD.unpack_from(payload, position)
        position += _FIELD.size
        if position + length > len(payload):
            raise CorruptFileError("key material: a field is cut short")
        if tag < last_tag or (tag == last_tag and tag != Tag.PREVIOUS_MAILBOX) or tag == 0:
            raise CorruptFileError("key material: a field is repeated or out of order")
        fields.append((tag, payload[position : position + length]))
        last_tag = tag
        position += length
    return fields


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise CorruptFileError("key material: a text is not UTF-8") from None


def _number(value: bytes, size: int) -> int:
    if len(value) != size:
        raise CorruptFileError("key material: a number has another length")
    return int.from_bytes(value)


def _check_seed(what: str, value: bytes) -> None:
    if len(value) != SEED_BYTES:
        raise InvalidKeyError(f"key material: {what} has {len(value)} bytes, not {SEED_BYTES}")


def _check_number(what: str, value: int, highest: int) -> None:
    if not 0 <= value <= highest:
        raise InvalidKeyError(f"key material: {what} is out of range")


def _check_text(what: str, value: str, longest: int) -> None:
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise InvalidKeyError(f"key material: {what} is not text") from None
    if size > longest:
        raise InvalidKeyError(f"key material: {what} has {size} bytes, at most {longest}")


def _check_place(relay_address: str, access_token: bytes) -> None:
    _check_text("relay address", relay_address, MAX_RELAY_ADDRESS_BYTES)
    if len(access_token) > MAX_ACCESS_TOKEN_BYTES:
        raise InvalidKeyError("key material: access token is too long")


def _check_unknown(fields: tuple[tuple[int, bytes], ...]) -> None:
    tags = [tag for tag, _ in fields]
    if tags != sorted(set(tags)) or any(not Tag.PREVIOUS_MAILBOX < tag < 256 for tag in tags):
        raise InvalidKeyError("key material: unknown fields are out of order")
    if len(fields) > MAX_UNKNOWN_FIELDS or any(
        len(value) > MAX_UNKNOWN_FIELD_BYTES for _, value in fields
    ):
        raise InvalidKeyError("key material: unknown fields are too large")
