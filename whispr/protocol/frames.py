"""Every frame of the wire, declared once: code, sender, answers, fields and their meaning.

On the wire a frame is a msgpack array `[code, request_id, field, …]` behind its u32 length.
`docs/protocol.md` §4 is generated from here.
"""

from __future__ import annotations

from typing import Annotated

from whispr.protocol import limits
from whispr.protocol.blob_frames import BlobInfo as BlobInfo
from whispr.protocol.blob_frames import Download as Download
from whispr.protocol.blob_frames import GetPart as GetPart
from whispr.protocol.blob_frames import Part as Part
from whispr.protocol.blob_frames import PartData as PartData
from whispr.protocol.blob_frames import Upload as Upload
from whispr.protocol.blob_frames import UploadState as UploadState
from whispr.protocol.prekey_frames import ClaimPrekeys as ClaimPrekeys
from whispr.protocol.prekey_frames import LowPrekeys as LowPrekeys
from whispr.protocol.prekey_frames import PrekeyBundle as PrekeyBundle
from whispr.protocol.prekey_frames import PrekeyStock as PrekeyStock
from whispr.protocol.prekey_frames import PublishPrekeys as PublishPrekeys
from whispr.protocol.schema import (
    AtMost,
    Exactly,
    Frame,
    Records,
    Role,
    Text,
    frame,
    u8,
    u16,
    u32,
    u64,
)

CLIENT, RELAY = Role.CLIENT, Role.RELAY

Key = Annotated[bytes, Exactly(limits.KEY_BYTES)]
Nonce = Annotated[bytes, Exactly(limits.NONCE_BYTES)]
Signature = Annotated[bytes, Exactly(limits.SIGNATURE_BYTES)]


@frame(0x01, sender=RELAY)
class Hello(Frame):
    """Greet a new connection: versions, challenge, the relay's ids, clock, limits, capabilities."""

    version_min: u8
    """Lowest protocol version that the relay speaks."""
    version_max: u8
    """Highest protocol version that the relay speaks."""
    nonce: Nonce
    """Challenge for every AUTH of this connection."""
    relay_ids: Annotated[bytes, Records(limits.RELAY_ID_BYTES, 2, minimum=1)]
    """Id of the current TLS key, then of the announced next one, if there is one."""
    clock_ms: u64
    """The relay's time, milliseconds since 1970."""
    capabilities: u32
    """Bits of `Capability`."""
    max_frame_bytes: u32
    """Largest frame after authentication."""
    max_envelope_bytes: u32
    """Largest envelope."""
    max_blob_bytes: u64
    """Largest blob (all parts together); 0 without blobs."""
    mailbox_messages: u16
    """Messages that a mailbox holds."""
    mailbox_ttl_ms: u64
    """Longest life of an envelope on this relay."""


@frame(0x02, sender=CLIENT, answers=("Ready",))
class Auth(Frame):
    """Prove one key for one scope; once for each scope on a connection."""

    version: u8
    """Protocol version that the client chose."""
    scope: u8
    """`Scope`: 1 read (mailbox key), 2 send (device key)."""
    key: Key
    """The Ed25519 public key to prove."""
    nonce: Nonce
    """Fresh random bytes of the client."""
    time_ms: u64
    """Relay time as the client reckons it."""
    access_token: Annotated[bytes, AtMost(limits.MAX_ACCESS_TOKEN_BYTES)]
    """What a private relay asks of who owns a mailbox there; empty elsewhere."""
    signature: Signature
    """Ed25519 over the authentication input (§5)."""


@frame(0x03, sender=RELAY)
class Ready(Frame):
    """An AUTH was good."""

    scope: u8
    """The scope that is now open."""
    epoch: Annotated[bytes, Exactly(limits.EPOCH_BYTES)]
    """Changes when the relay has forgotten what it held."""


@frame(0x04, sender=CLIENT, answers=("Pong",))
class Ping(Frame):
    """Ask for a sign of life; answered in order with what was asked before."""


@frame(0x05, sender=RELAY)
class Pong(Frame):
    """Answer a PING."""

    clock_ms: u64
    """The relay's time, milliseconds since 1970."""


@frame(0x06, sender=CLIENT, answers=("StatusReport",))
class Status(Frame):
    """Ask how the relay is; allowed before authentication, for scripts and balancers."""


