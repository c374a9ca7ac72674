"""A real window system for the desktop's tests: Xvfb with openbox, and one root for all of them.

Nothing here is skipped where X is missing: `python3 start.py test` installs what is needed.
"""

from __future__ import annotations

import os
import subprocess
import tkinter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

SCREEN = "1300x900x24"
READY_SECONDS = 15.0


class Display:
    """An X server of our own on a free display, with a window manager."""

    def __init__(self, log: Path) -> None:
        readable, writable = os.pipe()
        self._log = log.open("wb")
        self._server = subprocess.Popen(
            [
                *("Xvfb", "-displayfd", str(writable), "-screen", "0", SCREEN),
                *("-dpi", "96", "-nolisten", "tcp", "-noreset"),
            ],
            pass_fds=(writable,),
            stdout=self._log,
            stderr=self._log,
        )
        os.close(writable)
        # Xvfb writes the number of the display when it takes connections.
        with os.fdopen(readable, "rb") as numbers:
            number = numbers.readline().decode().strip()
        if not number:
            raise RuntimeError("Xvfb did not start: " + log.read_text(errors="replace"))
        self.name = f":{number}"
        # Without a window manager no window ever gets the focus; and a window that is there
        # before it is taken over by it at any time, and is not to be seen meanwhile.
        ready = log.with_name("ready")
        os.mkfifo(ready)
        # Its own keys would take some of ours, such as Alt+Shift+Down.
        settings = log.with_name("openbox.xml")
        settings.write_text('<openbox_config xmlns="http://openbox.org/3.4/rc"/>')
        self._openbox = subprocess.Popen(
            [
                *("openbox", "--sm-disable", "--config-file", str(settings)),
                *("--startup", f"sh -c 'echo ready > {ready}'"),
            ],
            env={**os.environ, "DISPLAY": self.name},
            stdout=self._log,
            stderr=self._log,
        )
        ready.read_text()

    def close(self) -> None:
        """End both processes."""
        for process in (self._openbox, self._server):
            process.terminate()
            process.wait(READY_SECONDS)
        self._log.close()


@pytest.fixture(scope="session")
def display(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a display with a window manager, also in the environment of this process."""
    own = Display(tmp_path_factory.mktemp("display") / "display.log")
    before = {name: os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")}
    os.environ["DISPLAY"] = own.name
    os.environ.pop("WAYLAND_DISPLAY", None)
    try:
        yield own.name
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        own.close()


@pytest.fixture(scope="session")
def shared_root(display: str) -> Iterator[tkinter.Tk]:
    """The one Tk of the test run: many of them leak."""
    root = tkinter.Tk()
    root.geometry("1120x740+40+30")
    root.wait_visibility()
    root.update()
    yield root
    root.destroy()


@pytest.fixture
def root(shared_root: tkinter.Tk) -> Iterator[tkinter.Tk]:
    """The shared root, empty before and after; an exception in a callback fails the test."""
    failures: list[BaseException] = []

    def note(_type: type[BaseException], error: BaseException, _traceback: object) -> None:
        failures.append(error)

    shared_root.report_callback_exception = note  # type: ignore[method-assign,assignment]
    yield shared_root
    for child in shared_root.winfo_children():
        child.destroy()
    for sequence in shared_root.bind():
        shared_root.unbind(sequence)
    for name in shared_root.tk.splitlist(shared_root.tk.call("after", "info")):
        shared_root.after_cancel(name)
    shared_root.update()
    if failures:
        raise failures[0]


@pytest.fixture
def settle(root: tkinter.Tk) -> Callable[[Callable[[], bool]], None]:
    """Handle events until something holds; a test never waits for time itself."""

    def until(holds: Callable[[], bool], *, seconds: float = READY_SECONDS) -> None:
        expired: list[bool] = []
        timer = root.after(round(seconds * 1000), lambda: expired.append(True))
        tick: list[str] = []

        def wake() -> None:
            tick[:] = [root.after(5, wake)]

        wake()
        try:
            while not holds():
                assert not expired, "it did not happen in time"
                root.tk.dooneevent(0)
        finally:
            root.after_cancel(timer)
            root.after_cancel(tick[0])

    return until
