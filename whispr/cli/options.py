"""The options that every command takes, and how a command line is read."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from whispr.cli.exits import Exit
from whispr.cli.output import Output, visible
from whispr.cli.terminal import Terminal

Run = Callable[[argparse.Namespace, Output], int]

OPTIONS_WITH_VALUE = ("--profile", "--pin-file")
"""Of those that every command takes: they may also stand before the command."""
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)(ms|s|m|h|d|)")
_UNITS_MS = {"ms": 1, "": 1000, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


class Parser(argparse.ArgumentParser):
    """Says in one line what is wrong, and writes to the given terminal."""

    def __init__(self, *, terminal: Terminal, **more: Any) -> None:
        more.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(allow_abbrev=False, **more)
        self._terminal = terminal
        self._actions_below: argparse._SubParsersAction[Parser] | None = None

    def error(self, message: str) -> NoReturn:
        text = visible(f"{self.prog}: {message} (see {self.prog} --help)")
        self._terminal.stderr.write(text + "\n")
        self.exit(Exit.USAGE)

    def print_help(self, file: Any = None) -> None:
        super().print_help(file or self._terminal.stdout)

    def expect_action(self, metavar: str, *, required: bool = True) -> None:
        """A word follows that says what to do; each is declared with `add_action`."""
        self._actions_below = self.add_subparsers(
            title="what to do", metavar=metavar, dest="action", parser_class=Parser
        )
        self._actions_below.required = required

    def add_action(self, name: str, run: Run, text: str, example: str = "") -> Parser:
        """What one of these words does; `example` is what may follow it."""
        assert self._actions_below is not None, "expect_action comes first"
        parser = self._actions_below.add_parser(
            name,
            terminal=self._terminal,
            help=text,
            description=f"{text}.",
            epilog=f"example:\n  {self.prog} {name} {example}",
        )
        add_common(parser)
        parser.set_defaults(run=run)
        return parser


def parser_for(command: str, terminal: Terminal) -> Parser:
    """An empty parser of one command, with the options that every command takes."""
    parser = Parser(terminal=terminal, prog=f"whispr {command}")
    parser.set_defaults(profile=None, pin_file=None, json=False)
    add_common(parser)
    return parser


def add_common(parser: argparse.ArgumentParser) -> None:
    """Add `--profile`, `--pin-file` and `--json`, which mean the same at every level."""
    common = parser.add_argument_group("options of every command")
    common.add_argument(
        "--profile",
        metavar="DIR",
        type=Path,
        default=argparse.SUPPRESS,
        help="folder of the profile (WHISPR_PROFILE; else the data folder of the user)",
    )
    common.add_argument(
        "--pin-file",
        metavar="FILE",
        type=Path,
        default=argparse.SUPPRESS,
        help="file with the PIN or passphrase (WHISPR_PIN_FILE; else you are asked)",
    )
    common.add_argument(
        "--json",
        action="store_true",
        default=argparse.SUPPRESS,
        help="print one JSON object a line, each with a type",
    )


def split_command(words: Sequence[str]) -> tuple[str | None, list[str]]:
    """The command, and everything else in its order; options may stand on both sides of it."""
    position = 0
    while position < len(words):
        word = words[position]
        if word in OPTIONS_WITH_VALUE:
            position += 1
        elif not word.startswith("-"):
            return word, [*words[:position], *words[position + 1 :]]
        position += 1
    return None, list(words)


def milliseconds(text: str) -> int:
    """A time on the command line, such as `30`, `90s`, `5m`, `12h` or `7d`, in milliseconds."""
    match = _DURATION.fullmatch(text.strip().lower())
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no time, such as 30s, 5m, 12h or 7d")
    return int(float(match[1]) * _UNITS_MS[match[2]])


def seconds(text: str) -> float:
    """The same in seconds."""
    return milliseconds(text) / 1000


def count(text: str) -> int:
    """A whole number from 1 on."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 1_000_000):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return int(text)
