from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tests.cli.cli_kit import whispr
from whispr.cli import demo


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_scene_in_a_pipe(temporary: Path) -> None:
    played = whispr("demo")
    assert (played.code, played.err) == (0, "")
    said = played.out
    assert said.index("queued") < said.index("accepted") < said.index("delivered")
    assert f"I heard: {demo.TEXT}" in said
    assert "evening.raw is here: 3.0 MB" in said
    assert list(temporary.iterdir()) == []


def test_scene_on_a_terminal_has_a_bar() -> None:
    played = whispr("demo", terminal=True)
    assert played.code == 0
    assert "% of 3.0 MB" in played.err


def test_scene_for_machines() -> None:
    played = whispr("demo", "--json")
    assert [found["state"] for found in played.of_type("fate")][-1] == "delivered"
    assert len(played.of_type("message")) == 2
    assert played.objects[-1]["complete"] is True


def test_scene_that_hangs_is_given_up(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "SCENE_SECONDS", 0.0)
    played = whispr("demo")
    assert played.code == 3 and "did not come to its end" in played.err
    assert list(temporary.iterdir()) == []
