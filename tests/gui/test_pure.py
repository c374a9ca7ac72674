"""What needs no window is loaded without one."""

from __future__ import annotations

import subprocess
import sys

import pytest

MODULES = "tokens themes raster icons ticks faces shown links textlayout emoji items".split()


@pytest.mark.parametrize("name", MODULES)
def test_it_does_not_load_tkinter(name: str) -> None:
    code = f"import sys, whispr.gui.{name}; sys.exit('tkinter' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
