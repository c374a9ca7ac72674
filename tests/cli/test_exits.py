from __future__ import annotations

import pytest

from whispr.cli.exits import Exit, exit_for
from whispr.errors import (
    AccessDeniedError,
    CertificateError,
    ConfigError,
    ProfileInUseError,
    UnknownContactError,
    WhisprError,
    WrongPinError,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ProfileInUseError("close it"), 5),
        (AccessDeniedError("a token is needed"), 4),
        (ConfigError("listen"), 78),
        (UnknownContactError("nobody"), 1),
        (WrongPinError("wrong"), 1),
        (CertificateError("another relay"), 1),
        (WhisprError("anything"), 1),
    ],
)
def test_errors_have_their_exit_code(error: WhisprError, code: int) -> None:
    assert exit_for(error) == code


def test_codes_are_what_scripts_rely_on() -> None:
    assert {code.name: code.value for code in Exit} == {
        **{"DONE": 0, "FAILED": 1, "USAGE": 2, "NOT_IN_TIME": 3, "REFUSED": 4, "IN_USE": 5},
        **{"CONFIGURATION": 78, "INTERRUPTED": 130},
    }
