#!/usr/bin/env python3
"""The first command: makes `.venv`, installs the locked dependencies, runs Whispr or its tests.

    python3 start.py                 the demo
    python3 start.py test [...]      every check and test; the rest goes to pytest
    python3 start.py relay ...       any command of `whispr`

Standard library only, and readable by older Pythons so that they can be told what is needed.
Everything it says goes to standard error: standard output belongs to the command.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
OLDEST_PYTHON = (3, 11)
RUN_LOCK = "requirements.lock"
TEST_LOCK = "requirements-dev.lock"
"""Holds everything of RUN_LOCK and the tools of the tests."""
EXIT_FAILED, EXIT_NOT_READY, EXIT_INTERRUPTED = 1, 2, 130


class SystemPackage:
    """A Debian package that something here needs, and how to see that it is there."""

    def __init__(
        self,
        name: str,
        *,
        python_module: str = "",
        command: str = "",
        only_for: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.python_module = python_module
        self.command = command
        self.only_for = only_for

    def is_there(self) -> bool:
        """Whether the module can be imported, or the command (or whole path) found."""
        if self.python_module:
            # A removed package may leave its folder behind, which has no origin.
            return getattr(importlib.util.find_spec(self.python_module), "origin", None) is not None
        return shutil.which(self.command, os.F_OK) is not None


DESKTOP, TESTS = ("demo", "gui", "test"), ("test",)
_NOTO = "/usr/share/fonts/truetype/noto/Noto%s.ttf"
_TOOLS = {"xvfb": "Xvfb", "openbox": "openbox", "xdotool": "xdotool", "xclip": "xclip"}
_TOOLS |= {"imagemagick": "import", "prometheus": "promtool", "redis-server": "redis-server"}
_TOOLS |= {"fonts-noto-core": _NOTO % "Sans-Bold", "fonts-noto-color-emoji": _NOTO % "ColorEmoji"}
SYSTEM_PACKAGES = (
    SystemPackage("python3-venv", python_module="ensurepip"),
    SystemPackage("python3-tk", python_module="_tkinter", only_for=DESKTOP),
    *(SystemPackage(name, command=tool, only_for=TESTS) for name, tool in _TOOLS.items()),
)
"""`only_for`: first arguments that need it; without, all do."""

CHECKS = (
    ("ruff check", ("-m", "ruff", "check", "."), ""),
    ("ruff format", ("-m", "ruff", "format", "--check", "."), ""),
    ("mypy", ("-m", "mypy"), ""),
    ("generated documents", ("tools/gen_docs.py", "--check"), "tools/gen_docs.py"),
)
"""Name, arguments of Python, and the file without which the check does not apply."""


class NotReady(Exception):
    """The machine lacks something; the message says what to do, `code` ends the program.

    `output` is what the program that failed had to say.
    """

    def __init__(self, message: str, code: int, output: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.output = output


class Machine:
    """The world outside this file, so that tests can put another one in its place."""

    def is_root(self) -> bool:
        return hasattr(os, "geteuid") and os.geteuid() == 0

    def has_apt(self) -> bool:
        return shutil.which("apt-get") is not None

    def missing(self, purpose: str) -> list[str]:
        """The system packages that the first argument needs and that are not there."""
        importlib.invalidate_caches()
        needed = [item for item in SYSTEM_PACKAGES if purpose in (item.only_for or (purpose,))]
        return [item.name for item in needed if not item.is_there()]

    def capture(self, command: list[str], **extra_environment: str) -> tuple[int, str]:
        """Run quietly; the exit code and everything that was printed."""
        done = subprocess.run(
            command,
            env={**os.environ, **extra_environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        return done.returncode, done.stdout

    def call(self, command: list[str], folder: Path | None = None) -> int:
        """Run in the foreground; the exit code as a shell would give it."""
        with subprocess.Popen(command, cwd=folder) as process:
            try:
                code = process.wait()
            except KeyboardInterrupt:
                # The command heard it too: let it end in order, unless it is pressed again.
                process.wait()
                raise
        return 128 - code if code < 0 else code

    def become(self, command: list[str]) -> int:
        """Hand this process over, so that signals reach the command and nobody else."""
        if os.name == "nt":
            return self.call(command)
        sys.stdout.flush()
        sys.stderr.flush()
        os.execv(command[0], command)


class Environment:
    """The `.venv` of a checkout: complete as long as its stamp says so, else made anew."""

    def __init__(self, root: Path, machine: Machine) -> None:
        self.root = root
        self.folder = root / ".venv"
        self.machine = machine
        self.stamp = self.folder / "whispr-installed.json"
        binaries = "Scripts" if os.name == "nt" else "bin"
        self.python = self.folder / binaries / ("python.exe" if os.name == "nt" else "python")

    def prepare(self, tests: bool) -> None:
        """Make `.venv` hold what the lock file says. Raises NotReady."""
        wanted = {name: self._digest(name) for name in (RUN_LOCK, TEST_LOCK)[: 1 + tests]}
        installed = self._read_stamp()
        if installed is None:
            self._create()
            installed = {}
        if all(installed.get(name) == digest for name, digest in wanted.items()):
            return
        # Without a stamp the folder counts as half made, should this be interrupted.
        self.stamp.unlink(missing_ok=True)
        self._install(TEST_LOCK if tests else RUN_LOCK)
        self._write_stamp({**installed, **wanted})

    def _digest(self, name: str) -> str:
        return hashlib.sha256((self.root / name).read_bytes()).hexdigest()

    def _probe(self) -> str | None:
        """The version of the Python in `.venv`, or None when it does not run."""
        try:
            code, text = self.machine.capture(
                [str(self.python), "-c", "import sys, pip; print('%d.%d' % sys.version_info[:2])"]
            )
        except OSError:
            return None
        return text.strip() if code == 0 else None

    def _read_stamp(self) -> dict[str, str] | None:
        try:
            stamp = json.loads(self.stamp.read_text(encoding="utf-8"))
            version, locks = stamp["python"], dict(stamp["locks"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return locks if version == self._probe() else None

    def _write_stamp(self, locks: dict[str, str]) -> None:
        draft = self.stamp.with_suffix(".new")
        content = {"python": self._probe(), "locks": locks}
        draft.write_text(json.dumps(content, indent=1), encoding="utf-8")
        draft.replace(self.stamp)

    def _create(self) -> None:
        say("making .venv")
        command = [sys.executable, "-m", "venv", "--clear", str(self.folder)]
        code, text = self.machine.capture(command)
        if code != 0:
            raise NotReady("could not make .venv", EXIT_FAILED, text)
        self._write_path_file()

    def _write_path_file(self) -> None:
        """Make `import whispr` find the checkout; relative, so that a moved one works."""
        code, text = self.machine.capture(
            [str(self.python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
        )
        if code != 0:
            raise NotReady("the new .venv does not work", EXIT_FAILED, text)
        packages = Path(text.strip())
        # Both ends resolved: a relative path through a symbolic link would lead elsewhere.
        relative = os.path.relpath(self.root.resolve(), packages.resolve())
        (packages / "whispr.pth").write_text(relative + "\n", encoding="utf-8")

    def _install(self, lock: str) -> None:
        say(f"installing the locked dependencies ({lock})")
        command = [str(self.python), "-m", "pip", "install", "--quiet", "--no-input"]
        command += ["--disable-pip-version-check", "--require-hashes", "--only-binary", ":all:"]
        command += ["-r", str(self.root / lock)]
        code, text = self.machine.capture(command, PIP_USER="0")
        if code != 0:
            message = "could not install the dependencies (see above); run the same command again"
            raise NotReady(message, EXIT_FAILED, text)


def say(text: str) -> None:
    """One line for the person who waits."""
    print(f"whispr: {text}", file=sys.stderr, flush=True)


def require_system_packages(machine: Machine, purpose: str) -> None:
    """Install what is missing as root on Debian; otherwise raise NotReady with the line to type."""
    missing = machine.missing(purpose)
    if not missing:
        return
    names = " ".join(missing)
    if not machine.has_apt():
        raise NotReady("this Python lacks a part that Debian calls " + names, EXIT_NOT_READY)
    if not machine.is_root():
        raise NotReady("first run: sudo apt-get install -y " + names, EXIT_NOT_READY)
    say("installing " + names)
    for command in (["update"], ["install", "-y", "--no-install-recommends", *missing]):
        code, text = machine.capture(["apt-get", "-qq", *command], DEBIAN_FRONTEND="noninteractive")
        if code != 0:
            raise NotReady(f"apt-get could not install {names}", EXIT_FAILED, text)
    if machine.missing(purpose):
        text = f"{names} is installed, but not for this Python ({sys.executable})"
        raise NotReady(text, EXIT_NOT_READY)


def run_tests(root: Path, python: Path, machine: Machine, pytest_arguments: list[str]) -> int:
    """Every check, then pytest; stops at the first that fails and returns its exit code."""
    steps = [
        (name, [str(python), *arguments])
        for name, arguments, needed_file in CHECKS
        if not needed_file or (root / needed_file).exists()
    ]
    steps.append(("pytest", [str(python), "-m", "pytest", *pytest_arguments]))
    for number, (name, command) in enumerate(steps, start=1):
        say(f"[{number}/{len(steps)}] {name}")
        code = machine.call(command, root)
        if code != 0:
            if name != "pytest":  # its own summary stays the last line
                say(name + " failed: " + " ".join(shlex.quote(part) for part in command))
            return code
    return 0


def main(
    arguments: list[str],
    root: Path = ROOT,
    machine: Machine | None = None,
    version: tuple[int, ...] = sys.version_info[:2],
) -> int:
    """Prepare what the arguments need, then run it; returns the exit code."""
    if version < OLDEST_PYTHON:
        say(f"Python 3.11 or newer is needed; this is {version[0]}.{version[1]}")
        return EXIT_NOT_READY
    machine = machine or Machine()
    arguments = arguments or ["demo"]
    tests = arguments[0] == "test"
    try:
        environment = Environment(root, machine)
        require_system_packages(machine, arguments[0])
        environment.prepare(tests)
        if tests:
            return run_tests(root, environment.python, machine, arguments[1:])
        # -P: a file in the current folder must not pass for a module of Whispr.
        command = [str(environment.python), "-P", "-m", "whispr", *arguments]
        return machine.become(command)
    except NotReady as problem:
        print(problem.output, end="", file=sys.stderr)
        say(str(problem))
        return problem.code
    except OSError as error:
        say(f"cannot prepare {root}: {error}")
        return EXIT_FAILED
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return EXIT_INTERRUPTED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
