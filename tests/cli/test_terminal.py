from __future__ import annotations

import io
import subprocess
import sys

import pytest

from tests.cli.cli_kit import Stream
from whispr.cli.terminal import Terminal


@pytest.mark.parametrize(
    ("environment", "is_terminal", "plain"),
    [
        ({}, True, False),
        ({}, False, True),
        ({"TERM": "dumb"}, True, True),
        ({"NO_COLOR": ""}, True, True),
    ],
)
def test_plain_is_what_is_no_terminal_or_asks_for_it(
    environment: dict[str, str], is_terminal: bool, plain: bool
) -> None:
    stream = Stream(terminal=is_terminal)
    assert Terminal(Stream(), stream, stream, environment).is_plain(stream) is plain


def test_question_goes_to_standard_error_and_its_answer_is_stripped() -> None:
    err = Stream()
    assert Terminal(io.StringIO("yes \n"), Stream(), err).ask("Sure? ") == "yes"
    assert err.getvalue() == "Sure? "


def test_nobody_answers() -> None:
    with pytest.raises(EOFError):
        Terminal(io.StringIO(""), Stream(), Stream()).ask("Sure? ")
    with pytest.raises(EOFError):
        Terminal(Stream(), Stream(), Stream()).ask_secret("PIN: ")


def test_process_without_a_terminal_has_nobody_to_ask_and_survives_any_encoding() -> None:
    code = (
        "from whispr.cli.terminal import Terminal; terminal = Terminal.of_process();"
        "terminal.stdout.write(f'{terminal.attended} \\u2026')"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONIOENCODING": "ascii", "PYTHONPATH": "."},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        start_new_session=True,
        check=True,
    )
    assert ran.stdout == b"False \\u2026"
