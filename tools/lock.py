"""Writes requirements.lock and requirements-dev.lock: exact versions with the hashes of every file.

    python tools/lock.py [--upgrade]

Versions that are locked already stay unless `--upgrade` is given. Needs the `uv` command. The
result fits every system and Python that Whispr runs on, and names no package index: where files
come from is for the machine that installs them, what they must be is written here.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = "# Written by tools/lock.py; do not edit.\n"
LOCKS: Mapping[str, tuple[str, ...]] = {
    "requirements.lock": (),
    "requirements-dev.lock": ("--group", "dev", "--constraint", "requirements.lock"),
}
_PIN = re.compile(r"[a-z0-9][a-z0-9.-]*==[0-9][0-9a-z.]*( ; [^\\\n]+)? \\")
_HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")


def unexpected_lines(text: str) -> list[str]:
    """Lines of a lock file that are neither its header, a pin nor a hash."""
    lines = text.removeprefix(HEADER).splitlines()
    return [line for line in lines if not (_PIN.fullmatch(line) or _HASH.fullmatch(line))]


def compile_lock(uv: str, name: str, extra_arguments: list[str]) -> str:
    """Let uv resolve one lock file in place; returns its text without a header.

    Raises SystemExit when uv fails; it has then said why.
    """
    command = [uv, "pip", "compile", "pyproject.toml", "--output-file", name, "--quiet"]
    command += ["--no-config", "--universal", "--python-version", "3.11", "--generate-hashes"]
    command += ["--no-header", "--no-annotate", *LOCKS[name], *extra_arguments]
    # A private index of this machine must not decide what everybody installs.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("UV_")}
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    if done.returncode != 0:
        raise SystemExit(done.returncode)
    return (ROOT / name).read_text(encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Write both files; returns the exit code."""
    uv = shutil.which("uv")
    if uv is None:
        print("uv is needed: pip install uv", file=sys.stderr)
        return 2
    for name in LOCKS:
        text = compile_lock(uv, name, arguments)
        if strange := unexpected_lines(text):
            print(f"{name}: unexpected line {strange[0]!r}", file=sys.stderr)
            return 1
        (ROOT / name).write_text(HEADER + text, encoding="utf-8")
        print(f"{name}: {text.count('==')} packages, {text.count('sha256:')} files")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
