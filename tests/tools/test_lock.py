from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tools import lock

ROOT = Path(__file__).resolve().parent.parent.parent
HASH = "    --hash=sha256:" + "0f" * 32


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", lock.LOCKS)
def test_lock_holds_pins_and_hashes_only(name: str) -> None:
    assert read(name).startswith(lock.HEADER)
    assert lock.unexpected_lines(read(name)) == []


@pytest.mark.parametrize("name", lock.LOCKS)
def test_every_pin_has_a_hash(name: str) -> None:
    lines = read(name).removeprefix(lock.HEADER).splitlines()
    followers = [lines[number + 1] for number, line in enumerate(lines[:-1]) if "==" in line]
    assert "==" not in lines[-1]
    assert followers and all("--hash=" in line for line in followers)


def test_the_tests_use_what_is_shipped() -> None:
    shipped, tested = read("requirements.lock"), read("requirements-dev.lock")
    pins = [line for line in shipped.splitlines() if "==" in line]
    assert all(line in tested for line in pins)


def test_pins_satisfy_the_project() -> None:
    project = tomllib.loads(read("pyproject.toml"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    pins: dict[str, list[str]] = {}
    for line in read("requirements-dev.lock").splitlines():
        if "==" in line:
            name, _, version = line.split()[0].partition("==")
            pins.setdefault(name, []).append(version)
    for requirement in map(Requirement, wanted):
        versions = pins[requirement.name.lower().replace("_", "-")]
        assert any(version in requirement.specifier for version in versions), requirement


@pytest.mark.parametrize(
    "line",
    [
        f"--index{'-url'} somewhere",
        "-i somewhere",
        "--find-links /opt/wheels",
        "segno",
        "segno==1.6.6",
        "segno @ https://example.org/segno.whl \\",
        "# via whispr",
        HASH + "0",
        "    --hash=md5:" + "0" * 32,
    ],
)
def test_anything_else_is_noticed(line: str) -> None:
    text = f"{lock.HEADER}segno==1.6.6 \\\n{HASH} \\\n{HASH}\n"
    assert lock.unexpected_lines(text) == []
    assert lock.unexpected_lines(text + line + "\n") == [line]


def test_without_uv_nothing_is_touched(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {name: read(name) for name in lock.LOCKS}
    monkeypatch.setattr(lock.shutil, "which", lambda _command: None)
    assert lock.main([]) == 2
    assert "pip install uv" in capsys.readouterr().err
    assert {name: read(name) for name in lock.LOCKS} == before


def test_failed_resolution_is_the_code_of_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock.shutil, "which", lambda _command: "false")
    with pytest.raises(SystemExit) as caught:
        lock.main([])
    assert caught.value.code == 1
