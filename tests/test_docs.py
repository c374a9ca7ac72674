"""The documentation fits the tree: nothing generated is stale, no link is dead, no § is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools import gen_docs
from whispr.protocol import codes, signing
from whispr.protocol.envelope import MAX_CIPHERTEXT_BYTES

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("docs/**/*.md"), *ROOT.glob("*.md"), *ROOT.glob("certs/*.md")])
PROTOCOL = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
CODE_BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def anchors(path: Path) -> set[str]:
    """The anchors that a reader of Markdown makes from headings."""
    text = CODE_BLOCK.sub("", path.read_text(encoding="utf-8"))
    headings = (heading.strip().lower() for heading in HEADING.findall(text))
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in headings}


def test_no_generated_region_is_stale():
    assert gen_docs.stale(ROOT, write=False) == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_relative_links_resolve(path):
    dead = []
    for target in LINK.findall(CODE_BLOCK.sub("", path.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        other = (path.parent / name).resolve() if name else path
        if not other.exists() or (anchor and anchor not in anchors(other)):
            dead.append(target)
    assert dead == []


def test_cited_sections_of_the_protocol_exist():
    sections = set(re.findall(r"^## (\d+)\. ", PROTOCOL, re.MULTILINE))
    assert sections == {str(number) for number in range(1, 17)}
    cited = {
        (path.name, number)
        for path in (ROOT / "whispr").rglob("*.py")
        for number in re.findall(
            r"protocol\.md`? §(\d+)", " ".join(path.read_text(encoding="utf-8").split())
        )
    }
    assert len(cited) > 10
    assert [citation for citation in cited if citation[1] not in sections] == []
    assert set(re.findall(r"§(\d+)", PROTOCOL)) <= sections


def test_advice_is_given_for_every_error_code():
    advice = PROTOCOL.split("| code | when | what a client does |")[1].split("GOAWAY")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", advice, re.MULTILINE)) == {
        code.name.lower() for code in codes.ErrorCode
    }


def test_a_reason_is_given_for_every_error_code():
    reasons = PROTOCOL.split("## 14. ")[1].split("## 15. ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", reasons, re.MULTILINE)) == {
        code.name.lower() for code in codes.ErrorCode
    }


def test_every_label_is_named():
    for label in signing.ALL_LABELS:
        assert f"`{label[:-1].decode()}`" in PROTOCOL


def test_every_file_of_vectors_is_named():
    for path in sorted((ROOT / "tests" / "vectors").glob("*.json")):
        assert f"`{path.name}`" in PROTOCOL


def test_numbers_in_the_text_are_those_of_the_code():
    assert f"1 to {MAX_CIPHERTEXT_BYTES:,} bytes" in PROTOCOL
