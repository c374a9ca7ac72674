"""What a client does about a relay that refuses an envelope (`docs/protocol.md` §9)."""

from __future__ import annotations

import enum

from whispr.errors import (
    IdReusedError,
    MailboxFullError,
    PayloadTooLargeError,
    RateLimitedError,
    RelayError,
    RelayFullError,
    RelayInternalError,
    RelayUnavailableError,
    SignatureRefusedError,
    StaleClockError,
    WrongRelayError,
)
from whispr.protocol.codes import CODES_BY_CLASS

SHORTEST_RETRY_MS = 200
LONGEST_RETRY_MS = 15_000
"""A full mailbox says when its oldest content expires, but its owner may take all of it sooner."""


class Remedy(enum.Enum):
    """What helps."""

    WAIT = "wait"
    WAIT_AND_REPEAT = "wait and repeat"
    """The relay may have it all the same: the same bytes get the answer that was lost."""
    NEW_ENVELOPE = "new envelope"
    """The envelope is refused, not the content."""
    NONE = "none"


_REMEDIES: dict[type[RelayError], Remedy] = {
    MailboxFullError: Remedy.WAIT,
    RateLimitedError: Remedy.WAIT,
    RelayFullError: Remedy.WAIT,
    RelayUnavailableError: Remedy.WAIT_AND_REPEAT,
    RelayInternalError: Remedy.WAIT_AND_REPEAT,
    StaleClockError: Remedy.NEW_ENVELOPE,
    WrongRelayError: Remedy.NEW_ENVELOPE,
    IdReusedError: Remedy.NEW_ENVELOPE,
    SignatureRefusedError: Remedy.NEW_ENVELOPE,
}


def remedy(error: RelayError) -> Remedy:
    """What to do; a code of a later version is waited for when the relay says how long."""
    if type(error) is RelayError and error.retry_after_ms:
        return Remedy.WAIT
    return _REMEDIES.get(type(error), Remedy.NONE)


def retry_ms(error: RelayError, setbacks: int) -> int:
    """How long to wait: what the relay asks for, within bounds that grow with every setback."""
    own_ms = min(SHORTEST_RETRY_MS << min(setbacks, 16), LONGEST_RETRY_MS)
    return max(own_ms, min(error.retry_after_ms, LONGEST_RETRY_MS))


def reason(error: RelayError) -> str:
    """Why it failed, in plain words; the relay's own text is for a log."""
    if isinstance(error, PayloadTooLargeError):
        return "their relay refused it: too large"
    code = CODES_BY_CLASS.get(type(error))
    return "their relay refused it" + (f" ({code.name.lower()})" if code else "")
