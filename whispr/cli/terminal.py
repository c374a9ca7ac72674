"""Where a command reads and writes: the streams and the environment of the process, or a test's."""

from __future__ import annotations

import getpass
import io
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TextIO


def _nobody(_prompt: str) -> str:
    raise EOFError


@dataclass(frozen=True)
class Terminal:
    """The outside of a command."""

    stdin: TextIO
    stdout: TextIO
    stderr: TextIO
    environment: Mapping[str, str] = field(default_factory=dict)
    attended: bool = False
    """Whether a person can be asked something."""
    ask_secret: Callable[[str], str] = _nobody
    """Asks without showing what is typed."""

    @classmethod
    def of_process(cls) -> Terminal:
        """The real one; what an encoding cannot show is escaped instead of ending the program."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        return cls(
            *(sys.stdin, sys.stdout, sys.stderr, os.environ),
            attended=_has_terminal(),
            ask_secret=getpass.getpass,
        )

    def ask(self, question: str) -> str:
        """One line from the person; EOFError when there is none."""
        self.stderr.write(question)
        self.stderr.flush()
        line = self.stdin.readline()
        if not line:
            raise EOFError
        return line.strip()

    def is_plain(self, stream: TextIO) -> bool:
        """Whether a stream takes nothing but text: a pipe, a file, or a terminal that asks so."""
        dumb = self.environment.get("TERM") == "dumb" or "NO_COLOR" in self.environment
        return dumb or not stream.isatty()


def _has_terminal() -> bool:
    """Whether getpass has somebody to ask: the controlling terminal, whatever stdin is."""
    if os.name == "nt":
        return sys.stdin is not None and sys.stdin.isatty()
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True