@frame(0x07, sender=RELAY)
class StatusReport(Frame):
    """Answer a STATUS."""

    version: Annotated[str, Text(32)]
    """Version of the relay's software."""
    draining: u8
    """1 while the relay is about to stop."""
    store_up: u8
    """1 while the store answers."""


@frame(0x08, sender=RELAY)
class Done(Frame):
    """A request without a result of its own was carried out."""


@frame(0x09, sender=RELAY)
class Error(Frame):
    """Refuse the request of the same id; id 0 where the relay could not tell which."""

    code_number: u16
    """`ErrorCode`."""
    retry_after_ms: u32
    """When to try again; 0 where waiting does not help."""
    text: Annotated[str, Text(limits.MAX_ERROR_TEXT_BYTES)]
    """For a log; never parsed, holds no secret."""


@frame(0x0A, sender=RELAY)
class Goaway(Frame):
    """Announce that the relay ends this connection."""

    reason: u8
    """`GoawayReason`."""
    retry_after_ms: u32
    """Come back not before."""


@frame(0x10, sender=CLIENT, answers=("Accepted",))
class Send(Frame):
    """Ask the relay to keep one envelope until its recipient acknowledges it or it expires."""

    envelope: Annotated[bytes, AtMost(limits.MAX_ENVELOPE_BYTES, minimum=1)]
    """Fixed layout (§6)."""


@frame(0x11, sender=RELAY)
class Accepted(Frame):
    """The envelope is kept (an exact repetition gets the first answer again)."""

    expires_in_ms: u64
    """How long the relay keeps it; 0 for EPHEMERAL."""


@frame(0x12, sender=CLIENT, answers=("Subscribed",))
class Subscribe(Frame):
    """Deliver the mailbox of the proven read key to this connection, oldest first."""

    credit_messages: u16
    """How many messages may be unacknowledged at a time; 0 asks for the default, 64."""
    credit_bytes: u32
    """How many envelope bytes may be unacknowledged at a time; 0 asks for the default, 256 KiB."""


@frame(0x13, sender=RELAY)
class Subscribed(Frame):
    """The subscription stands; DELIVER frames follow with its request id."""

    mailbox: Annotated[bytes, Exactly(limits.MAILBOX_BYTES)]
    """The mailbox of the proven key."""
    credit_messages: u16
    """What the relay grants."""
    credit_bytes: u32
    """What the relay grants."""


@frame(0x14, sender=RELAY)
class Deliver(Frame):
    """Push one envelope; the request id is the subscription's."""

    sequence: u64
    """Counts from 1 within this subscription; 0 for EPHEMERAL, which is not acknowledged."""
    age_ms: u64
    """How long it has waited at the relay."""
    envelope: Annotated[bytes, AtMost(limits.MAX_ENVELOPE_BYTES, minimum=1)]
    """Verbatim as it was sent."""


@frame(0x15, sender=RELAY)
class Synced(Frame):
    """Everything that waited when the subscription began has been acknowledged or pushed."""


@frame(0x16, sender=CLIENT, answers=("Done",))
class Ack(Frame):
    """Acknowledge every message up to and with `sequence`: the relay deletes them."""

    sequence: u64
    """At most the highest that was pushed, or `bad_ack`."""


@frame(0x17, sender=CLIENT, answers=("Done",))
class Unsubscribe(Frame):
    """End the subscription; what is not acknowledged stays."""


@frame(0x18, sender=CLIENT, answers=("Done",))
class Allow(Frame):
    """Replace the list of senders for whom half of the mailbox is reserved."""

    keys: Annotated[bytes, Records(limits.KEY_BYTES, limits.MAX_ALLOWED_SENDERS)]
    """Ed25519 device keys; an empty list ends the reservation."""


@frame(0x19, sender=RELAY)
class FateNotice(Frame):
    """Tell the connection that sent an envelope what became of it; best effort."""

    fate: u8
    """`Fate`."""
    mailbox: Annotated[bytes, Exactly(limits.MAILBOX_BYTES)]
    """Where it was sent to."""
    envelope_id: Annotated[bytes, Exactly(limits.ENVELOPE_ID_BYTES)]
    """Which envelope."""
