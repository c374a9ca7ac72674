from __future__ import annotations

import pytest

from whispr import errors
from whispr.client.events import LinkState
from whispr.client.setback import GOAWAY_TEXTS, after_error, after_goaway, goaway_text
from whispr.protocol.codes import GoawayReason
from whispr.protocol.frames import Goaway


@pytest.mark.parametrize("reason", list(GoawayReason))
def test_every_reason_of_goaway_has_plain_words(reason: GoawayReason) -> None:
    assert goaway_text(reason) == GOAWAY_TEXTS[reason]


def test_reason_of_a_later_version_has_words_too() -> None:
    assert goaway_text(200) == "the relay ended the connection"
    assert after_goaway(Goaway(0, 200, 0), owns_mailbox=True).state is LinkState.WAITING


def test_goaway_says_when_to_come_back() -> None:
    setback = after_goaway(Goaway(0, GoawayReason.DRAINING, 2500), owns_mailbox=True)
    assert setback.state is LinkState.WAITING
    assert (setback.reason, setback.minimum_seconds) == ("the relay is restarting", 2.5)


@pytest.mark.parametrize(
    ("owns_mailbox", "state"), [(True, LinkState.REPLACED), (False, LinkState.WAITING)]
)
def test_only_a_mailbox_can_be_opened_elsewhere(owns_mailbox: bool, state: LinkState) -> None:
    setback = after_goaway(Goaway(0, GoawayReason.REPLACED, 0), owns_mailbox=owns_mailbox)
    assert (setback.state, setback.reason) == (state, "opened elsewhere")


@pytest.mark.parametrize(
    "error_class",
    [
        errors.CertificateError,
        errors.AuthenticationError,
        errors.AccessDeniedError,
        errors.WrongRelayError,
        errors.UnsupportedError,
    ],
)
@pytest.mark.parametrize("was_online", [True, False])
def test_refusals_are_tried_slowly(error_class: type[errors.WhisprError], was_online: bool) -> None:
    error = error_class("as it says")
    setback = after_error(error, was_online=was_online)
    assert setback.state is LinkState.REFUSED
    assert setback.minimum_seconds == 60
    assert setback.reason and setback.error is error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (errors.ConnectError("nothing answers at host:1"), "nothing answers at host:1"),
        (errors.RequestTimeoutError("late"), "no answer from the relay"),
        (errors.RateLimitedError("code"), "the relay asks for a pause"),
        (errors.RelayError("refused with code 999"), "refused with code 999"),
    ],
)
def test_troubles_are_waited_out(error: errors.WhisprError, reason: str) -> None:
    setback = after_error(error, was_online=False)
    assert (setback.state, setback.reason) == (LinkState.WAITING, reason)
    assert setback.minimum_seconds == 0


def test_refusal_with_a_time_is_waited_for() -> None:
    error = errors.RelayUnavailableError("busy", retry_after_ms=4000)
    assert after_error(error, was_online=False).minimum_seconds == 4


def test_broken_protocol_at_the_door_is_no_passing_trouble() -> None:
    newer = errors.RemoteProtocolError("the relay speaks a newer protocol")
    setback = after_error(newer, was_online=False)
    assert (setback.state, setback.reason) == (LinkState.REFUSED, str(newer))
    assert after_error(newer, was_online=True).state is LinkState.WAITING


def test_findings_of_the_codec_are_not_shown() -> None:
    setback = after_error(errors.FrameTooLargeError("a frame of 9 bytes"), was_online=True)
    assert setback.reason == "the relay does not keep to the protocol"
