"""The pages on the desktop client name tests, keys and pictures that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from whispr.gui.keymap import SHORTCUTS, shown_keys

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
EXPECTATIONS = (DOCS / "desktop-expectations.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`([\w/]+\.py)::(\w+)`", EXPECTATIONS)
MAX_PICTURES_BYTES = 6_000_000


def test_there_are_forty_five_expectations_each_with_a_test() -> None:
    rows = re.findall(r"^\| (\d+) \| [^|]+ \| ([^|]+) \|", EXPECTATIONS, re.MULTILINE)
    assert [int(number) for number, _tests in rows] == list(range(1, 46))
    assert all("::test_" in tests for _number, tests in rows)


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_named_test_exists(path: str, name: str) -> None:
    text = (ROOT / "tests" / "gui" / path).read_text(encoding="utf-8")
    assert re.search(rf"^(async )?def {name}\(", text, re.MULTILINE)


def test_guide_lists_every_shortcut() -> None:
    guide = (DOCS / "desktop.md").read_text(encoding="utf-8")
    for shortcut in SHORTCUTS:
        if shortcut.listed:
            assert f"| {shown_keys(shortcut, 'linux')} | {shortcut.text} |" in guide


def test_pictures_are_there_and_small() -> None:
    pictures = list((DOCS / "screenshots").glob("*.png"))
    assert sum(path.stat().st_size for path in pictures) < MAX_PICTURES_BYTES
    for page in (ROOT / "README.md", DOCS / "desktop.md"):
        for name in re.findall(r"screenshots/([\w-]+\.png)", page.read_text(encoding="utf-8")):
            assert (DOCS / "screenshots" / name).exists()
