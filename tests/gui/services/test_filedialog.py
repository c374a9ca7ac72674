from __future__ import annotations

import tkinter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from whispr.gui.services.filedialog import (
    FileDialog,
    desktop_program,
    open_command,
    save_command,
)


@pytest.mark.parametrize(
    ("there", "desktop", "expected"),
    [
        ({"zenity", "kdialog"}, "GNOME", "zenity"),
        ({"zenity", "kdialog"}, "KDE", "kdialog"),
        ({"zenity"}, "KDE", "zenity"),
        (set(), "GNOME", ""),
    ],
)
def test_the_dialog_of_the_desktop(there: set[str], desktop: str, expected: str) -> None:
    environment = {"XDG_CURRENT_DESKTOP": desktop}

    def which(name: str) -> str | None:
        return name if name in there else None

    assert desktop_program(which, environment, "x11") == expected
    assert desktop_program(which, environment, "win32") == ""


@pytest.mark.parametrize("program", ["zenity", "kdialog"])
def test_commands_name_title_and_file(program: str) -> None:
    assert any("Attach" in part for part in open_command(program, "Attach"))
    assert any("a.pdf" in part for part in save_command(program, "Save", "a.pdf"))


@pytest.fixture
def asked(root: tkinter.Tk) -> tuple[FileDialog, list[Callable[[tuple[int, str]], object]]]:
    waiting: list[Callable[[tuple[int, str]], object]] = []

    def run(_command: Sequence[str], ended: Callable[[tuple[int, str]], object]) -> None:
        waiting.append(ended)

    return FileDialog(root, run, which=lambda name: name, environment={}), waiting


def test_chosen_files_arrive(
    asked: tuple[FileDialog, list[Callable[[tuple[int, str]], object]]],
) -> None:
    dialog, waiting = asked
    chosen: list[object] = []
    dialog.pick("Attach", chosen.append)
    waiting[0]((0, "/a b.txt\n/c.txt\n"))
    assert chosen == [[Path("/a b.txt"), Path("/c.txt")]]
    dialog.save("Save", "x", chosen.append)
    waiting[1]((0, "/target\n"))
    assert chosen[1] == Path("/target")


def test_cancel_is_nothing(
    asked: tuple[FileDialog, list[Callable[[tuple[int, str]], object]]],
) -> None:
    dialog, waiting = asked
    chosen: list[object] = []
    dialog.pick("Attach", chosen.append)
    dialog.save("Save", "x", chosen.append)
    for ended in waiting:
        ended((1, ""))
    assert chosen == []
