from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.cli_kit import Person, Ran, Stream, whispr
from whispr import __version__
from whispr.cli.main import COMMANDS

NAMES = [name for commands in COMMANDS.values() for name in commands]
ACTIONS = [
    *("contacts list", "contacts rename", "contacts remove", "contacts block"),
    *("contacts unblock", "requests list", "requests accept", "requests block", "pin change"),
    *("cert show", "cert make", "cert next", "cert promote"),
]


@pytest.mark.parametrize("name", [*NAMES, *ACTIONS])
def test_every_command_teaches_itself(name: str) -> None:
    shown = whispr(*name.split(), "--help")
    assert (shown.code, shown.err) == (0, "")
    assert f"usage: whispr {name}" in shown.out
    assert all(flag in shown.out for flag in ("--profile", "--pin-file", "--json"))
    assert "example" in shown.out


def test_help_lists_every_command() -> None:
    shown = whispr("--help")
    assert shown.code == 0
    assert all(f"\n  {name} " in shown.out for name in NAMES)
    assert "Exit codes" in shown.out


def test_nothing_given_is_the_help_and_2() -> None:
    shown = whispr()
    assert shown.code == 2 and shown.out == whispr("--help").out


def test_version() -> None:
    assert whispr("--version").out == f"whispr {__version__}\n"


@pytest.mark.parametrize("words", [["nope"], ["--json"], ["se\x1bnd"]])
def test_unknown_command_is_one_line_and_2(words: list[str]) -> None:
    ran = whispr(*words)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "\x1b" not in ran.err


def test_profile_may_stand_before_and_after(alice: Person) -> None:
    common = ("--profile", alice.folder, "--pin-file", alice.pin_file)
    before, after = whispr(*common, "card"), whispr("card", *common)
    assert before.code == after.code == 0
    assert before.out == after.out


def test_profile_and_pin_file_from_the_environment(alice: Person) -> None:
    environment = {"WHISPR_PROFILE": str(alice.folder), "WHISPR_PIN_FILE": str(alice.pin_file)}
    assert whispr("card", environment=environment).out.strip() == alice.card()


def test_pin_from_a_flag_is_no_option(alice: Person) -> None:
    ran = whispr("--profile", alice.folder, "card", "--pin", "135790")
    assert (ran.code, ran.out) == (2, "")


def test_reader_who_left_ends_it_without_a_word(alice: Person) -> None:
    class Left(Stream):
        def flush(self) -> None:
            raise BrokenPipeError

    ran = alice.run("contacts", ran=Ran(Left()))
    assert (ran.code, ran.err) == (1, "")


def test_interrupt_at_a_prompt_is_130(alice: Person) -> None:
    class Interrupting(Stream):
        def write(self, text: str, /) -> int:
            raise KeyboardInterrupt

    assert alice.run("contacts", ran=Ran(Interrupting())).code == 130


def test_help_of_a_process_loads_next_to_nothing() -> None:
    """So it is there at once: what costs time is loaded by the command that needs it."""
    code = (
        "import sys; from whispr.cli.main import main; main(['--help']);"
        "print(sorted({'asyncio', 'argparse', 'nacl', 'ssl', 'sqlcipher3', 'cryptography'}"
        " & sys.modules.keys()))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parent.parent.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.splitlines()[-1] == "[]"


def test_module_is_runnable() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "whispr", "nope"],
        cwd=Path(__file__).parent.parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (2, "")
