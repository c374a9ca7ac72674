from __future__ import annotations

import pytest

from whispr.gui.services.openlink import Opener, may_run, open_command


@pytest.mark.parametrize("target", ["javascript:alert(1)", "file:///etc/passwd", "HTTP:/x", ""])
def test_only_the_web_is_opened(target: str) -> None:
    started: list[object] = []
    assert not Opener(started.append).open_link(target)
    assert started == []


def test_link_is_one_argument() -> None:
    started: list[object] = []
    assert Opener(started.append, "linux").open_link("https://a.example/?q=;rm -rf")
    assert started == [["xdg-open", "https://a.example/?q=;rm -rf"]]


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_every_system_has_a_way(platform: str) -> None:
    assert open_command("https://a.example", platform)[-1] == "https://a.example"


@pytest.mark.parametrize(
    ("name", "asks"),
    [
        ("report.pdf", False),
        ("photo.png", False),
        ("setup.EXE", True),
        ("run.sh ", True),
        ("page.html", True),
        ("invoice.pdf.desktop", True),
        ("trick.exe. ", True),
        ("noending", True),
    ],
)
def test_what_may_run_is_asked_about(name: str, asks: bool) -> None:
    assert may_run(name) is asks
