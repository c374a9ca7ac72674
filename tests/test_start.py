from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

START = Path(__file__).resolve().parent.parent / "start.py"


def load_start() -> ModuleType:
    specification = importlib.util.spec_from_file_location("start", START)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


start = load_start()


class FakeMachine(start.Machine):  # type: ignore[misc, name-defined]
    """A machine that writes down what it is told to run, and pretends to have done it."""

    def __init__(self) -> None:
        self.root = False
        self.apt = True
        self.lacks: list[str] = []
        self.apt_helps = True
        self.ran: list[str] = []
        self.failing: dict[str, int] = {}
        self.interrupt_at = ""
        self.python_version = "3.11"
        self.folder: Path | None = None

    def is_root(self) -> bool:
        return self.root

    def has_apt(self) -> bool:
        return self.apt

    def missing(self, purpose: str) -> list[str]:
        return list(self.lacks)

    def capture(self, command: list[str], **extra_environment: str) -> tuple[int, str]:
        line = " ".join(command)
        if "import sys, pip" in line:
            exists = Path(command[0]).exists()
            return (0, self.python_version + "\n") if exists else (127, "not found")
        if "sysconfig" in line:
            return 0, str(self._site_packages(Path(command[0]).parent.parent)) + "\n"
        self.ran.append(line)
        if self.interrupt_at and self.interrupt_at in line:
            raise KeyboardInterrupt
        for part, code in self.failing.items():
            if part in line:
                return code, "the reason\n"
        if "-m venv" in line:
            folder = Path(command[-1])
            self._site_packages(folder).mkdir(parents=True, exist_ok=True)
            python = start.Environment(folder.parent, self).python
            python.parent.mkdir(exist_ok=True)
            python.write_text("")
        if "apt-get" in line and self.apt_helps and "install" in line:
            self.lacks = []
        return 0, ""

    def call(self, command: list[str], folder: Path | None = None) -> int:
        line = " ".join(command)
        self.ran.append(line)
        self.folder = folder
        if self.interrupt_at and self.interrupt_at in line:
            raise KeyboardInterrupt
        return next((code for part, code in self.failing.items() if part in line), 0)

    def become(self, command: list[str]) -> int:
        return self.call(command)

    @staticmethod
    def _site_packages(venv: Path) -> Path:
        return venv / "lib" / "python3.11" / "site-packages"


@pytest.fixture
def machine() -> FakeMachine:
    return FakeMachine()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    root = tmp_path / "check out"
    (root / "tools").mkdir(parents=True)
    (root / "requirements.lock").write_text("one")
    (root / "requirements-dev.lock").write_text("one two")
    (root / "tools" / "gen_docs.py").write_text("")
    return root


Run = Callable[..., int]


@pytest.fixture
def run(checkout: Path, machine: FakeMachine) -> Run:
    def run(*arguments: str) -> int:
        machine.ran.clear()
        return int(start.main(list(arguments), root=checkout, machine=machine))

    return run


def steps(machine: FakeMachine) -> list[str]:
    """What was run, in short."""
    short = {
        "-m venv": "venv",
        "requirements-dev.lock": "install dev",
        "requirements.lock": "install",
        "-m whispr": "whispr",
        "ruff check": "check",
        "ruff format": "format",
        "-m mypy": "mypy",
        "gen_docs.py": "docs",
        "-m pytest": "pytest",
        "apt-get": "apt",
    }
    return [next(name for part, name in short.items() if part in line) for line in machine.ran]


def test_first_run_makes_installs_and_shows_the_demo(
    run: Run, machine: FakeMachine, checkout: Path
) -> None:
    assert run() == 0
    assert steps(machine) == ["venv", "install", "whispr"]
    assert machine.ran[0] == f"{sys.executable} -m venv --clear {checkout / '.venv'}"
    assert "--require-hashes" in machine.ran[1]
    assert machine.ran[2].endswith("-P -m whispr demo")


