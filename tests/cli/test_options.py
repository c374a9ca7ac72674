from __future__ import annotations

import argparse

import pytest

from tests.cli.cli_kit import Stream
from whispr.cli.options import (
    Parser,
    count,
    milliseconds,
    parser_for,
    seconds,
    split_command,
)
from whispr.cli.terminal import Terminal


def parser() -> tuple[Parser, Stream]:
    err = Stream()
    made = parser_for("contacts", Terminal(Stream(), Stream(), err))
    made.set_defaults(run=None)
    made.expect_action("list|rename", required=False)
    made.add_action("rename", lambda *_: 7, "Rename").add_argument("name")
    return made, err


@pytest.mark.parametrize(
    ("words", "command", "rest"),
    [
        (["card"], "card", []),
        (["--profile", "send", "card"], "card", ["--profile", "send"]),
        (["--profile=send", "card", "--qr"], "card", ["--profile=send", "--qr"]),
        (["--json", "--pin-file", "x", "send", "Bob", "card"], "send", [
            "--json", "--pin-file", "x", "Bob", "card",
        ]),
        (["--json"], None, ["--json"]),
        ([], None, []),
        (["--profile"], None, ["--profile"]),
    ],
)  # fmt: skip
def test_command_is_found_among_options(
    words: list[str], command: str | None, rest: list[str]
) -> None:
    assert split_command(words) == (command, rest)


@pytest.mark.parametrize(
    "words",
    [
        ["--profile", "here", "rename", "--json", "Bob"],
        ["--json", "rename", "Bob", "--profile", "here"],
        ["rename", "--profile", "here", "Bob", "--json"],
    ],
)
def test_common_options_stand_on_either_side_of_an_action(words: list[str]) -> None:
    options = parser()[0].parse_args(words)
    assert (str(options.profile), options.json, options.name) == ("here", True, "Bob")
    assert options.pin_file is None
    assert options.run() == 7


def test_defaults_of_common_options() -> None:
    options = parser()[0].parse_args([])
    assert (options.profile, options.pin_file, options.json) == (None, None, False)


@pytest.mark.parametrize("words", [["--jso"], ["--pin", "123456"], ["nothing"], ["rename"]])
def test_wrong_usage_is_one_line_and_2(words: list[str]) -> None:
    made, err = parser()
    with pytest.raises(SystemExit) as ended:
        made.parse_args(words)
    assert ended.value.code == 2
    assert err.getvalue().count("\n") == 1
    assert "--help)" in err.getvalue()


@pytest.mark.parametrize(
    ("text", "expected_ms"),
    [
        *[("30", 30_000), ("0.5", 500), ("250ms", 250), ("90s", 90_000), ("5m", 300_000)],
        *[("12h", 43_200_000), ("7D", 604_800_000), ("0", 0)],
    ],
)
def test_times(text: str, expected_ms: int) -> None:
    assert milliseconds(text) == expected_ms
    assert seconds(text) == expected_ms / 1000


@pytest.mark.parametrize("text", ["", "s", "-1", "1e9", "nan", "5 weeks", "9999999999"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        milliseconds(text)


def test_counts() -> None:
    assert (count("1"), count("1000000")) == (1, 1_000_000)
    for text in ("0", "-1", "1000001", "1.5", "²", ""):
        with pytest.raises(argparse.ArgumentTypeError):
            count(text)
