"""Every code of the protocol leads to the right thing."""

from __future__ import annotations

import pytest

from whispr import errors
from whispr.client.refusals import (
    LONGEST_RETRY_MS,
    SHORTEST_RETRY_MS,
    Remedy,
    reason,
    remedy,
    retry_ms,
)
from whispr.protocol.codes import ERROR_CLASSES, relay_error

WAIT = {
    errors.MailboxFullError,
    errors.RateLimitedError,
    errors.RelayFullError,
}
REPEAT = {errors.RelayUnavailableError, errors.RelayInternalError}
NEW = {
    errors.StaleClockError,
    errors.WrongRelayError,
    errors.IdReusedError,
    errors.SignatureRefusedError,
}


@pytest.mark.parametrize("error_class", ERROR_CLASSES.values())
def test_remedy_of_every_code(error_class: type[errors.RelayError]) -> None:
    expected = Remedy.NONE
    if error_class in WAIT:
        expected = Remedy.WAIT
    elif error_class in REPEAT:
        expected = Remedy.WAIT_AND_REPEAT
    elif error_class in NEW:
        expected = Remedy.NEW_ENVELOPE
    assert remedy(error_class("no", retry_after_ms=5)) is expected


def test_code_of_a_later_version() -> None:
    assert remedy(relay_error(999, "", 5000)) is Remedy.WAIT
    assert remedy(relay_error(999, "", 0)) is Remedy.NONE


@pytest.mark.parametrize(
    ("asked_ms", "setbacks", "expected_ms"),
    [
        (0, 0, SHORTEST_RETRY_MS),
        (0, 1, 2 * SHORTEST_RETRY_MS),
        (0, 3, 8 * SHORTEST_RETRY_MS),
        (0, 1000, LONGEST_RETRY_MS),
        (1, 0, SHORTEST_RETRY_MS),
        (SHORTEST_RETRY_MS + 1, 0, SHORTEST_RETRY_MS + 1),
        (LONGEST_RETRY_MS, 0, LONGEST_RETRY_MS),
        (0xFFFF_FFFF, 0, LONGEST_RETRY_MS),
    ],
)
def test_retry_is_bounded_and_grows(asked_ms: int, setbacks: int, expected_ms: int) -> None:
    error = errors.MailboxFullError("full", retry_after_ms=asked_ms)
    assert retry_ms(error, setbacks) == expected_ms


def test_reason_is_plain_and_not_the_text_of_the_relay() -> None:
    assert reason(errors.PayloadTooLargeError("\x1b[31mhello")) == (
        "their relay refused it: too large"
    )
    assert reason(errors.AccessDeniedError("hello")) == "their relay refused it (access_denied)"
    assert reason(relay_error(999, "hello", 0)) == "their relay refused it"
