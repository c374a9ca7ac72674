"""Every screen of the desktop client as a picture: light and dark, 1x and 2x, and 660 pixels wide.

    python -m tools.screenshots [--out docs/screenshots] [--only 01]

The real views with made-up people at a fixed time, on an Xvfb of its own; ImageMagick takes the
pictures and makes them small.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import tkinter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.screenshot_data import NOW_MS
from tools.screenshot_screens import SCREENS
from tools.screenshot_studio import Studio

ROOT = Path(__file__).resolve().parent.parent
WIDTH, HEIGHT, NARROW = 1120, 740, 660
COLORS = 128
NOT_AT_2X = ("02", "15", "18", "23", "24", "31")
"""States of screens that are there at 2x in another state: the folder is kept small."""


@contextmanager
def display(width: int, height: int) -> Iterator[None]:
    """An X server of our own."""
    readable, writable = os.pipe()
    xvfb = subprocess.Popen(
        [
            *("Xvfb", "-displayfd", str(writable), "-screen", "0", f"{width}x{height}x24"),
            *("-dpi", "96", "-nolisten", "tcp", "-noreset"),
        ],
        pass_fds=(writable,),
        stderr=subprocess.DEVNULL,
    )
    os.close(writable)
    with os.fdopen(readable) as numbers:
        os.environ["DISPLAY"] = f":{numbers.readline().strip()}"
    try:
        yield
    finally:
        xvfb.terminate()
        xvfb.wait(10)


def capture(window: tkinter.Tk, target: Path) -> None:
    """The window as a small PNG."""
    area = f"{window.winfo_width()}x{window.winfo_height()}+{window.winfo_rootx()}"
    area += f"+{window.winfo_rooty()}"
    raw = target.with_suffix(".ppm")
    subprocess.run(
        ["import", "-silent", "-window", "root", "-crop", area, "+repage", str(raw)], check=True
    )
    subprocess.run(
        [
            *("convert", str(raw), "-strip", "-dither", "None", "-colors", str(COLORS)),
            *("-define", "png:compression-level=9", "-define", "png:exclude-chunks=date,time"),
            f"png8:{target}",
        ],
        check=True,
    )
    raw.unlink()


def shoot(out: Path, only: str, theme: str, percent: int, width: int, suffix: str) -> None:
    """Every screen in one theme and size."""
    with tempfile.TemporaryDirectory() as folder:
        root = tkinter.Tk(className="Whispr")
        root.option_add("*insertOffTime", 0)
        studio = Studio(root, Path(folder) / "daniel", theme=theme, percent=percent)
        root.geometry(f"{width * percent // 100}x{HEIGHT * percent // 100}+0+0")
        root.update()
        for name, show in SCREENS.items():
            if not name.startswith(only) or (percent > 100 and name.startswith(NOT_AT_2X)):
                continue
            show(studio)
            studio.settle()
            capture(root, out / f"{name}-{theme}{suffix}.png")
            studio.leave()
        studio.app.quit()


def parse(arguments: list[str]) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "screenshots")
    parser.add_argument("--only", default="", help="screens whose name begins so")
    parser.add_argument("--size", choices=["", "2x", "narrow"], help="one size only; '' is 1x")
    return parser.parse_args(arguments)


def run(arguments: list[str]) -> None:
    """Take all pictures."""
    chosen = parse(arguments)
    chosen.out.mkdir(parents=True, exist_ok=True)
    os.environ["TZ"] = "UTC"
    time.tzset()
    time.time_ns = lambda: NOW_MS * 1_000_000  # the clock of the views stands still
    with display(2 * WIDTH, 2 * HEIGHT):
        for size, percent, width in (("", 100, WIDTH), ("2x", 200, WIDTH), ("narrow", 100, NARROW)):
            if chosen.size not in (None, size):
                continue
            for theme in ("light", "dark"):
                suffix = f"-{size}" if size else ""
                shoot(chosen.out, chosen.only, theme, percent, width, suffix)


if __name__ == "__main__":
    run(sys.argv[1:])
