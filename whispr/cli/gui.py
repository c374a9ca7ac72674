"""`whispr gui`: the desktop client."""

from __future__ import annotations

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
    parser.set_defaults(run=run_gui)


def run_gui(options: argparse.Namespace, output: Output) -> int:
    """Stay until the window is closed."""
    from whispr.gui.__main__ import open_window

    return open_window(profile_folder(options, output), output.terminal.environment)
