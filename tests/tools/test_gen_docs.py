"""Generated regions: filled from the code, caught when edited, loud when nobody can fill them."""

from __future__ import annotations

import importlib

import pytest

from tools import gen_docs
from whispr.protocol import codes, limits
from whispr.protocol.schema import FRAMES
from whispr.protocol.states import State

DOCUMENT = "# Title\n\n<!-- generated: goaway -->\nold\n<!-- end -->\n\nKept.\n"


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "page.md").write_text(DOCUMENT, encoding="utf-8")
    return tmp_path


def test_region_is_filled_and_the_rest_is_kept():
    text = gen_docs.filled(DOCUMENT)
    assert text.startswith("# Title\n\n<!-- generated: goaway -->\n\n| number | name")
    assert "| 2 | replaced | Another connection" in text
    assert text.endswith("<!-- end -->\n\nKept.\n")
    assert gen_docs.filled(text) == text


def test_edited_region_is_caught_and_mended(tree, monkeypatch, capsys):
    monkeypatch.setattr(gen_docs, "ROOT", tree)
    page = tree / "docs" / "page.md"
    assert gen_docs.main([]) == 0
    assert gen_docs.main(["--check"]) == 0
    good = page.read_text(encoding="utf-8")
    page.write_text(good.replace("| 2 | replaced", "| 3 | replaced"), encoding="utf-8")
    capsys.readouterr()

    assert gen_docs.main(["--check"]) == 1
    assert capsys.readouterr().out == "docs/page.md: generated regions are stale\n"
    assert "| 3 | replaced" in page.read_text(encoding="utf-8")

    assert gen_docs.main([]) == 0
    assert page.read_text(encoding="utf-8") == good


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<!-- generated: nonsense -->\n<!-- end -->\n", "nothing generates the region nonsense"),
        ("<!-- generated: goaway -->\nno end\n", "no end or an unknown form"),
        ("<!-- generated: go away -->\n<!-- end -->\n", "no end or an unknown form"),
    ],
)
def test_region_that_cannot_be_filled_is_an_error(tree, text, reason):
    with pytest.raises(gen_docs.RegionError, match=reason):
        gen_docs.filled(text)
    (tree / "docs" / "page.md").write_text(text, encoding="utf-8")
    assert reason in gen_docs.stale(tree, write=True)[0]
    assert (tree / "docs" / "page.md").read_text(encoding="utf-8") == text


def test_configuration_that_does_not_load_is_an_error(monkeypatch):
    def fails(name):
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", fails)
    with pytest.raises(gen_docs.RegionError, match=r"whispr\.relay\.config does not load"):
        gen_docs.filled("<!-- generated: configuration -->\n<!-- end -->\n")


def test_every_declaration_is_in_its_region():
    for name in (gen_docs.wire_name(cls) for cls in FRAMES.values()):
        assert f"[{name}](#{name.lower()})" in gen_docs.frames_region()
        assert f"#### {name}\n" in gen_docs.frame_fields_region()
    for code in codes.ErrorCode:
        assert f"| {int(code)} | `{code.name.lower()}` |" in gen_docs.errors_region()
    for state in State:
        assert f"| {state.value} |" in gen_docs.states_region()
    for name in (name for name in vars(limits) if name.isupper()):
        assert f"| `{name}` |" in gen_docs.limits_region()


def test_fields_stand_in_order_with_type_and_meaning():
    section = gen_docs.frame_fields_region().split("#### SUBSCRIBE\n")[1].split("####")[0]
    assert "after an AUTH for read; answered by SUBSCRIBED or ERROR." in section
    assert section.index("| 2 | `credit_messages` | u16 |") < section.index(
        "| 3 | `credit_bytes` | u32 |"
    )


def test_documented_reads_what_stands_below_a_name():
    source = 'A = 1\n"""About\nA."""\nB: int = 2\n"""About B."""\nC = 3\n'
    assert gen_docs.documented(source) == {"A": "About A.", "B": "About B."}


def test_table_escapes_bars():
    assert gen_docs.table(["a"], [["x|y"]]) == "| a |\n| --- |\n| x\\|y |\n"


def test_nothing_is_read_outside_the_documentation(tree):
    (tree / "README.md").write_text("no region\n", encoding="utf-8")
    (tree / "notes.txt").write_text("<!-- generated: nonsense -->", encoding="utf-8")
    assert gen_docs.stale(tree, write=False) == ["docs/page.md: generated regions are stale"]
