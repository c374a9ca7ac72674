from __future__ import annotations

import tkinter
from collections.abc import Callable
from pathlib import Path

import pytest

from whispr.gui.appearance import Appearance
from whispr.gui.settings_file import SettingsFile
from whispr.gui.tokens import DARK, LIGHT


class Room:
    """An appearance with a desktop that can change its mind."""

    def __init__(self, root: tkinter.Tk, folder: Path) -> None:
        self.said: list[str] = []
        self.is_dark: bool | None = None
        self.settings = SettingsFile(folder)
        self.appearance = Appearance(
            root,
            self.settings,
            environment={},
            say=self.said.append,
            system_is_dark=lambda: self.is_dark,
        )


@pytest.fixture
def room(root: tkinter.Tk, tmp_path: Path) -> Room:
    return Room(root, tmp_path)


def test_follows_the_system_until_a_theme_is_chosen(room: Room) -> None:
    assert room.appearance.look.theme == LIGHT
    room.is_dark = True
    room.appearance.refresh()
    assert room.appearance.look.theme == DARK
    room.appearance.choose_theme("light")
    room.appearance.refresh()
    assert room.appearance.look.theme == LIGHT


def test_broken_theme_file_is_said_and_changes_nothing(
    room: Room, tmp_path: Path, settle: Callable[[Callable[[], bool]], None]
) -> None:
    path = tmp_path / "mine.json"
    path.write_text('{"format": 1, "colors": {"accent": "#2f6b45"}}')
    room.appearance.choose_theme(str(path))
    assert room.appearance.look.theme["accent"] == "#2f6b45"
    path.write_text('{"format": 1,\n "colors": }')
    settle(lambda: bool(room.said))
    assert "line 2" in room.said[-1] and "column" in room.said[-1]
    assert room.appearance.look.theme["accent"] == "#2f6b45"
    room.appearance.close()


def test_size_is_kept_and_told(room: Room) -> None:
    told: list[int] = []
    room.appearance.on_rescale(lambda: told.append(1))
    before = room.appearance.look.scale
    room.appearance.step(1)
    assert room.appearance.look.scale > before and told == [1]
    assert room.settings.current.text_percent > 100
    room.appearance.step(0)
    room.appearance.set_text_percent(100)
    assert room.appearance.look.scale == before and told == [1, 1]
