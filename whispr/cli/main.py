"""`whispr`: finds the command, runs it, and turns an error into one line and an exit code."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from whispr.cli.terminal import Terminal

if TYPE_CHECKING:
    from whispr.cli.options import Parser

COMMANDS: dict[str, dict[str, tuple[str, str]]] = {
    "Begin": {
        "demo": ("demo", "see all of it on this computer, in fifteen seconds"),
        "gui": ("gui", "open the desktop client"),
        "init": ("profile", "make a profile: your keys, your name, your relay"),
        "card": ("card", "show your card, the link that you give to others"),
        "add": ("contacts", "add a contact by his card"),
    },
    "Talk": {
        "send": ("messages", "send a text or a file, and see what becomes of it"),
        "listen": ("listen", "receive: print messages and files as they come"),
        "history": ("history", "print a conversation"),
        "search": ("history", "find words in all conversations"),
    },
    "People": {
        "contacts": ("contacts", "list, rename, remove, block, unblock"),
        "requests": ("requests", "strangers who wrote: list, accept, block"),
        "verify": ("verify", "compare the safety number with a contact"),
    },
    "Profile": {
        "move": ("move", "have your mailbox at another relay"),
        "pin": ("profile", "change the PIN or passphrase"),
        "export": ("profile", "write an encrypted copy of the profile"),
        "import": ("profile", "make a profile from an export"),
    },
    "Relay": {
        "relay": ("relay", "run a relay; prints its address"),
        "cert": ("cert", "show, make or replace the key of a relay"),
        "conformance": ("conformance", "run the rules of the protocol against a relay"),
    },
}
"""Command -> the module that has its `add_…` function, and what it does."""

_ENDING = """\
Every command takes --profile DIR, --pin-file FILE and --json; whispr COMMAND --help says more.

To talk to a friend:
  whispr init --relay whispr://… --name Alice
  whispr card                       give this line to your friend
  whispr add whispr://…             add the card of your friend
  whispr send Bob "hello"
  whispr listen

Exit codes: 0 done, 1 error, 2 wrong usage, 3 not in time, 4 refused, 5 profile in use,
78 configuration of the relay, 130 interrupted.
"""


def main(arguments: Sequence[str] | None = None, terminal: Terminal | None = None) -> int:
    """Run one command; returns the exit code."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    terminal = terminal or Terminal.of_process()
    try:
        return _run(words, terminal)
    except BrokenPipeError:
        return _reader_left(terminal)
    except KeyboardInterrupt:
        terminal.stderr.write("\n")
        return 130


def _run(words: list[str], terminal: Terminal) -> int:
    if not words or words[0] in ("-h", "--help", "help"):
        terminal.stdout.write(usage())
        return 0 if words else 2
    if words[0] == "--version":
        return _version(terminal)
    # Only now: whoever wants to read the help need not wait for the rest.
    from whispr.cli.options import parser_for, split_command
    from whispr.cli.output import Output, visible
    from whispr.errors import WhisprError

    name, rest = split_command(words)
    adder = _adder(name) if name is not None else None
    if name is None or adder is None:
        said = f"there is no command {visible(name)!r}" if name else "no command is given"
        terminal.stderr.write(f"whispr: {said}; whispr --help lists them\n")
        return 2
    parser = parser_for(name, terminal)
    adder(parser)
    try:
        options = parser.parse_args(rest)
    except SystemExit as end:
        return int(end.code or 0)
    output = Output(terminal, as_json=options.json)
    try:
        return int(options.run(options, output))
    except WhisprError as error:
        from whispr.cli.exits import exit_for

        output.note(str(error) or type(error).__name__)
        return exit_for(error)
    finally:
        output.clear_bar()


def usage() -> str:
    """Every command in groups, with an example."""
    lines = ["usage: whispr COMMAND [OPTION]…", ""]
    lines.append("End-to-end-encrypted messages over relays that anyone can host.")
    for title, commands in COMMANDS.items():
        lines += ["", f"{title}:"]
        lines += [f"  {name:<12}{text}" for name, (_, text) in commands.items()]
    return "\n".join([*lines, "", _ENDING])


def _adder(name: str) -> Callable[[Parser], None] | None:
    """The function that gives a parser the options of one command."""
    for commands in COMMANDS.values():
        if name in commands:
            module = importlib.import_module(f"whispr.cli.{commands[name][0]}")
            adder: Callable[[Parser], None] = getattr(module, f"add_{name}")
            return adder
    return None


def _version(terminal: Terminal) -> int:
    from whispr import __version__

    terminal.stdout.write(f"whispr {__version__}\n")
    return 0


def _reader_left(terminal: Terminal) -> int:
    """Whoever read our output has seen enough, such as `head`."""
    if terminal.stdout is sys.stdout:
        # Python would try to write the rest at its end, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1
