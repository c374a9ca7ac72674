from __future__ import annotations

import pytest

from tests.relay.fake_clock import FakeClock
from whispr.protocol.codes import CODES_BY_CLASS, ErrorCode, GoawayReason
from whispr.relay import counts
from whispr.relay.admission import Turned
from whispr.relay.config import RelayConfig
from whispr.relay.services import ConnectionLimits
from whispr.relay.stores.base import Refusal


def test_every_reason_of_goaway_can_be_counted():
    assert {reason.name.lower() for reason in GoawayReason} <= set(counts.CLOSE_REASONS)


def test_every_refusal_of_the_store_can_be_counted():
    assert {refusal.value for refusal in Refusal} <= set(counts.MESSAGE_RESULTS)


def test_every_way_to_be_turned_away_can_be_counted():
    assert {turned.value for turned in Turned} == set(counts.TURNED_AWAY_LIMITS)


def test_every_limiter_can_be_counted():
    limiters = vars(ConnectionLimits(RelayConfig(), FakeClock()))
    assert {*limiters, "key_sends"} == set(counts.RATE_LIMITS)


@pytest.mark.parametrize("error_class", CODES_BY_CLASS)
def test_every_refusal_of_a_request_has_a_result(error_class):
    assert counts.REQUEST_RESULT_OF[error_class.__name__] in counts.REQUEST_RESULTS


@pytest.mark.parametrize(
    ("code", "result"),
    [
        (ErrorCode.NOT_FOUND, "client_error"),
        (ErrorCode.RATE_LIMITED, "limited"),
        (ErrorCode.MAILBOX_FULL, "limited"),
        (ErrorCode.UNAVAILABLE, "unavailable"),
        (ErrorCode.INTERNAL, "internal"),
    ],
)
def test_results_tell_whose_fault_it_was(code, result):
    names = {found: error_class.__name__ for error_class, found in CODES_BY_CLASS.items()}
    assert counts.REQUEST_RESULT_OF[names[code]] == result
