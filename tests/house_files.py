"""Rules of the house about files and processes rather than syntax; see `tests/house.py`."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

from tests import house
from tests import house_plan as plan
from tests.house import Findings, modules


def check_loaded_modules(root: Path) -> Findings:
    """Import a whole package in a fresh process and look at what came along."""
    found = []
    for package, never in plan.LOADED_NEVER.items():
        names = [
            module.name
            for module in modules(root, package.replace(".", "/"))
            if not module.path.endswith("__main__.py")
        ]
        code = (
            "import importlib, sys\n"
            f"for name in {names!r}: importlib.import_module(name)\n"
            "print(*sorted(sys.modules))"
        )
        done = subprocess.run(
            [
                sys.executable,
                "-P",
                "-B",
                "-c",
                f"import sys; sys.path.insert(0, {str(root)!r})\n{code}",
            ],
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        if done.returncode != 0:
            found.append(f"{package}: cannot be imported: {done.stderr.strip().splitlines()[-1]}")
        loaded = set(done.stdout.split())
        found += [f"{package}: importing it loads {name}" for name in never if name in loaded]
    return found


_TEXT_RULES: tuple[tuple[str, re.Pattern[str]], ...] = (
    # Each pattern is written so that this file does not fit it.
    ("a path of one machine", re.compile(r"(?<![\w.~<}])/(?:work|tmp|root|home/\w+)/(?!\*)")),
    ("a package index", re.compile(r"\b(?:test\.)?pypi\.org|python" r"hosted\.org|--index[-]url")),
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE" r" KEY-----\s+[A-Za-z0-9+/]{16}")),
    ("an unfinished spot", re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b")),
)
_KEY_FILES = re.compile(r".*\.(?:pem|key|p12|pfx)|(?:.*/)?keypair\.bin")


_UNTRACKED_FOLDERS = frozenset({"__pycache__", "build", "dist"})


def tracked_files(root: Path) -> list[str]:
    """What is or could be committed; without git, every file outside hidden folders."""
    git = shutil.which("git")
    if git and (root / ".git").exists():
        listing = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")
        done = subprocess.run(
            [git, "-C", str(root), *listing], capture_output=True, encoding="utf-8", check=False
        )
        if done.returncode == 0:
            return sorted(filter(None, done.stdout.split("\0")))
    paths = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    return sorted(
        path.as_posix()
        for path in paths
        if not any(part[0] == "." or part in _UNTRACKED_FOLDERS for part in path.parts[:-1])
    )


def check_text(root: Path) -> Findings:
    """No tracked file speaks of a machine or an index, or holds a key."""
    found = []
    for name in tracked_files(root):
        path = root / name
        content = path.read_bytes() if path.is_file() else b""
        if _KEY_FILES.fullmatch(name):
            found.append(f"{name}:1: key files stay out of the repository")
        if b"\0" in content:
            continue
        text = content.decode("utf-8", errors="replace")
        for what, pattern in _TEXT_RULES:
            if match := pattern.search(text):
                line = text.count("\n", 0, match.start()) + 1
                found.append(f"{name}:{line}: {what}: {match[0][:60]!r}")
    return found


def check_locks(root: Path) -> Findings:
    """Lock files hold pins and hashes only, and a pin for every dependency."""
    found = []
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    run = project["project"].get("dependencies", [])
    dev = project.get("dependency-groups", {}).get("dev", [])
    for name, wanted in (("requirements.lock", run), ("requirements-dev.lock", [*run, *dev])):
        lines = (root / name).read_text(encoding="utf-8").splitlines()
        pins = {line.partition("==")[0] for line in lines if "==" in line}
        for number, line in enumerate(lines, start=1):
            if not re.fullmatch(
                r"# .*|[a-z0-9-]+==\S+ (; .* )?\\|    --hash=sha256:\w{64}( \\)?", line
            ):
                found.append(f"{name}:{number}: neither a pin nor a hash")
        for requirement in wanted:
            distribution = re.split(r"[^\w.-]", requirement)[0].lower().replace("_", "-")
            if distribution not in pins:
                found.append(f"{name}:1: {distribution} is not locked")
    return found


CHECKS: dict[str, Callable[[Path], Findings]] = {
    name.removeprefix("check_"): check
    for name, check in [*vars(house).items(), *list(globals().items())]
    if name.startswith("check_")
}
"""Every rule of both files by its name."""
