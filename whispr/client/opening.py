"""Opens an envelope as far as cryptography goes: both signatures, suite, content."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from whispr.client.content import Content, decode_content
from whispr.client.crypto import suite1
from whispr.client.crypto.suite2 import session as suite2
from whispr.client.ratchets import Unlocked
from whispr.errors import (
    BadSignatureError,
    DecryptionError,
    MalformedContentError,
    MalformedEnvelopeError,
)
from whispr.protocol import envelope as envelopes

if TYPE_CHECKING:
    from collections.abc import Collection

    from whispr.client.crypto.identity import OwnIdentity
    from whispr.client.crypto.suite1 import Opened
    from whispr.client.ratchets import Ratchets
    from whispr.protocol.envelope import Envelope


class Drop(enum.Enum):
    """Why an envelope is acknowledged, counted and dropped."""

    MALFORMED = "malformed envelope"
    NOT_FOR_US = "another mailbox or relay"
    BAD_OUTER_SIGNATURE = "bad outer signature"
    BAD_INNER_SIGNATURE = "bad inner signature"
    REPEATED = "an envelope that has opened before"


class Sealed(enum.Enum):
    """Why an envelope with a good outer signature stays closed."""

    UNKNOWN_SUITE = "a suite of a later version"
    DOES_NOT_OPEN = "does not open"
    MALFORMED_CONTENT = "malformed content"


@dataclass(frozen=True, slots=True)
class Message:
    """An envelope that opened, with good signatures; whose it is stands in `opened`."""

    envelope: Envelope
    opened: Opened | Unlocked
    content: Content

    @property
    def unlocked(self) -> Unlocked | None:
        """What has to be stored with the content, of suite 2."""
        return self.opened if isinstance(self.opened, Unlocked) else None


@dataclass(frozen=True, slots=True)
class Closed:
    """An envelope whose outer signature is good and whose content cannot be had."""

    envelope: Envelope
    why: Sealed
    unlocked: Unlocked | None = None
    """Of suite 2, where only the content cannot be read: the session has moved on."""


def open_envelope(
    data: bytes, own: OwnIdentity, relay_ids: Collection[bytes], ratchets: Ratchets | None = None
) -> Message | Closed | Drop:
    """Open what a relay delivered to our mailbox.

    `ratchets` are the sessions of this device; without them it does not know suite 2.
    `relay_ids` are the ids of the relay it came from, current and next. Nothing is believed of
    the relay: the outer signature is checked here again.
    """
    try:
        envelope = envelopes.decode(data)
        if envelope.mailbox != own.mailbox_id or envelope.relay_id not in relay_ids:
            return Drop.NOT_FOR_US
        envelope.verify()
    except MalformedEnvelopeError:
        return Drop.MALFORMED
    except BadSignatureError:
        return Drop.BAD_OUTER_SIGNATURE
    if envelope.suite == suite2.SUITE_NUMBER and ratchets is not None:
        return _open_in_session(envelope, ratchets)
    if envelope.suite != suite1.SUITE_NUMBER:
        return Closed(envelope, Sealed.UNKNOWN_SUITE)
    try:
        opened = suite1.open_content(envelope, own)
        return Message(envelope, opened, decode_content(opened.content))
    except BadSignatureError:
        return Drop.BAD_INNER_SIGNATURE
    except DecryptionError:
        return Closed(envelope, Sealed.DOES_NOT_OPEN)
    except MalformedContentError:
        return Closed(envelope, Sealed.MALFORMED_CONTENT)


def _open_in_session(envelope: Envelope, ratchets: Ratchets) -> Message | Closed | Drop:
    """An envelope of suite 2; nothing is stored yet, whatever comes of it."""
    if envelope.ephemeral:
        return Drop.MALFORMED  # it would move a session on without anybody having to keep it
    if ratchets.was_taken(envelope):
        return Drop.REPEATED
    try:
        unlocked = ratchets.open(envelope)
    except (DecryptionError, MalformedContentError, BadSignatureError):
        return Closed(envelope, Sealed.DOES_NOT_OPEN)
    try:
        return Message(envelope, unlocked, decode_content(unlocked.content))
    except MalformedContentError:
        return Closed(envelope, Sealed.MALFORMED_CONTENT, unlocked)
