"""Error codes with their exception classes, reasons of GOAWAY, scopes, flags and capabilities."""

from __future__ import annotations

import enum

from whispr import errors


class ErrorCode(enum.IntEnum):
    """Why a request was refused (u16). `docs/protocol.md` §9 says what a client does about each."""

    MALFORMED = 1
    FRAME_TOO_LARGE = 2
    UNSUPPORTED = 3
    UNEXPECTED = 4
    AUTH_FAILED = 10
    ACCESS_DENIED = 11
    NOT_AUTHENTICATED = 12
    WRONG_RELAY = 20
    STALE_CLOCK = 21
    BAD_SIGNATURE = 22
    ID_REUSED = 23
    RATE_LIMITED = 30
    MAILBOX_FULL = 31
    TOO_LARGE = 32
    RELAY_FULL = 33
    UNAVAILABLE = 34
    NOT_SUBSCRIBED = 40
    BAD_ACK = 41
    NOT_FOUND = 50
    BLOB_MISMATCH = 51
    INTERNAL = 60


FATAL_CODES = frozenset(
    {
        *(ErrorCode.MALFORMED, ErrorCode.FRAME_TOO_LARGE, ErrorCode.UNEXPECTED),
        ErrorCode.INTERNAL,
    }
)
"""After one of these the relay closes the connection: the stream can no longer be trusted."""

ERROR_CLASSES: dict[ErrorCode, type[errors.RelayError]] = {
    ErrorCode.MALFORMED: errors.MalformedRefusedError,
    ErrorCode.FRAME_TOO_LARGE: errors.FrameRefusedError,
    ErrorCode.UNSUPPORTED: errors.UnsupportedError,
    ErrorCode.UNEXPECTED: errors.OutOfStateError,
    ErrorCode.AUTH_FAILED: errors.AuthenticationError,
    ErrorCode.ACCESS_DENIED: errors.AccessDeniedError,
    ErrorCode.NOT_AUTHENTICATED: errors.NotAuthenticatedError,
    ErrorCode.WRONG_RELAY: errors.WrongRelayError,
    ErrorCode.STALE_CLOCK: errors.StaleClockError,
    ErrorCode.BAD_SIGNATURE: errors.SignatureRefusedError,
    ErrorCode.ID_REUSED: errors.IdReusedError,
    ErrorCode.RATE_LIMITED: errors.RateLimitedError,
    ErrorCode.MAILBOX_FULL: errors.MailboxFullError,
    ErrorCode.TOO_LARGE: errors.PayloadTooLargeError,
    ErrorCode.RELAY_FULL: errors.RelayFullError,
    ErrorCode.UNAVAILABLE: errors.RelayUnavailableError,
    ErrorCode.NOT_SUBSCRIBED: errors.NotSubscribedError,
    ErrorCode.BAD_ACK: errors.BadAcknowledgementError,
    ErrorCode.NOT_FOUND: errors.NotFoundError,
    ErrorCode.BLOB_MISMATCH: errors.BlobMismatchError,
    ErrorCode.INTERNAL: errors.RelayInternalError,
}

CODES_BY_CLASS: dict[type[errors.RelayError], ErrorCode] = {
    error_class: code for code, error_class in ERROR_CLASSES.items()
}


def relay_error(code: int, text: str, retry_after_ms: int) -> errors.RelayError:
    """The exception for an ERROR frame; a code of a later version gives the base class."""
    try:
        error_class: type[errors.RelayError] = ERROR_CLASSES[ErrorCode(code)]
    except ValueError:
        error_class = errors.RelayError
    return error_class(text or f"refused with code {code}", retry_after_ms=retry_after_ms)


ANSWERS: dict[type[errors.RemoteProtocolError], ErrorCode] = {
    errors.FrameTooLargeError: ErrorCode.FRAME_TOO_LARGE,
    errors.MalformedFrameError: ErrorCode.MALFORMED,
    errors.UnexpectedFrameError: ErrorCode.UNEXPECTED,
    errors.UnknownFrameError: ErrorCode.UNSUPPORTED,
    errors.MalformedEnvelopeError: ErrorCode.MALFORMED,
}
"""What the relay answers when a client broke the rules of the wire in that way."""


class GoawayReason(enum.IntEnum):
    """Why the relay ends a connection (u8)."""

    DRAINING = 1
    """The relay stops or restarts: come back after `retry_after_ms`."""
    REPLACED = 2
    """Another connection subscribed to this mailbox: do not reconnect by yourself."""
    IDLE = 3
    """Nothing was heard for too long."""
    SLOW_READER = 4
    """What was sent to you was not read in time."""
    TIMEOUT = 5
    """Authentication or a frame took too long."""
    LIMIT = 6
    """Too many connections from this address or in total."""


class Scope(enum.IntEnum):
    """What an AUTH proves a key for (u8)."""

    READ = 1
    """The mailbox key: subscribe, acknowledge, allow, publish prekeys."""
    SEND = 2
    """The device key: send, upload, claim prekeys."""


class EnvelopeFlag(enum.IntFlag):
    """Flags of an envelope (u8); unknown bits are refused."""

    EPHEMERAL = 1
    """Only for who is connected now; never stored."""


class AuthKind(enum.IntEnum):
    """Which key signs an envelope (u8)."""

    DEVICE = 0
    """The sender's device key, which is the envelope's `key_id`."""


class Fate(enum.IntEnum):
    """What became of an accepted envelope (u8)."""

    EVICTED = 1
    """Pushed out of a full mailbox by a later one (`when_full = "drop_oldest"`)."""


class Capability(enum.IntFlag):
    """What a relay offers beyond the mandatory frames (u32)."""

    BLOBS = 1
    PREKEYS = 2
