"""`whispr gui`: the desktop client."""

from __future__ import annotations

from argparse import SUPPRESS
from typing import TYPE_CHECKING

from whispr.cli.opened import profile_folder

if TYPE_CHECKING:
    import argparse

    from whispr.cli.options import Parser
    from whispr.cli.output import Output

_EPILOG = """\
Without a profile the window makes one. Two profiles can be open side by side, each with --profile.

example:
  whispr gui
"""


def add_gui(parser: Parser) -> None:
    """Options of `whispr gui`."""
    parser.description = "Open the desktop client."
    parser.epilog = _EPILOG
    parser.add_argument("--test-hooks", action="store_true", help=SUPPRESS)
    parser.set_defaults(run=run_gui)


def run_gui(options: argparse.Namespace, output: Output) -> int:
    """Stay until the window is closed."""
    from whispr.gui.window import open_window

    terminal = output.terminal
    hooks = (terminal.stdin, terminal.stdout) if options.test_hooks else None
    return open_window(profile_folder(options, output), terminal.environment, hooks)
