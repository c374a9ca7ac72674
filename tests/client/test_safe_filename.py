"""File names chosen by somebody else: a hostile table, properties, and never overwriting."""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from whispr.client.safe_filename import MAX_NAME_BYTES, safe_filename, unused_path
from whispr.errors import StorageError

HOSTILE = [
    ("../../etc/passwd", "passwd"),
    ("/etc/shadow", "shadow"),
    ("..\\..\\windows\\system32\\x.dll", "x.dll"),
    ("C:\\x", "x"),
    ("C:x", "C_x"),
    ("a/b\\c/d.txt", "d.txt"),
    ("folder/", "folder"),
    ("/", "file"),
    ("", "file"),
    (".", "file"),
    ("..", "file"),
    ("...", "file"),
    ("../..", "file"),
    ("   ", "file"),
    (".bashrc", "bashrc"),
    ("..hidden", "hidden"),
    ("~", "file"),
    ("~root", "root"),
    ("-rf", "rf"),
    ("--help", "help"),
    ("- .-~x", "x"),
    ("con", "_con"),
    ("con.txt", "_con.txt"),
    ("CON .txt", "_CON .txt"),
    ("Nul.tar.gz", "_Nul.tar.gz"),
    ("com1", "_com1"),
    ("COM¹.log", "_COM¹.log"),
    ("lpt9.doc", "_lpt9.doc"),
    ("conin$", "_conin$"),
    (".con", "_con"),
    ("console.txt", "console.txt"),
    ("com10", "com10"),
    ("name.txt.", "name.txt"),
    ("name.txt. . ", "name.txt"),
    ("a\u202egnp.exe", "agnp.exe"),
    ("a\u2066b\u2069.txt", "ab.txt"),
    ("in\u200bvis\u200dible\ufeff.txt", "invisible.txt"),
    ("filler\u3164\u115f.txt", "filler.txt"),
    ("tag\U000e0041.txt", "tag.txt"),
    ("heart\ufe0f.png", "heart.png"),
    ("nul\0byte.txt", "nulbyte.txt"),
    ("line\nbreak\r\t.txt", "linebreak.txt"),
    ("esc\x1b[31m.txt", "esc[31m.txt"),
    ("c1\x9b.txt", "c1.txt"),
    ("line\u2028sep.txt", "linesep.txt"),
    ("half\ud800.txt", "half.txt"),
    ("private\ue000.txt", "private.txt"),
    ("file.txt:stream", "file.txt_stream"),
    ('what?*<>|".txt', "what______.txt"),
    ("photo.jpg            .exe", "photo.jpg .exe"),
    ("no\u00a0break\u3000space.txt", "no break space.txt"),
    ("Cafe\u0301.txt", "Caf\u00e9.txt"),
    ("e\u200b\u0301.txt", "\u00e9.txt"),
    ("日本語.pdf", "日本語.pdf"),
    ("report final (3).pdf", "report final (3).pdf"),
    ("archive.tar.gz", "archive.tar.gz"),
    ("🎉.png", "🎉.png"),
]


@pytest.mark.parametrize(("name", "expected"), HOSTILE, ids=[ascii(row[0]) for row in HOSTILE])
def test_hostile_name_becomes_harmless(name: str, expected: str) -> None:
    assert safe_filename(name) == expected


@pytest.mark.parametrize("letter", ["a", "é", "漢", "🎉", "e\u0301"])
def test_long_name_is_cut_and_keeps_its_extension(letter: str) -> None:
    name = safe_filename(letter * 250_000 + ".jpeg")
    assert len(name.encode()) <= MAX_NAME_BYTES
    assert len(name.encode()) > MAX_NAME_BYTES - 8
    assert name.endswith(".jpeg")
    assert name[0] == unicodedata.normalize("NFC", letter)


def test_long_extension_is_part_of_the_name() -> None:
    assert safe_filename("a." + "b" * 500) == ("a." + "b" * 500)[:MAX_NAME_BYTES]


def test_name_of_exactly_the_limit_is_left_alone() -> None:
    exact = "a" * (MAX_NAME_BYTES - 4) + ".txt"
    assert safe_filename(exact) == exact
    assert safe_filename("b" + exact) == "b" + "a" * (MAX_NAME_BYTES - 5) + ".txt"


def test_a_megabyte_of_combining_marks_costs_little() -> None:
    name = safe_filename("a" + "\u0301\u0323" * 500_000 + ".txt")
    assert len(name.encode()) <= MAX_NAME_BYTES


def test_a_cut_never_ends_in_a_dot_or_a_space() -> None:
    assert safe_filename("a" * 119 + " " + "b" * 50) == "a" * 119
    assert safe_filename("a" * 119 + "." * 3 + "b" * 50) == "a" * 119


NASTY = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from(list("./\\ -~:con\u202e\u200b\u0301\u0338<>\0\ud800")),
    ),
    max_size=300,
)


@given(NASTY)
@example("con" + " " * 200 + ".txt")
@example("." * 200 + "a" + "." * 200)
@example("<\u0338/con")
@example("con.\u200b")
def test_every_name_is_one_safe_component(name: str) -> None:
    safe = safe_filename(name)
    assert 1 <= len(safe.encode()) <= MAX_NAME_BYTES
    assert Path(safe).name == safe
    assert not set(safe) & set('/\\:<>"|?*')
    assert safe[0] not in " .-~"
    assert safe[-1] not in " ."
    assert unicodedata.is_normalized("NFC", safe)
    assert all(unicodedata.category(character)[0] != "C" for character in safe)
    assert safe_filename(safe) == safe


def test_unused_path_counts_up(tmp_path: Path) -> None:
    paths = [unused_path(tmp_path, "report.pdf") for _ in range(3)]
    assert [path.name for path in paths] == ["report.pdf", "report (2).pdf", "report (3).pdf"]
    assert all(path.read_bytes() == b"" for path in paths)


def test_unused_path_leaves_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"mine")
    assert unused_path(tmp_path, "a.txt").name == "a (2).txt"
    assert (tmp_path / "a.txt").read_bytes() == b"mine"


def test_unused_path_stays_in_its_folder(tmp_path: Path) -> None:
    assert unused_path(tmp_path, "../../escape.txt").parent == tmp_path


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX links and modes")
def test_unused_path_follows_no_link_and_is_private(tmp_path: Path) -> None:
    (tmp_path / "a.txt").symlink_to(tmp_path / "elsewhere")
    path = unused_path(tmp_path, "a.txt")
    assert path.name == "a (2).txt"
    assert not (tmp_path / "elsewhere").exists()
    assert path.stat().st_mode & 0o777 == 0o600


def test_unused_path_names_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot create"):
        unused_path(tmp_path / "nowhere", "a.txt")


def test_unused_path_gives_up_at_some_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("whispr.client.safe_filename._MAX_NAMESAKES", 2)
    unused_path(tmp_path, "a.txt")
    unused_path(tmp_path, "a.txt")
    with pytest.raises(StorageError, match="too many"):
        unused_path(tmp_path, "a.txt")
