"""The tables of `docs/hardening.md` and `docs/security.md` name tests that exist, row by row."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HARDENING = (ROOT / "docs" / "hardening.md").read_text(encoding="utf-8")
SECURITY = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
CITED = re.compile(r"`([\w/]+\.py)::(\w+)`")
PREDECESSOR_ROWS = {
    *("S1", "S2", "S3", "S4", "S5", "S6", "S8", "S11", "S12", "S13", "S14", "S15", "S16"),
    *("S17", "S18", "S19", "S20", "R1", "R2", "R3", "R4", "R5", "R6", "R8", "R9", "R10", "R11"),
    *("R15", "R21"),
}


def defined_in(path: Path) -> set[str]:
    """Names of the tests in a file: functions, classes, and what is assigned to a name."""
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names


@pytest.mark.parametrize("text", [HARDENING, SECURITY], ids=["hardening", "security"])
def test_every_named_test_exists(text):
    cited = CITED.findall(text)
    assert len(cited) > 10
    missing = [
        f"{path}::{name}"
        for path, name in cited
        if not (ROOT / "tests" / path).is_file() or name not in defined_in(ROOT / "tests" / path)
    ]
    assert missing == []


def rows(text, pattern):
    return re.findall(rf"^\| ({pattern}) .*$", text, re.MULTILINE)


def test_no_row_of_the_list_is_missing():
    assert rows(HARDENING, r"H\d+") == [f"H{number}" for number in range(1, 37)]
    assert set(rows(HARDENING, r"[SR]\d+")) == PREDECESSOR_ROWS


def test_every_row_has_a_test():
    table_rows = [
        line
        for line in HARDENING.splitlines()
        if line.startswith("| ") and not line.startswith("| ---")
    ]
    headings = {line for line in table_rows if line.endswith("| test |")}
    without = [line for line in table_rows if line not in headings and not CITED.search(line)]
    assert len(table_rows) > 90
    assert without == []


def test_every_test_of_this_folder_is_named():
    here = [
        f"hardening/{path.name}::{name}"
        for path in Path(__file__).parent.glob("test_*.py")
        for name in defined_in(path)
        if re.match(r"test_(h\d|r\d|s\d|shown)", name)
    ]
    assert [name for name in here if f"`{name}`" not in HARDENING + SECURITY] == []


def test_no_private_key_lies_in_the_repository():
    """Predecessor S19."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
        ).stdout.split(b"\0")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git repository")
    paths = [ROOT / name.decode() for name in listed if name]
    marker = b"-----BEGIN " + b"PRIVATE KEY"
    found = [
        path
        for path in paths
        if path.is_file() and (path.suffix in {".pem", ".key"} or marker in path.read_bytes())
    ]
    assert found == []


@pytest.mark.parametrize(
    "words",
    ["forward secrecy", "not audited", "address (IP)", "non-repudiable", "screen", "who talks"],
)
def test_what_is_not_promised_is_said(words):
    """Predecessor S20."""
    assert words in SECURITY