def test_second_run_only_runs(run: Run, machine: FakeMachine) -> None:
    run()
    assert run() == 0
    assert steps(machine) == ["whispr"]


def test_arguments_are_passed_on(run: Run, machine: FakeMachine) -> None:
    run("relay", "--listen", "127.0.0.1:0")
    assert machine.ran[-1].endswith("-m whispr relay --listen 127.0.0.1:0")


def test_code_of_the_command_is_ours(run: Run, machine: FakeMachine) -> None:
    machine.failing = {"-m whispr": 4}
    assert run("send") == 4


def test_changed_lock_is_installed_once(run: Run, machine: FakeMachine, checkout: Path) -> None:
    run()
    (checkout / "requirements.lock").write_text("another")
    run()
    assert steps(machine) == ["install", "whispr"]
    run()
    assert steps(machine) == ["whispr"]


def test_tests_need_more_and_the_demo_then_needs_nothing(run: Run, machine: FakeMachine) -> None:
    run()
    run("test")
    assert steps(machine)[0] == "install dev"
    run("test")
    assert "install dev" not in steps(machine)
    run()
    assert steps(machine) == ["whispr"]


def test_every_check_runs_before_pytest(run: Run, machine: FakeMachine, checkout: Path) -> None:
    assert run("test", "-k", "house") == 0
    assert steps(machine)[2:] == ["check", "format", "mypy", "docs", "pytest"]
    assert machine.ran[-1].endswith("-m pytest -k house")
    assert machine.folder == checkout


def test_check_without_its_file_does_not_apply(
    run: Run, machine: FakeMachine, checkout: Path
) -> None:
    (checkout / "tools" / "gen_docs.py").unlink()
    run("test")
    assert "docs" not in steps(machine)


@pytest.mark.parametrize(
    ("failing", "last"),
    [("ruff check", "check"), ("ruff format", "format"), ("mypy", "mypy"), ("-m pytest", "pytest")],
)
def test_first_failure_ends_the_tests_with_its_code(
    failing: str, last: str, run: Run, machine: FakeMachine
) -> None:
    machine.failing = {failing: 7}
    assert run("test") == 7
    assert steps(machine)[-1] == last


def test_nothing_is_said_after_the_summary_of_pytest(
    run: Run, machine: FakeMachine, capfd: pytest.CaptureFixture[str]
) -> None:
    machine.failing = {"-m pytest": 1}
    run("test")
    output, messages = capfd.readouterr()
    assert output == ""
    assert messages.splitlines()[-1] == "whispr: [5/5] pytest"


@pytest.mark.parametrize("at", ["-m venv", "-m pip"])
def test_interrupted_preparation_begins_anew(at: str, run: Run, machine: FakeMachine) -> None:
    machine.interrupt_at = at
    assert run() == 130
    machine.interrupt_at = ""
    assert run() == 0
    assert steps(machine) == ["venv", "install", "whispr"]


def test_interrupted_update_begins_anew(run: Run, machine: FakeMachine, checkout: Path) -> None:
    run()
    (checkout / "requirements.lock").write_text("another")
    machine.interrupt_at = "-m pip"
    assert run() == 130
    machine.interrupt_at = ""
    run()
    assert steps(machine) == ["venv", "install", "whispr"]


def test_interrupted_command_ends_with_130(run: Run, machine: FakeMachine) -> None:
    machine.interrupt_at = "-m pytest"
    assert run("test") == 130


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"python": "3.11"}', "\xff"])
def test_unreadable_stamp_counts_as_none(
    content: str, run: Run, machine: FakeMachine, checkout: Path
) -> None:
    run()
    (checkout / ".venv" / "whispr-installed.json").write_text(content, encoding="latin-1")
    assert run() == 0
    assert steps(machine) == ["venv", "install", "whispr"]


def test_venv_whose_python_is_gone_is_made_anew(
    run: Run, machine: FakeMachine, checkout: Path
) -> None:
    run()
    start.Environment(checkout, machine).python.unlink()
    run()
    assert steps(machine) == ["venv", "install", "whispr"]


