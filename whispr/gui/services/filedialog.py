"""Asks for files: with the dialog of the desktop where it has one, else with Tk's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tkinter import filedialog
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tkinter

Which = Callable[[str], str | None]
Ended = Callable[[tuple[int, str]], object]
RunProgram = Callable[[Sequence[str], Ended], object]


def desktop_program(which: Which, environment: Mapping[str, str], windowing: str) -> str:
    """`zenity`, `kdialog` or nothing: what fits the desktop of this person."""
    if windowing != "x11":
        return ""
    wanted = ["zenity", "kdialog"]
    if "KDE" in environment.get("XDG_CURRENT_DESKTOP", "").upper():
        wanted.reverse()
    return next((program for program in wanted if which(program)), "")


def open_command(program: str, title: str) -> list[str]:
    """Asks for any number of files, one to a line."""
    if program == "zenity":
        return ["zenity", "--file-selection", "--multiple", "--separator=\n", f"--title={title}"]
    return ["kdialog", "--title", title, "--multiple", "--separate-output", "--getopenfilename"]


def save_command(program: str, title: str, name: str) -> list[str]:
    """Asks for the place of one file."""
    if program == "zenity":
        return [
            *("zenity", "--file-selection", "--save", "--confirm-overwrite"),
            *(f"--title={title}", f"--filename={name}"),
        ]
    return ["kdialog", "--title", title, "--getsavefilename", f"./{name}"]


class FileDialog:
    """The dialogs of one window."""

    def __init__(
        self,
        root: tkinter.Misc,
        run: RunProgram,
        *,
        which: Which,
        environment: Mapping[str, str],
    ) -> None:
        self._root = root
        self._run = run
        windowing = str(root.tk.call("tk", "windowingsystem"))
        self._program = desktop_program(which, environment, windowing)

    def pick(self, title: str, then: Callable[[Sequence[Path]], object]) -> None:
        """Ask for files; `then` hears of them, unless there are none."""
        if self._program:
            self._run(open_command(self._program, title), lambda ended: _chosen(ended, then))
        else:
            names = filedialog.askopenfilenames(parent=self._root, title=title)
            _tell([Path(name) for name in names], then)

    def save(self, title: str, name: str, then: Callable[[Path], object]) -> None:
        """Ask where to write a file; `then` hears of it, unless the person cancels."""
        if self._program:
            self._run(
                save_command(self._program, title, name),
                lambda ended: _chosen(ended, lambda paths: then(paths[0])),
            )
        else:
            chosen = filedialog.asksaveasfilename(parent=self._root, title=title, initialfile=name)
            _tell([Path(chosen)] if chosen else [], lambda paths: then(paths[0]))


def _chosen(ended: tuple[int, str], then: Callable[[Sequence[Path]], object]) -> None:
    code, output = ended
    _tell([Path(line) for line in output.splitlines() if line] if code == 0 else [], then)


def _tell(paths: Sequence[Path], then: Callable[[Sequence[Path]], object]) -> None:
    if paths:
        then(paths)
