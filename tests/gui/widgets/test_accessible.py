from __future__ import annotations

import tkinter

import pytest

from whispr.gui.widgets import accessible


class Recorder:
    """Stands for a Tk that can speak, or that refuses."""

    def __init__(self, fails: bool = False) -> None:
        self.calls: list[tuple[object, ...]] = []
        self.tk = self
        self._fails = fails

    def call(self, *words: object) -> None:
        if self._fails:
            raise tkinter.TclError("no accessibility")
        self.calls.append(words)


def test_an_old_tk_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for version in (8.6, 9.0):
        monkeypatch.setattr(tkinter, "TkVersion", version)
        widget = Recorder(fails=True)
        assert not accessible.describe(widget, "Button", "Send")  # type: ignore[arg-type]


def test_a_new_tk_is_told_role_and_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tkinter, "TkVersion", 9.1)
    widget = Recorder()
    assert accessible.describe(widget, "Button", "Send")  # type: ignore[arg-type]
    assert [call[2:] for call in widget.calls] == [
        ("set_acc_role", widget, "Button"),
        ("set_acc_name", widget, "Send"),
    ]


def test_a_refusal_is_only_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tkinter, "TkVersion", 9.1)
    assert not accessible.describe(Recorder(fails=True), "Button", "Send")  # type: ignore[arg-type]
