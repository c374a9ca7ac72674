from __future__ import annotations

import tkinter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from whispr.gui.services.dnd import accept_drops, dropped_paths


def test_names_are_a_list_of_tcl(root: tkinter.Tk, tmp_path: Path) -> None:
    plain, spaced = tmp_path / "a.txt", tmp_path / "b {c} d.txt"
    for path in (plain, spaced):
        path.write_text("x")
    names = [str(path) for path in (plain, spaced, tmp_path, "/not/there")]
    data = " ".join(f"{{{name}}}" for name in names)
    assert dropped_paths(root, data) == [plain, spaced]
    assert dropped_paths(root, "{unbalanced") == []


def test_without_the_extra_there_is_no_drop(root: tkinter.Tk) -> None:
    assert not accept_drops(root, None, lambda _: None, lambda _: None)


def test_a_drop_ends_the_hover(tmp_path: Path, root: tkinter.Tk) -> None:
    bound: dict[str, Any] = {}

    class Target(tkinter.Frame):
        def drop_target_register(self, _kind: str) -> None:
            pass

        def dnd_bind(self, sequence: str, handler: Any) -> None:
            bound[sequence] = handler

    path = tmp_path / "a.txt"
    path.write_text("x")
    dropped: list[object] = []
    hovers: list[bool] = []
    module = SimpleNamespace(DND_FILES="files")
    assert accept_drops(Target(root), module, dropped.append, hovers.append)
    event = SimpleNamespace(action="copy", data=str(path))
    assert bound["<<DropEnter>>"](event) == "copy"
    assert bound["<<Drop>>"](event) == "copy"
    bound["<<DropLeave>>"](event)
    assert dropped == [[path]] and hovers == [True, False, False]
