from __future__ import annotations

import os
import subprocess
import sys


def test_without_a_display_it_says_so() -> None:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY")
    }
    done = subprocess.run(
        [sys.executable, "-m", "whispr", "gui", "--profile", "/nonexistent/whispr"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "there is no display" in done.stderr and "Traceback" not in done.stderr
