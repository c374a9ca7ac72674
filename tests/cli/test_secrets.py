from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.cli_kit import Stream
from whispr.cli.output import Output
from whispr.cli.secrets import new_secret, pin_file, read_secret, secret_in_file
from whispr.cli.terminal import Terminal
from whispr.errors import UserInputError, WeakSecretError

STRONG = "marble quiet lantern forty harbour"


def asked(*answers: str, environment: dict[str, str] | None = None) -> tuple[Output, Stream]:
    err, left = Stream(), iter(answers)
    terminal = Terminal(
        *(Stream(), Stream(), err, environment or {}),
        attended=bool(answers),
        ask_secret=lambda _: next(left),
    )
    return Output(terminal), err


def private(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("data", [b"secret one", b"secret one\n", b"secret one\r\n"])
def test_secret_is_the_only_line_of_a_file(data: bytes, tmp_path: Path) -> None:
    output, err = asked()
    assert read_secret(output, private(tmp_path / "pin", data)) == "secret one"
    assert err.getvalue() == ""


@pytest.mark.parametrize("data", [b"", b"\n", b"one\ntwo\n", b"\xff\xfe", b"x" * 4097])
def test_file_that_holds_no_secret_is_refused(data: bytes, tmp_path: Path) -> None:
    output, _ = asked()
    with pytest.raises(UserInputError):
        secret_in_file(output, private(tmp_path / "pin", data))


def test_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserInputError, match="nowhere"):
        secret_in_file(asked()[0], tmp_path / "nowhere")


@pytest.mark.skipif(os.name == "nt", reason="other permissions")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_file_that_others_can_read_is_told(mode: int, tmp_path: Path) -> None:
    output, err = asked()
    path = private(tmp_path / "pin", STRONG.encode())
    path.chmod(mode)
    assert secret_in_file(output, path) == STRONG
    assert "chmod 600" in err.getvalue()


def test_flag_wins_over_environment(tmp_path: Path) -> None:
    output, _ = asked(environment={"WHISPR_PIN_FILE": "elsewhere"})
    assert pin_file(output, tmp_path) == tmp_path
    assert pin_file(output, None) == Path("elsewhere")
    assert pin_file(asked()[0], None) is None


def test_nobody_to_ask_is_told_what_to_give() -> None:
    with pytest.raises(UserInputError, match=r"--pin-file FILE \(or WHISPR_PIN_FILE\)"):
        read_secret(asked()[0], None)


def test_new_secret_is_judged_and_typed_twice() -> None:
    output, err = asked("123456", STRONG, "something else", STRONG, STRONG)
    assert new_secret(output, None, person_name="Alice") == STRONG
    said = err.getvalue()
    assert "too easy to guess" in said and "not the same" in said and "on one core" in said
    assert STRONG not in said and "123456" not in said


def test_weak_secret_in_a_file_is_refused(tmp_path: Path) -> None:
    path = private(tmp_path / "pin", b"123456")
    with pytest.raises(WeakSecretError):
        new_secret(asked()[0], path, person_name="Alice")


def test_person_who_types_nothing_is_no_crash() -> None:
    terminal = Terminal(Stream(), Stream(), Stream(), attended=True)
    with pytest.raises(UserInputError):
        read_secret(Output(terminal), None)
