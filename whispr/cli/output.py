"""What a command prints: lines for a person or JSON objects, and nothing that tricks a terminal.

Texts and names come from others. In a line for a person every control, direction and escape
character is shown as an escape; in JSON everything beyond ASCII is.
"""

from __future__ import annotations

import json
import re
import unicodedata

from whispr.cli.terminal import Terminal

Value = str | int | float | bool | None | list[str]

BAR_CELLS = 24
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"
"""Scripts and emoji need them, and they change no direction."""
_CLEAR_LINE = "\r\x1b[2K"
_LINE_END = re.compile("\r\n|\n")


def visible(text: str) -> str:
    """The text on one line with every character that a terminal would obey as an escape."""
    return "".join(map(_visible, text.replace("\t", "    ")))


def visible_lines(text: str, indent: str) -> str:
    """The same for a text of several lines; all but the first are indented.

    So no line of a message can pass for a line that the program wrote.
    """
    return ("\n" + indent).join(visible(line) for line in _LINE_END.split(text))


def _visible(character: str) -> str:
    if unicodedata.category(character) in _HIDDEN_CATEGORIES and character not in _JOINERS:
        return character.encode("unicode_escape").decode("ascii")
    return character


def size_text(size_bytes: int) -> str:
    """A size as a person reads it: `9.0 MB`."""
    if size_bytes < 1000:
        return f"{size_bytes} bytes"
    if size_bytes < 1_000_000:
        return f"{size_bytes / 1000:.1f} kB"
    return f"{size_bytes / 1_000_000:.1f} MB"


class Output:
    """Writes for a person, or with `as_json` one object a line, each with `type`.

    Every line is handed to the system before a method returns; OSError when it cannot be.
    """

    def __init__(self, terminal: Terminal, *, as_json: bool = False) -> None:
        self.terminal = terminal
        self.as_json = as_json
        self._bar = ""

    def record(self, kind: str, human: str | None, /, **fields: Value) -> None:
        """Tell one thing; `human` is printed as it is (see `visible`), None only as JSON."""
        if self.as_json:
            self._print(json.dumps({"type": kind, **fields}))
        elif human is not None:
            self._print(human)

    def line(self, human: str) -> None:
        """Something for a person only; nothing with `as_json`."""
        if not self.as_json:
            self._print(human)

    def note(self, text: str) -> None:
        """Something beside the result, on standard error, on one line."""
        self.clear_bar()
        self.terminal.stderr.write(f"whispr: {visible(text)}\n")
        self.terminal.stderr.flush()

    def bold(self, text: str) -> str:
        """Text that stands out, where the terminal can."""
        if self.terminal.is_plain(self.terminal.stdout):
            return text
        return f"\x1b[1m{text}\x1b[0m"

    def progress(self, label: str, done_bytes: int, total_bytes: int) -> None:
        """Draw a bar for a file on a terminal; nothing where standard error is piped."""
        if self.terminal.is_plain(self.terminal.stderr):
            return
        share = done_bytes / total_bytes if total_bytes else 1.0
        cells = int(share * BAR_CELLS)
        bar = f"{'#' * cells}{'.' * (BAR_CELLS - cells)}"
        drawn = f"{visible(label)[:40]} [{bar}] {int(share * 100):3d} % of {size_text(total_bytes)}"
        if drawn != self._bar:
            self._bar = drawn
            self.terminal.stderr.write(_CLEAR_LINE + drawn)
            self.terminal.stderr.flush()

    def clear_bar(self) -> None:
        """Take the bar away; the next report draws it again."""
        if self._bar:
            self._bar = ""
            self.terminal.stderr.write(_CLEAR_LINE)
            self.terminal.stderr.flush()

    def _print(self, line: str) -> None:
        self.clear_bar()
        self.terminal.stdout.write(line + "\n")
        self.terminal.stdout.flush()
