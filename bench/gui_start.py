"""How long it takes from the command to a PIN screen that is drawn; run by `bench/gui.py`."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from whispr.client.account import new_key_material
from whispr.client.profile import Profile
from whispr.protocol.address import RelayAddress

RUNS = 5
_ORDER = json.dumps({"ask": "where", "label": "Unlock"}) + "\n"


def cold_starts(root: Path, runs: int = RUNS) -> list[float]:
    """Milliseconds of that many starts of `python -m whispr gui` in the tree at `root`."""
    with tempfile.TemporaryDirectory() as folder:
        relay = RelayAddress.parse("whispr://127.0.0.1:7443")
        material = new_key_material("Alice", relay, now_ms=time.time_ns() // 1_000_000)
        Profile.create(Path(folder) / "profile", material, "482915").close()
        return [_start(root, Path(folder) / "profile") for _ in range(runs)]


def _start(root: Path, profile: Path) -> float:
    started = time.perf_counter()
    command = ("-m", "whispr", "gui", "--test-hooks", "--profile", str(profile))
    with subprocess.Popen(
        [sys.executable, *command],
        cwd=root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as window:
        assert window.stdin is not None and window.stdout is not None
        window.stdout.readline()
        # What is said to be somewhere is mapped; the answer comes when it has been drawn.
        place = None
        while place is None:
            window.stdin.write(_ORDER)
            window.stdin.flush()
            place = json.loads(window.stdout.readline())
        taken = (time.perf_counter() - started) * 1000
        window.kill()
    return taken