def test_venv_of_another_python_is_made_anew(run: Run, machine: FakeMachine) -> None:
    run()
    machine.python_version = "3.12"
    run()
    assert steps(machine) == ["venv", "install", "whispr"]


def test_moved_checkout_still_finds_itself(
    run: Run, machine: FakeMachine, checkout: Path, tmp_path: Path
) -> None:
    run()
    moved = checkout.rename(tmp_path / "elsewhere")
    machine.ran.clear()
    assert start.main([], root=moved, machine=machine) == 0
    assert steps(machine) == ["whispr"]
    path_file = next(moved.glob(".venv/**/whispr.pth"))
    assert (path_file.parent / path_file.read_text().strip()).resolve() == moved.resolve()


@pytest.mark.parametrize("part", ["-m venv", "-m pip"])
def test_failed_preparation_shows_why_and_is_tried_again(
    part: str, run: Run, machine: FakeMachine, capfd: pytest.CaptureFixture[str]
) -> None:
    machine.failing = {part: 3}
    assert run() == 1
    *_, reason, advice = capfd.readouterr().err.splitlines()
    assert reason == "the reason"
    assert advice.startswith("whispr: could not ")
    machine.failing = {}
    assert run() == 0


def test_missing_lock_file_is_one_line(
    run: Run, checkout: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (checkout / "requirements.lock").unlink()
    assert run() == 1
    assert capfd.readouterr().err.startswith("whispr: cannot prepare")


def test_root_on_debian_installs_what_is_missing(run: Run, machine: FakeMachine) -> None:
    machine.lacks, machine.root = ["python3-venv"], True
    assert run() == 0
    assert machine.ran[:2] == [
        "apt-get -qq update",
        "apt-get -qq install -y --no-install-recommends python3-venv",
    ]


def test_nothing_is_installed_on_a_complete_machine(run: Run, machine: FakeMachine) -> None:
    machine.root = True
    run()
    assert "apt" not in steps(machine)


def test_without_root_the_one_line_is_printed(
    run: Run, machine: FakeMachine, checkout: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    machine.lacks = ["python3-venv", "python3-tk"]
    assert run() == 2
    expected = "whispr: first run: sudo apt-get install -y python3-venv python3-tk\n"
    assert capfd.readouterr().err == expected
    assert machine.ran == []
    assert not (checkout / ".venv").exists()


def test_other_systems_are_told_what_is_missing(
    run: Run, machine: FakeMachine, capfd: pytest.CaptureFixture[str]
) -> None:
    machine.lacks, machine.apt = ["python3-venv"], False
    assert run() == 2
    assert "python3-venv" in capfd.readouterr().err


def test_package_that_does_not_help_is_said(
    run: Run, machine: FakeMachine, capfd: pytest.CaptureFixture[str]
) -> None:
    machine.lacks, machine.root, machine.apt_helps = ["python3-venv"], True, False
    assert run() == 2
    assert "is installed, but not for this Python" in capfd.readouterr().err


def test_failing_apt_shows_why(
    run: Run, machine: FakeMachine, capfd: pytest.CaptureFixture[str]
) -> None:
    machine.lacks, machine.root, machine.failing = ["python3-venv"], True, {"install": 100}
    assert run() == 1
    assert "the reason" in capfd.readouterr().err


def test_package_is_there_when_its_part_is() -> None:
    package = start.SystemPackage
    assert package("a", python_module="json").is_there()
    assert not package("a", python_module="no_such_module").is_there()
    assert package("a", command=sys.executable).is_there()
    assert package("a", command=__file__).is_there()
    assert not package("a", command=__file__ + ".none").is_there()
    assert not package("a", command="no-such-command").is_there()


def test_empty_folder_is_no_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "left_over_of_a_package").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    assert importlib.util.find_spec("left_over_of_a_package") is not None
    assert not start.SystemPackage("a", python_module="left_over_of_a_package").is_there()


def test_packages_for_tests_are_asked_of_tests_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    packages = (
        start.SystemPackage("always", command="no-such-command"),
        start.SystemPackage("tests", command="no-such-command", only_for=start.TESTS),
        start.SystemPackage("desktop", command="no-such-command", only_for=start.DESKTOP),
        start.SystemPackage("present", python_module="json"),
    )
    monkeypatch.setattr(start, "SYSTEM_PACKAGES", packages)
    assert start.Machine().missing("relay") == ["always"]
    assert start.Machine().missing("demo") == ["always", "desktop"]
    assert start.Machine().missing("test") == ["always", "tests", "desktop"]


@pytest.mark.parametrize(("version", "code"), [((3, 10), 2), ((3, 11), 0), ((3, 14), 0)])
def test_old_python_is_told_so(
    version: tuple[int, int],
    code: int,
    checkout: Path,
    machine: FakeMachine,
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert start.main([], root=checkout, machine=machine, version=version) == code
    message = "whispr: Python 3.11 or newer is needed; this is 3.10\n"
    assert (capfd.readouterr().err == message) == (code == 2)


def test_old_pythons_can_read_the_file() -> None:
    compile_only = "import ast, sys; ast.parse(open(sys.argv[1]).read(), feature_version=(3, 8))"
    subprocess.run([sys.executable, "-c", compile_only, str(START)], check=True)


def test_real_machine_tells_output_and_codes(tmp_path: Path) -> None:
    machine = start.Machine()
    code = "import os, sys; print(os.environ['WHISPR_TEST']); sys.exit(3)"
    done = machine.capture([sys.executable, "-c", code], WHISPR_TEST="grüße")
    assert done == (3, "grüße\n")
    folder = "import os, sys; sys.exit(os.path.basename(os.getcwd()) == 'here')"
    (tmp_path / "here").mkdir()
    assert machine.call([sys.executable, "-c", folder], tmp_path / "here") == 1


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_command_that_a_signal_ended_has_the_code_of_a_shell() -> None:
    code = "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"
    assert start.Machine().call([sys.executable, "-c", code]) == 128 + signal.SIGTERM


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_interrupted_command_may_end_in_order(tmp_path: Path) -> None:
    # Both hear Ctrl-C; the command needs longer than the patience of subprocess.call.
    command = """if 1:
        import pathlib, threading
        try:
            print("ready", flush=True)
            threading.Event().wait(30)
        except KeyboardInterrupt:
            threading.Event().wait(0.5)
            print("tidy", flush=True)
    """
    code = f"""if 1:
        import importlib.util, sys
        specification = importlib.util.spec_from_file_location("start", {str(START)!r})
        start = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(start)
        try:
            start.Machine().call([sys.executable, "-c", {command!r}])
        except KeyboardInterrupt:
            sys.exit(130)
    """
    with subprocess.Popen(
        [sys.executable, "-B", "-c", code],
        stdout=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        os.killpg(process.pid, signal.SIGINT)
        assert process.stdout.read() == "tidy\n"
    assert process.returncode == 130


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_command_takes_the_place_of_the_process() -> None:
    code = f"""if 1:
        import importlib.util, os, sys
        specification = importlib.util.spec_from_file_location("start", {str(START)!r})
        start = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(start)
        print(os.getpid(), flush=True)
        start.Machine().become([sys.executable, "-c", "import os; print(os.getpid())"])
    """
    done = subprocess.run([sys.executable, "-B", "-c", code], capture_output=True, check=True)
    first, second = done.stdout.split()
    assert first == second


def test_stamp_names_what_is_installed(run: Run, checkout: Path) -> None:
    run("test")
    stamp = json.loads((checkout / ".venv" / "whispr-installed.json").read_text())
    assert stamp["python"] == "3.11"
    assert set(stamp["locks"]) == {"requirements.lock", "requirements-dev.lock"}
