from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from certs import make_dev_cert
from whispr.relay import certificate

ROOT = Path(__file__).resolve().parent.parent.parent


def test_makes_a_certificate_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert make_dev_cert.main(["--folder", str(tmp_path), "relay.example"]) == 0
    first = capsys.readouterr().out
    assert certificate.relay_ids(certificate.own_paths(tmp_path)).hex() in first
    assert first.strip().endswith("for relay.example")
    assert make_dev_cert.main(["--folder", str(tmp_path)]) == 0
    assert capsys.readouterr().out == first


def test_is_for_this_computer_unless_told_otherwise(tmp_path: Path) -> None:
    make_dev_cert.main(["--folder", str(tmp_path)])
    made = certificate.inspect(certificate.own_paths(tmp_path))
    assert made.host_names == ("localhost", "127.0.0.1", "::1")


def test_says_in_one_line_why_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "relay.pem").write_text("broken")
    assert make_dev_cert.main(["--folder", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith("no certificate: cannot use")


@pytest.mark.parametrize(
    ("name", "ignored"),
    [
        ("relay.pem", True),
        ("next.key", True),
        ("anything", True),
        ("README.md", False),
        ("make_dev_cert.py", False),
    ],
)
def test_nothing_made_here_can_be_committed(name: str, ignored: bool) -> None:
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        lines = (ROOT / "certs" / ".gitignore").read_text(encoding="utf-8").splitlines()
        assert (f"!{name}" not in lines) == ignored
        return
    done = subprocess.run(
        ["git", "-C", str(ROOT), "check-ignore", "-q", "--no-index", f"certs/{name}"]
    )
    assert (done.returncode == 0) == ignored


def test_runs_as_a_program() -> None:
    command = [sys.executable, str(ROOT / "certs" / "make_dev_cert.py"), "--help"]
    done = subprocess.run(
        command, env={"PYTHONPATH": str(ROOT)}, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0
    assert "--folder" in done.stdout
