"""Every refusal becomes the ERROR of its code, within the bounds of the frame."""

from __future__ import annotations

import pytest

from whispr import errors
from whispr.protocol import codec
from whispr.protocol.codes import CODES_BY_CLASS, ErrorCode
from whispr.relay.answers import broken_rule, refusal, rule_code


@pytest.mark.parametrize("kind", list(CODES_BY_CLASS), ids=lambda kind: kind.__name__)
def test_each_class_has_its_code(kind):
    frame = refusal(7, kind("why", retry_after_ms=250))
    assert (frame.request_id, frame.code_number) == (7, CODES_BY_CLASS[kind])
    assert (frame.retry_after_ms, frame.text) == (250, "why")


def test_whatever_is_said_fits_in_a_frame():
    codec.encode(refusal(1, errors.MailboxFullError("x" * 999, retry_after_ms=2**40)))


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.FrameTooLargeError("x"), ErrorCode.FRAME_TOO_LARGE),
        (errors.UnexpectedFrameError("x"), ErrorCode.UNEXPECTED),
        (errors.MalformedFrameError("x"), ErrorCode.MALFORMED),
        (errors.MalformedEnvelopeError("x"), ErrorCode.MALFORMED),
    ],
)
def test_broken_rules(error, code):
    assert rule_code(error) is code
    assert broken_rule(3, error).code_number == code
