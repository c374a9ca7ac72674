"""The card: one link that adds a contact and says where he is reached.

    0  version u8 = 1      45  device count u8
    1  identity 32             for each: length u16, signed device record
   33  card_version u32        name length u8, name UTF-8
   37  issued_ms u64           root signature 64, checksum 4

As text: `whispr://HOST:PORT/#` and base64url of these bytes. The root key signs everything before
the signature; the checksum finds a damaged paste before the signature calls it a forgery.
`docs/protocol.md` §7.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field

from whispr.errors import BadSignatureError, InvalidCardError, InvalidKeyError
from whispr.protocol.address import SCHEME, base64url, from_base64url
from whispr.protocol.device import DeviceRecord, parse_record, sign_record
from whispr.protocol.limits import SIGNATURE_BYTES
from whispr.protocol.signatures import SigningKey, check_public_key, verify
from whispr.protocol.signing import LABEL_CARD, LABEL_CARD_CHECK, sha256

_HEAD = struct.Struct(">B32sIQB")
CARD_VERSION = 1
CHECKSUM_BYTES = 4
MAX_DEVICES = 8
MAX_NAME_BYTES = 64
MAX_CARD_BYTES = 4096
_MAX_TEXT_LENGTH = 8192
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\uffff\U000e0000-\U000e0fff]"
)
"""Control, direction, line and invisible characters as ranges: one rule for every Unicode version.

The two joiners and the variation selectors stay: scripts and emoji need them.
"""
_JOINERS = "\u200c\u200d\ufe00-\ufe0f"
_ONLY_JOINERS = re.compile(rf"[\s{_JOINERS}]*")


@dataclass(frozen=True, slots=True)
class Card:
    """A checked card; `data` are its bytes."""

    identity: bytes
    """Ed25519 root key: who this is."""
    card_version: int
    """Only rises: the higher card of an identity is the valid one."""
    issued_ms: int
    devices: tuple[DeviceRecord, ...]
    name: str
    """What the person calls himself; signed, proves nothing."""
    data: bytes = field(repr=False)

    @property
    def device(self) -> DeviceRecord:
        """The device to write to: the first one."""
        return self.devices[0]

    def text(self) -> str:
        """The link to paste or to show as a QR code."""
        return f"{SCHEME}{self.device.relay.location}/#{base64url(self.data)}"


def usable_name(name: str) -> bool:
    """Whether a name can be shown as it is: 1 to 64 bytes, visible, nothing that tricks."""
    return (
        0 < len(name.encode("utf-8", "surrogatepass")) <= MAX_NAME_BYTES
        and name == name.strip()
        and not _UNSAFE.search(name)
        and not _ONLY_JOINERS.fullmatch(name)
    )


def make_card(
    root: SigningKey,
    device_key: SigningKey,
    record: DeviceRecord,
    *,
    name: str,
    card_version: int,
    issued_ms: int,
) -> Card:
    """Sign a card with one device.

    Raises:
        InvalidCardError: a name that cannot be shown, or a record that does not parse.
    """
    if not usable_name(name):
        raise InvalidCardError("a name has 1 to 64 bytes and no control characters")
    signed_record = sign_record(record, root.public, device_key)
    name_bytes = name.encode("utf-8")
    body = b"".join(
        (
            _HEAD.pack(CARD_VERSION, root.public, card_version, issued_ms, 1),
            len(signed_record).to_bytes(2, "big"),
            signed_record,
            len(name_bytes).to_bytes(1, "big"),
            name_bytes,
        )
    )
    signed = body + root.sign(LABEL_CARD + body)
    return parse_card(signed + sha256(LABEL_CARD_CHECK, signed)[:CHECKSUM_BYTES])


def parse_card(data: bytes) -> Card:
    """Read and check the bytes of a card.

    Raises:
        InvalidCardError: damaged, forged, of a newer version, or with unusable keys.
    """
    if not _HEAD.size + SIGNATURE_BYTES + CHECKSUM_BYTES < len(data) <= MAX_CARD_BYTES:
        raise InvalidCardError("not a card: wrong length")
    signed, checksum = data[:-CHECKSUM_BYTES], data[-CHECKSUM_BYTES:]
    if sha256(LABEL_CARD_CHECK, signed)[:CHECKSUM_BYTES] != checksum:
        raise InvalidCardError("the card is damaged: copy it again, whole")
    body, signature = signed[:-SIGNATURE_BYTES], signed[-SIGNATURE_BYTES:]
    version, identity, card_version, issued_ms, device_count = _HEAD.unpack_from(body)
    if version != CARD_VERSION:
        raise InvalidCardError("a card of a newer version of whispr")
    try:
        check_public_key(identity)
        verify(identity, LABEL_CARD + body, signature)
    except (BadSignatureError, InvalidKeyError) as error:
        raise InvalidCardError("the card is not signed by its owner") from error
    devices, name = _devices_and_name(body[_HEAD.size :], identity, device_count)
    return Card(identity, card_version, issued_ms, devices, name, data)


def _devices_and_name(
    rest: bytes, identity: bytes, device_count: int
) -> tuple[tuple[DeviceRecord, ...], str]:
    if not 1 <= device_count <= MAX_DEVICES:
        raise InvalidCardError("a card has one to eight devices")
    devices: list[DeviceRecord] = []
    for _ in range(device_count):
        length = int.from_bytes(rest[:2], "big")
        devices.append(parse_record(rest[2 : 2 + length], identity))
        rest = rest[2 + length :]
    if len({device.device_id for device in devices}) != device_count:
        raise InvalidCardError("the card names a device twice")
    if not rest or len(rest) != 1 + rest[0]:
        raise InvalidCardError("the card has a wrong length")
    try:
        name = rest[1:].decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidCardError("the name on the card is not text") from error
    if not usable_name(name):
        raise InvalidCardError("the name on the card cannot be shown")
    return tuple(devices), name


def parse_card_text(text: str) -> Card:
    """Read a pasted card; white space inside it does not matter.

    Raises:
        InvalidCardError: says what is wrong.
    """
    if len(text) > _MAX_TEXT_LENGTH:
        raise InvalidCardError("not a card: too long")
    text = "".join(text.split())
    if not text.lower().startswith(SCHEME):
        raise InvalidCardError(f"a card begins with {SCHEME}")
    location, separator, payload = text[len(SCHEME) :].partition("/#")
    if not separator:
        raise InvalidCardError("this is a relay address, not a card of a person")
    try:
        data = from_base64url(payload)
    except ValueError as error:
        raise InvalidCardError("the card is damaged: copy it again, whole") from error
    card = parse_card(data)
    if location.lower() != card.device.relay.location:
        raise InvalidCardError("the card names another relay than its link")
    return card
