from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py")
PATIENCE = "CHILD_PATIENCE_SECONDS = 3.0"
FILES = {
    "test_module.py": "import pytest\npytest.skip('whole module', allow_module_level=True)\n",
    "test_mark.py": "import pytest\n@pytest.mark.skip(reason='mark')\ndef test_one(): pass\n",
    "test_call.py": "import pytest\ndef test_one(): pytest.skip('call')\n",
    "test_known.py": "import pytest\n@pytest.mark.xfail\ndef test_one(): assert 0\n",
    "test_fine.py": "def test_one(): pass\n",
}
CHILD = "[sys.executable, '-c', 'import sys; sys.stdin.read()']"


def run(folder: Path, files: dict[str, str], **environment: str) -> tuple[int, str]:
    """Exit code and output of another pytest, on files beside a copy of our conftest."""
    conftest = CONFTEST.read_text(encoding="utf-8")
    assert PATIENCE in conftest
    impatient = conftest.replace(PATIENCE, "CHILD_PATIENCE_SECONDS = 0.2")
    for name, text in {**files, "conftest.py": impatient, "pytest.ini": "[pytest]\n"}.items():
        (folder / name).write_text(text, encoding="utf-8")
    clean = {name: value for name, value in os.environ.items() if name != "CI"}
    clean["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    command = [sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command.append("--continue-on-collection-errors")
    done = subprocess.run(
        command,
        cwd=folder,
        env={**clean, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    return done.returncode, done.stdout.strip()


def leaving(start: str) -> dict[str, str]:
    return {"test_leaving.py": f"import subprocess, sys\ndef test_one():\n    {start}\n"}


def test_skip_is_no_failure_at_home(tmp_path: Path) -> None:
    code, output = run(tmp_path, FILES)
    assert code == 0, output
    assert output.splitlines()[-1].startswith("1 passed, 3 skipped, 1 xfailed")


def test_every_kind_of_skip_fails_in_ci(tmp_path: Path) -> None:
    code, output = run(tmp_path, FILES, CI="true")
    assert code == 1, output
    assert output.splitlines()[-1].startswith("1 failed, 1 passed, 1 xfailed, 2 errors")
    for reason in ("whole module", "mark", "call"):
        assert f"skipped, which CI does not allow: Skipped: {reason}" in output


linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux can tell")


@linux_only
@pytest.mark.parametrize(
    "start",
    [
        f"test_one.child = subprocess.Popen({CHILD}, stdin=subprocess.PIPE)",
        "subprocess.run(['sh', '-c', 'tail -f /dev/null >/dev/null 2>&1 &'], check=True)",
    ],
    ids=["child", "orphan"],
)
def test_process_left_behind_fails_the_run_and_is_ended(start: str, tmp_path: Path) -> None:
    code, output = run(tmp_path, leaving(start))
    assert code == 1, output
    title, process, summary = output.splitlines()[-3:]
    assert "processes left behind" in title
    assert not Path("/proc", process.partition(":")[0]).exists()
    assert summary.startswith("1 passed")


def test_process_that_was_ended_is_no_finding(tmp_path: Path) -> None:
    start = f"subprocess.run({CHILD}, stdin=subprocess.DEVNULL, check=True)"
    code, output = run(tmp_path, leaving(start))
    assert code == 0, output
    assert "left behind" not in output
