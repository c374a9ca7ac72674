"""The ERROR frame for a refusal: code, time to wait, a text for a log."""

from __future__ import annotations

from whispr.errors import RelayError, RemoteProtocolError
from whispr.protocol.codes import ANSWERS, CODES_BY_CLASS, ErrorCode
from whispr.protocol.frames import Error
from whispr.protocol.limits import MAX_ERROR_TEXT_BYTES

_MAX_RETRY_AFTER_MS = (1 << 32) - 1


def refusal(request_id: int, error: RelayError) -> Error:
    """What answers a request that was refused."""
    return Error(
        request_id,
        code_number=CODES_BY_CLASS[type(error)],
        retry_after_ms=min(error.retry_after_ms, _MAX_RETRY_AFTER_MS),
        text=str(error)[:MAX_ERROR_TEXT_BYTES],
    )


def broken_rule(request_id: int, error: RemoteProtocolError) -> Error:
    """What is said last to an end that broke the rules."""
    return Error(request_id, code_number=rule_code(error), retry_after_ms=0, text=_text(error))


def rule_code(error: RemoteProtocolError) -> ErrorCode:
    """The code for a broken rule."""
    return ANSWERS[type(error)]


def _text(error: RemoteProtocolError) -> str:
    return str(error)[:MAX_ERROR_TEXT_BYTES]
