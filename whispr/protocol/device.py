"""The device record: the keys of one device, its mailbox and the relay where it is reached.

    0  version u8 = 1      101  suites u16         177  next_relay_id 32 (zeros: none)
    1  device_id u32       103  mailbox 32         209  host length u8
    5  device_key 32       135  created_ms u64     210  host, ASCII
   37  box_key 32          143  port u16                device signature 64
   69  kem_key_hash 32     145  relay_id 32

The device signs its own record together with the identity it belongs to: nobody can claim
another's device.
`docs/protocol.md` §7.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from whispr.errors import BadSignatureError, InvalidAddressError, InvalidCardError, InvalidKeyError
from whispr.protocol.address import RelayAddress
from whispr.protocol.limits import HASH_BYTES, KEY_BYTES, MAILBOX_BYTES, SIGNATURE_BYTES
from whispr.protocol.signatures import SigningKey, check_public_key, verify
from whispr.protocol.signing import LABEL_DEVICE, expect_size

_FIXED = struct.Struct(">BI32s32s32sH32sQH32s32sB")
FIXED_BYTES = _FIXED.size
RECORD_VERSION = 1
SUITE_1_BIT = 0x0001
SUITE_2_BIT = 0x0002
NO_HASH = bytes(HASH_BYTES)
_LOW_ORDER_BOX_KEYS = frozenset(
    bytes.fromhex(text)
    for text in (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    )
)


@dataclass(frozen=True, slots=True)
class DeviceRecord:
    """What a sender must know of a device."""

    device_id: int
    device_key: bytes
    """`Sd`, Ed25519: signs envelopes."""
    box_key: bytes
    """`Xd`, X25519: suite 1 seals to it."""
    mailbox: bytes
    relay: RelayAddress
    """Where the mailbox is; one or two pins, never an access token."""
    created_ms: int
    suites: int = SUITE_1_BIT
    """Bit 0: suite 1, bit 1: suite 2."""
    kem_key_hash: bytes = NO_HASH
    """SHA-256 of the ML-KEM-768 key; zeros without suite 2."""

    def unsigned_bytes(self) -> bytes:
        """The record without its signature.

        Raises:
            InvalidCardError: the relay has no pin.
            ValueError: a key or id of a wrong size: a bug of the caller.
        """
        if not self.relay.relay_ids:
            raise InvalidCardError("the relay of a card has a pin")
        # struct would pad or cut silently.
        expect_size(self.device_key, KEY_BYTES)
        expect_size(self.box_key, KEY_BYTES)
        expect_size(self.kem_key_hash, HASH_BYTES)
        expect_size(self.mailbox, MAILBOX_BYTES)
        host = self.relay.host.encode("ascii")
        next_relay_id = self.relay.relay_ids[1] if len(self.relay.relay_ids) > 1 else NO_HASH
        return (
            _FIXED.pack(
                RECORD_VERSION,
                self.device_id,
                self.device_key,
                self.box_key,
                self.kem_key_hash,
                self.suites,
                self.mailbox,
                self.created_ms,
                self.relay.port,
                self.relay.relay_ids[0],
                next_relay_id,
                len(host),
            )
            + host
        )


def _is_low_order(box_key: bytes) -> bool:
    """Whether every secret shared with it is zero; X25519 ignores the top bit (RFC 7748 §5)."""
    return box_key[:-1] + bytes((box_key[-1] & 0x7F,)) in _LOW_ORDER_BOX_KEYS


def sign_record(record: DeviceRecord, identity: bytes, device: SigningKey) -> bytes:
    """The record with the device's own signature over label, identity and record."""
    unsigned = record.unsigned_bytes()
    return unsigned + device.sign(LABEL_DEVICE + identity + unsigned)


def parse_record(data: bytes, identity: bytes) -> DeviceRecord:
    """Read and check a signed record of `identity`.

    Raises:
        InvalidCardError: wrong layout, an unusable key, or a signature that does not verify.
    """
    if len(data) < FIXED_BYTES + SIGNATURE_BYTES:
        raise InvalidCardError("the device record is cut short")
    fields = _FIXED.unpack_from(data)
    version, device_id, device_key, box_key, kem_key_hash, suites, mailbox = fields[:7]
    created_ms, port, relay_id, next_relay_id, host_bytes = fields[7:]
    if version != RECORD_VERSION:
        raise InvalidCardError("a device record of a newer version of whispr")
    if len(data) != FIXED_BYTES + host_bytes + SIGNATURE_BYTES:
        raise InvalidCardError("the device record has a wrong length")
    unsigned, signature = data[:-SIGNATURE_BYTES], data[-SIGNATURE_BYTES:]
    if not suites & SUITE_1_BIT:
        raise InvalidCardError("the device record lacks suite 1")
    if _is_low_order(box_key):
        raise InvalidCardError("the device record has an unusable key")
    relay_ids = (relay_id,) if next_relay_id == NO_HASH else (relay_id, next_relay_id)
    try:
        check_public_key(device_key)
        verify(device_key, LABEL_DEVICE + identity + unsigned, signature)
        host = unsigned[FIXED_BYTES:].decode("ascii")
        relay = RelayAddress(host, port, relay_ids)
    except (BadSignatureError, InvalidKeyError) as error:
        raise InvalidCardError("the device record is not signed by its device") from error
    except (UnicodeDecodeError, InvalidAddressError) as error:
        raise InvalidCardError("the device record has no valid relay") from error
    return DeviceRecord(
        device_id=device_id,
        device_key=device_key,
        box_key=box_key,
        mailbox=mailbox,
        relay=relay,
        created_ms=created_ms,
        suites=suites,
        kem_key_hash=kem_key_hash,
    )
