"""bech32m (BIP 350): identities as text with a checksum that finds every mistyped character."""

from __future__ import annotations

import re
from collections.abc import Iterable

from whispr.errors import InvalidCardError
from whispr.protocol.limits import KEY_BYTES

IDENTITY_PREFIX = "wsp"
IDENTITY_VERSION = 1
_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_CHECKSUM_CONSTANT = 0x2BC830A3
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM_LENGTH = 6
_PREFIX = re.compile(r"[!-~]+")
_MAX_LENGTH = 90


def _polymod(values: Iterable[int]) -> int:
    checksum = 1
    for value in values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATORS):
            if top >> bit & 1:
                checksum ^= generator
    return checksum


def _expanded(prefix: str) -> list[int]:
    return (
        [ord(character) >> 5 for character in prefix]
        + [0]
        + [ord(character) & 31 for character in prefix]
    )


def _regroup(values: Iterable[int], from_bits: int, to_bits: int, *, pad: bool) -> list[int] | None:
    accumulator = bits = 0
    regrouped: list[int] = []
    for value in values:
        accumulator = accumulator << from_bits | value
        bits += from_bits
        while bits >= to_bits:
            bits -= to_bits
            regrouped.append(accumulator >> bits & (1 << to_bits) - 1)
    rest = accumulator & (1 << bits) - 1
    if pad:
        if bits:
            regrouped.append(rest << to_bits - bits)
    elif bits >= from_bits or rest:
        return None
    return regrouped


def encode(prefix: str, data: bytes) -> str:
    """Lower-case bech32m text of `data` under a lower-case prefix."""
    values = _regroup(data, 8, 5, pad=True) or []
    checksum = _polymod([*_expanded(prefix), *values, *[0] * _CHECKSUM_LENGTH]) ^ _CHECKSUM_CONSTANT
    tail = [checksum >> 5 * (5 - index) & 31 for index in range(_CHECKSUM_LENGTH)]
    return prefix + "1" + "".join(_ALPHABET[value] for value in (*values, *tail))


def decode_values(prefix: str, text: str) -> list[int]:
    """The 5-bit values between prefix and checksum; the text is all lower or all upper case.

    Raises:
        InvalidCardError: wrong prefix, character, length or checksum.
    """
    # ASCII first: other characters may become letters by a change of case (the Kelvin sign a k).
    if len(text) > _MAX_LENGTH or not text.isascii() or text not in (text.lower(), text.upper()):
        raise InvalidCardError("not an identity: wrong length, character or mixed case")
    head, _, tail = text.lower().rpartition("1")
    if not _PREFIX.fullmatch(head) or head != prefix or len(tail) < _CHECKSUM_LENGTH:
        raise InvalidCardError(f"not an identity: it begins with {prefix}1")
    if any(character not in _VALUES for character in tail):
        raise InvalidCardError("not an identity: a character that none has")
    values = [_VALUES[character] for character in tail]
    if _polymod([*_expanded(prefix), *values]) != _CHECKSUM_CONSTANT:
        raise InvalidCardError("a mistyped identity: its checksum is wrong")
    return values[:-_CHECKSUM_LENGTH]


def decode(prefix: str, text: str) -> bytes:
    """Bytes of a bech32m text.

    Raises:
        InvalidCardError: not `decode_values`, or no whole number of bytes.
    """
    data = _regroup(decode_values(prefix, text), 5, 8, pad=False)
    if data is None:
        raise InvalidCardError("not an identity: wrong padding")
    return bytes(data)


def identity_text(identity: bytes) -> str:
    """`wsp1…`, 63 characters: version byte 1 and the 32-byte Ed25519 root key."""
    return encode(IDENTITY_PREFIX, bytes((IDENTITY_VERSION,)) + identity)


def parse_identity(text: str) -> bytes:
    """The 32-byte root key of a `wsp1…` text.

    Raises:
        InvalidCardError: damaged, or of a later version.
    """
    data = decode(IDENTITY_PREFIX, text.strip())
    if not data or data[0] != IDENTITY_VERSION:
        raise InvalidCardError("an identity of a newer version of whispr")
    if len(data) != 1 + KEY_BYTES:
        raise InvalidCardError("not an identity: wrong length")
    return data[1:]
