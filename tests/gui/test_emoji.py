from __future__ import annotations

import ctypes
import sys

import pytest

from whispr.gui import emoji


def test_only_x11_is_in_question() -> None:
    for system in ("win32", "aqua"):
        assert emoji.emoji_are_safe(system, {}, version=lambda: 0, attempt=lambda: False)


def test_a_new_library_needs_no_probe() -> None:
    known: dict[str, bool] = {}
    tried: list[bool] = []
    found = emoji.SAFE_XFT_VERSION
    assert emoji.emoji_are_safe(
        "x11", known, version=lambda: found, attempt=lambda: tried.append(True) or False
    )
    assert not tried
    assert known == {}


@pytest.mark.parametrize("survived", [True, False])
@pytest.mark.parametrize("version", [emoji.SAFE_XFT_VERSION - 1, None])
def test_an_old_or_unknown_library_is_tried_once(version: int | None, survived: bool) -> None:
    known: dict[str, bool] = {}
    tried: list[bool] = []

    def attempt() -> bool:
        tried.append(True)
        return survived

    for _time in range(2):
        assert (
            emoji.emoji_are_safe("x11", known, version=lambda: version, attempt=attempt) is survived
        )
    assert tried == [True]
    assert known == {f"xft-{version}": survived}


def test_a_missing_library_has_no_version() -> None:
    def missing(name: str) -> ctypes.CDLL:
        raise OSError(name)

    assert emoji.xft_version(missing) is None


def test_a_library_without_the_function_has_no_version() -> None:
    assert emoji.xft_version(lambda _name: object()) is None  # type: ignore[arg-type,return-value]


def test_this_computer_has_a_version() -> None:
    found = emoji.xft_version()
    assert found is None or found > 20_000


def test_a_bundled_program_does_not_start_itself_as_a_probe() -> None:
    assert emoji.probe_command(frozen=True) is None
    assert emoji.probe_command(frozen=False) == (sys.executable, "-m", "whispr.gui.emoji_probe")
    assert emoji.survives(None) is False


@pytest.mark.parametrize(
    ("command", "survived"),
    [
        ((sys.executable, "-c", ""), True),
        ((sys.executable, "-c", "import os; os.abort()"), False),
        ((sys.executable, "-c", "raise SystemExit(1)"), False),
        (("/nowhere/at/all",), False),
    ],
)
def test_a_probe_that_dies_is_an_answer(command: tuple[str, ...], survived: bool) -> None:
    assert emoji.survives(command) is survived
