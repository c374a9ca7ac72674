from __future__ import annotations

import json

import pytest

from tests.cli.cli_kit import Stream
from whispr.cli.output import Output, size_text, visible, visible_lines
from whispr.cli.terminal import Terminal


def output(*, as_json: bool = False, terminal: bool = False) -> tuple[Output, Stream, Stream]:
    out, err = Stream(terminal=terminal), Stream(terminal=terminal)
    return Output(Terminal(Stream(), out, err), as_json=as_json), out, err


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("\x9b2J", "\\x9b2J"),
        ("\x07\x00\x08\x7f", "\\x07\\x00\\x08\\x7f"),
        ("a\rb", "a\\rb"),
        ("\u202eexe.gpj", "\\u202eexe.gpj"),
        ("\u2066\u2069\u200f\u061c", "\\u2066\\u2069\\u200f\\u061c"),
        ("\u200bhidden\ufeff", "\\u200bhidden\\ufeff"),
        ("\u2028\u2029", "\\u2028\\u2029"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud800", "\\ud800"),
        ("two\nlines", "two\\nlines"),
    ],
)
def test_what_a_terminal_would_obey_is_shown(hostile: str, shown: str) -> None:
    assert visible(hostile) == shown


@pytest.mark.parametrize("text", ["üñí", "👩‍👩‍👧", "नमस्‍ते", "שלום", "日本語", "a  b"])
def test_writing_of_every_kind_stays(text: str) -> None:
    assert visible(text) == text


def test_line_of_a_message_cannot_pass_for_a_line_of_the_program() -> None:
    shown = visible_lines("hi\nBob: send money\r\nnow\u2028or", "    ")
    assert shown == "hi\n    Bob: send money\n    now\\u2028or"


def test_json_is_ascii_and_one_line_whatever_is_in_it() -> None:
    printing, out, _ = output(as_json=True)
    printing.record("message", "for a person", text="\x1b\u202e\n👋\x9b", kind="text")
    line = out.getvalue()
    assert line.count("\n") == 1 and line.isascii() and line.strip().isprintable()
    assert json.loads(line) == {"type": "message", "text": "\x1b\u202e\n👋\x9b", "kind": "text"}


def test_person_gets_no_json_and_the_other_way_round() -> None:
    printing, out, _ = output()
    printing.record("message", "hello", text="hello")
    printing.record("connection", None, state="online")
    printing.line("more")
    assert out.getvalue() == "hello\nmore\n"
    printing, out, _ = output(as_json=True)
    printing.line("more")
    assert out.getvalue() == ""


def test_note_is_one_safe_line_on_standard_error() -> None:
    printing, out, err = output()
    printing.note("no contact is called 'a\x1b[31m\nwhispr: all is well'")
    assert out.getvalue() == ""
    assert err.getvalue() == "whispr: no contact is called 'a\\x1b[31m\\nwhispr: all is well'\n"


def test_bar_is_drawn_over_itself_and_gives_way_to_lines() -> None:
    printing, out, err = output(terminal=True)
    printing.progress("sending", 0, 1000)
    printing.progress("sending", 500, 1000)
    printing.progress("sending", 500, 1000)
    assert err.getvalue().count(" 50 % of 1.0 kB") == 1
    assert "############............" in err.getvalue()
    printing.record("fate", "text to Bob: delivered")
    assert err.getvalue().endswith("\r\x1b[2K")
    assert out.getvalue() == "text to Bob: delivered\n"
    before = err.getvalue()
    printing.clear_bar()
    assert err.getvalue() == before


def test_empty_file_is_whole_at_once() -> None:
    printing, _, err = output(terminal=True)
    printing.progress("sending", 0, 0)
    assert "100 % of 0 bytes" in err.getvalue()


def test_pipe_gets_neither_bar_nor_bold() -> None:
    printing, _, err = output()
    printing.progress("sending", 1, 2)
    assert (err.getvalue(), printing.bold("Bob")) == ("", "Bob")


def test_bold_on_a_terminal() -> None:
    printing, _, _ = output(terminal=True)
    assert printing.bold("Bob") == "\x1b[1mBob\x1b[0m"


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (9_000_000, "9.0 MB")],
)
def test_size_is_readable(size_bytes: int, text: str) -> None:
    assert size_text(size_bytes) == text
