"""What holds for every test: nothing is skipped in CI, and no child process is left behind."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import threading
from collections.abc import Generator
from pathlib import Path

import hypothesis
import pytest

IN_CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")
CHILD_PATIENCE_SECONDS = 3.0
"""How long a process that was told to end may take after the last test."""
PR_SET_CHILD_SUBREAPER = 36
LEFT_BEHIND = pytest.StashKey[list[str]]()

hypothesis.settings.register_profile(
    # A busy machine must not fail a test, and CI must fail twice or not at all.
    "whispr",
    deadline=None,
    derandomize=IN_CI,
    database=None,
)
hypothesis.settings.load_profile("whispr")


def pytest_configure(config: pytest.Config) -> None:
    """Make orphans of our children our own, or a daemonised relay would go unseen."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        _fail(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if IN_CI and report.skipped:
        _fail(report)
    return report


def _fail(report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    report.outcome = "failed"
    report.longrepr = f"skipped, which CI does not allow: {reason}"


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    left = _living_children()
    pause = threading.Event()
    rounds = int(CHILD_PATIENCE_SECONDS / 0.05)
    while left and rounds:
        pause.wait(0.05)
        rounds -= 1
        left = _living_children()
    for pid in left:
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    session.config.stash[LEFT_BEHIND] = [f"{pid}: {command}" for pid, command in left.items()]
    if left:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    left = terminalreporter.config.stash.get(LEFT_BEHIND, [])
    if left:
        terminalreporter.section("processes left behind", red=True)
        for line in left:
            terminalreporter.line(line)


def _living_children() -> dict[int, str]:
    """Process id and command of every child that still runs; only Linux can tell."""
    children = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The command in parentheses may itself hold spaces and parentheses.
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
            command = (path.parent / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue  # it ended meanwhile
        if int(parent) == os.getpid() and state != "Z" and "multiprocessing" not in command:
            children[int(path.parent.name)] = command
    return children
