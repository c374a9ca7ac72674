"""The frames that carry prekeys; `frames` declares the others and hands these on.

A relay holds prekeys as opaque records of fixed size and hands each one-time record out once. It
knows no identity and checks no signature of theirs: whoever claims a bundle does.
`docs/protocol.md` §4.
"""

from __future__ import annotations

from typing import Annotated

from whispr.protocol import limits
from whispr.protocol.schema import Exactly, Frame, Records, Role, frame, u8, u16, u32

CLIENT, RELAY = Role.CLIENT, Role.RELAY

OneRecord = Annotated[bytes, Records(limits.PREKEY_RECORD_BYTES, 1)]
OneKemRecord = Annotated[bytes, Records(limits.KEM_PREKEY_RECORD_BYTES, 1)]


@frame(0x30, sender=CLIENT, answers=("PrekeyStock",))
class PublishPrekeys(Frame):
    """Leave prekeys for whoever wants to write to this mailbox; with nothing in it, ask."""

    replace: u8
    """1: first forget everything held for this mailbox. Else what comes is added."""
    kem_key: Annotated[bytes, Records(limits.KEM_KEY_BYTES, 1)]
    """The device's own ML-KEM-768 key, or nothing to leave the known one."""
    signed_prekey: OneRecord
    """The signed X25519 prekey, or nothing to leave the known one."""
    last_resort: OneKemRecord
    """The ML-KEM-768 prekey that is handed out when no other is left, or nothing."""
    one_time: Annotated[bytes, Records(limits.PREKEY_RECORD_BYTES, limits.MAX_ONE_TIME_PREKEYS)]
    """One-time X25519 prekeys, handed out in this order; more go in a further frame."""
    one_time_kem: Annotated[
        bytes, Records(limits.KEM_PREKEY_RECORD_BYTES, limits.MAX_ONE_TIME_KEM_PREKEYS)
    ]
    """One-time ML-KEM-768 prekeys, handed out in this order."""


@frame(0x31, sender=RELAY)
class PrekeyStock(Frame):
    """What the relay holds for the mailbox now."""

    signed_prekey_id: u32
    """The first four bytes of the signed prekey's record; 0 without a bundle to hand out."""
    one_time: u16
    """One-time X25519 prekeys that are left."""
    one_time_kem: u16
    """One-time ML-KEM-768 prekeys that are left."""
    newest_one_time_id: u32
    """The first four bytes of the newest that is left, 0 without one: an owner who does not know it
    has lost the private part and replaces everything."""
    newest_one_time_kem_id: u32
    """The same of the ML-KEM-768 prekeys."""


@frame(0x32, sender=CLIENT, answers=("PrekeyBundle",))
class ClaimPrekeys(Frame):
    """Take what a first message to a mailbox is sealed with; one-time keys are handed out once."""

    mailbox: Annotated[bytes, Exactly(limits.MAILBOX_BYTES)]
    """Of whom to write to."""
    claim_id: Annotated[bytes, Exactly(limits.CLAIM_ID_BYTES)]
    """Random; the same key repeating the same id gets the same one-time keys again."""


@frame(0x33, sender=RELAY)
class PrekeyBundle(Frame):
    """The prekeys of a mailbox; without one-time keys when none are left or are due."""

    kem_key: Annotated[bytes, Exactly(limits.KEM_KEY_BYTES)]
    """The device's own ML-KEM-768 key; its hash stands on the card."""
    signed_prekey: Annotated[bytes, Exactly(limits.PREKEY_RECORD_BYTES)]
    """The signed X25519 prekey."""
    kem_prekey: Annotated[bytes, Exactly(limits.KEM_PREKEY_RECORD_BYTES)]
    """A one-time ML-KEM-768 prekey, or the last resort."""
    last_resort: u8
    """1 when `kem_prekey` is the last resort."""
    one_time: OneRecord
    """A one-time X25519 prekey, or nothing."""


@frame(0x34, sender=RELAY)
class LowPrekeys(Frame):
    """Tell the owner, on the connection that published last, that one-time prekeys run low."""

    one_time: u16
    """One-time X25519 prekeys that are left."""
    one_time_kem: u16
    """One-time ML-KEM-768 prekeys that are left."""
