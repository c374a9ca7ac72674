from __future__ import annotations

import json
from pathlib import Path

import pytest

from whispr.gui.settings_file import FILE_NAME, DesktopSettings, SettingsFile, parse_settings


def test_a_change_is_there_next_time(tmp_path: Path) -> None:
    SettingsFile(tmp_path).change(theme="dark", idle_minutes=5)
    again = SettingsFile(tmp_path).current
    assert (again.theme, again.idle_minutes) == ("dark", 5)


def test_without_a_profile_nothing_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "not there"
    settings = SettingsFile(folder)
    assert settings.change(name="Alice").name == "Alice"
    assert not folder.exists()


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"theme": 3}']
)
def test_what_makes_no_sense_is_the_default(data: bytes) -> None:
    assert parse_settings(data) == DesktopSettings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("notifications", "everything"),
        ("idle_minutes", 7),
        ("text_percent", -1),
        ("reading_view", 1),
        ("name", "x" * 5000),
    ],
)
def test_each_value_is_judged_alone(name: str, value: object) -> None:
    found = parse_settings(json.dumps({name: value, "theme": "dark"}).encode())
    assert getattr(found, name) == getattr(DesktopSettings(), name)
    assert found.theme == "dark"


def test_a_file_that_is_too_large_keeps_nobody_out(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b" " * 100_000)
    assert SettingsFile(tmp_path).current == DesktopSettings()
