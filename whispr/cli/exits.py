"""The exit codes of `whispr`, and which error ends with which."""

from __future__ import annotations

import enum

from whispr.errors import ConfigError, ProfileInUseError, RelayError, WhisprError


class Exit(enum.IntEnum):
    """What a script may rely on."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_IN_TIME = 3
    """Not as far as was asked when the time was over; what was to be sent is still queued."""
    REFUSED = 4
    """The relay refused, or what was sent expired or failed."""
    IN_USE = 5
    """Another process has the profile open."""
    CONFIGURATION = 78
    """The relay cannot start as it is configured (EX_CONFIG of sysexits.h)."""
    INTERRUPTED = 130
    """Ctrl-C, as a shell reports it."""


def exit_for(error: WhisprError) -> Exit:
    """The exit code of an error that ends a command."""
    match error:
        case ProfileInUseError():
            return Exit.IN_USE
        case RelayError():
            return Exit.REFUSED
        case ConfigError():
            return Exit.CONFIGURATION
        case _:
            return Exit.FAILED
