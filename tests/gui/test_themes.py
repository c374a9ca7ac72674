from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from whispr.errors import ConfigError
from whispr.gui import themes
from whispr.gui.tokens import DARK, LIGHT

FOREST = {"format": 1, "name": "Forest", "base": "light", "colors": {"accent": "#2f6b45"}}


def data_of(**changes: object) -> bytes:
    return json.dumps({**FOREST, **changes}).encode()


def test_missing_colours_come_from_the_base() -> None:
    theme = themes.parse_theme(data_of()).theme
    assert theme.name == "Forest"
    assert theme["accent"] == "#2f6b45"
    assert {token: color for token, color in theme.items() if token != "accent"} == {
        token: color for token, color in LIGHT.items() if token != "accent"
    }
    assert themes.parse_theme(data_of(base="dark")).theme["bg"] == DARK["bg"]


def test_a_file_with_a_byte_order_mark_is_read() -> None:
    assert themes.parse_theme(b"\xef\xbb\xbf" + data_of()).theme.name == "Forest"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"format": 1,\n "colors": {"bg" "#fff"}}', "line 2, column 18: expecting ':' delimiter"),
        (b'{"format": 1,\n "name": "\xff"}', "line 2, column 11: not UTF-8"),
        (b"[]", "the theme must be an object in braces"),
        (data_of(format=2), '"format" must be 1'),
        (data_of(format=True), '"format" must be 1'),
        (b'{"colors": {}}', '"format" must be 1'),
        (data_of(base="blue"), '"base" must be "light" or "dark"'),
        (data_of(base=["light"]), '"base" must be "light" or "dark"'),
        (data_of(file="x"), 'there is no key "file"'),
        (data_of(name=5), '"name" must be a text'),
        (data_of(colors=[]), '"colors" must be an object in braces'),
        (data_of(colors={"accnt": "#2f6b45"}), 'there is no colour "accnt"'),
        (data_of(colors={"accent": "red"}), '"accent" must be a colour such as "#4f4bc8"'),
        (data_of(colors={"accent": 5}), '"accent" must be a colour such as "#4f4bc8"'),
        (b'{"format": 1, "format": 1}', '"format" is there twice'),
        (b"[" * 60_000, "the theme is nested too deeply"),
    ],
)
def test_what_is_refused_is_said(data: bytes, message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        themes.parse_theme(data)
    assert str(refused.value) == message


def test_a_theme_of_64_kb_is_read_and_a_larger_one_is_not() -> None:
    full = data_of().ljust(themes.MAX_SIZE_BYTES)
    assert themes.parse_theme(full).theme.name == "Forest"
    with pytest.raises(ConfigError, match="at most 64 kB"):
        themes.parse_theme(full + b" ")


def test_a_file_without_a_name_is_called_as_the_file(tmp_path: Path) -> None:
    path = tmp_path / "Moss.json"
    path.write_text('{"format": 1}')
    assert themes.read_theme(path).theme.name == "Moss"


def test_controls_and_length_of_a_name_are_cut() -> None:
    theme = themes.parse_theme(data_of(name="\u202eMo\x07ss" + "x" * 100)).theme
    assert theme.name.startswith("Mossx")
    assert len(theme.name) == themes.MAX_NAME_CHARACTERS
    assert themes.parse_theme(data_of(name="\x07"), "file").theme.name == "file"


def test_little_contrast_is_said_and_the_theme_works() -> None:
    loaded = themes.parse_theme(data_of(colors={"text3": "#aaaaaa"}))
    assert loaded.theme["text3"] == "#aaaaaa"
    assert "Hard to read: text3 on sidebar 2.1:1" in loaded.warnings
    assert themes.parse_theme(data_of()).warnings == ()


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_a_theme_as_a_file_is_the_theme(theme: themes.Theme) -> None:
    again = themes.parse_theme(themes.theme_text(theme).encode())
    assert dict(again.theme) == dict(theme)
    assert again.warnings == ()


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        themes.read_theme(tmp_path / "none.json")


def test_theme_files_are_listed_by_name(tmp_path: Path) -> None:
    for name in ("b.json", "A.JSON", "notes.txt"):
        (tmp_path / name).write_text("{}")
    (tmp_path / "folder.json").mkdir()
    assert [path.name for path in themes.theme_files(tmp_path)] == ["A.JSON", "b.json"]
    assert themes.theme_files(tmp_path / "none") == []


def write(path: Path, data: bytes, changed_ns: int) -> None:
    path.write_bytes(data)
    os.utime(path, ns=(changed_ns, changed_ns))


def test_a_change_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "forest.json"
    write(path, data_of(), 1_000)
    watched = themes.WatchedTheme(path)
    first = watched.poll()
    assert first is not None
    assert first.theme["accent"] == "#2f6b45"
    assert watched.poll() is None
    write(path, data_of(colors={"accent": "#123456"}), 2_000)
    second = watched.poll()
    assert second is not None
    assert second.theme["accent"] == "#123456"


def test_a_change_of_size_alone_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "forest.json"
    write(path, data_of(), 1_000)
    watched = themes.WatchedTheme(path)
    watched.poll()
    write(path, data_of(name="A longer name"), 1_000)
    changed = watched.poll()
    assert changed is not None
    assert changed.theme.name == "A longer name"


def test_a_broken_change_is_said_once_and_mended_later(tmp_path: Path) -> None:
    path = tmp_path / "forest.json"
    write(path, data_of(), 1_000)
    watched = themes.WatchedTheme(path)
    watched.poll()
    write(path, b'{"format": 1,,}', 2_000)
    with pytest.raises(ConfigError, match="line 1, column 14"):
        watched.poll()
    assert watched.poll() is None
    path.unlink()
    with pytest.raises(ConfigError, match="cannot be read"):
        watched.poll()
    assert watched.poll() is None
    write(path, data_of(), 3_000)
    assert watched.poll() is not None
