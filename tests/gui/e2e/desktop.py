"""The desktop client as a process on a real display, driven with real keys and the real mouse.

What it shows is read through `whispr gui --test-hooks`; the programs of a desktop that it starts
(file dialog, notifications, what opens a file) are small scripts that note how they were called.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from processes import ROOT, ActorError, Person, Process, RelayProcess, until

WAIT_SECONDS = 20.0
PIN = "604182"
MakeDesktop = Callable[..., Awaitable["Desktop"]]
MakePerson = Callable[[str, RelayProcess], Awaitable[Person]]
_NOTE = '#!/bin/sh\nfor word in "$0" "$@"; do printf "%s\\n" "$word"; done >> "{log}"\n'
_PICK = _NOTE + 'cat "{answer}"\n'


class Programs:
    """Stand-ins for the programs of a desktop."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "programs"
        self.folder.mkdir()
        self.log = folder / "programs.log"
        self.log.touch()
        self._answer = folder / "answer"
        self._answer.touch()
        for name, script in (("notify-send", _NOTE), ("xdg-open", _NOTE), ("zenity", _PICK)):
            path = self.folder / name
            path.write_text(script.format(log=self.log, answer=self._answer))
            path.chmod(0o755)

    def choose(self, *paths: Path) -> None:
        """What the next file dialogs answer."""
        self._answer.write_text("".join(f"{path}\n" for path in paths))

    async def called(self, word: str) -> str:
        """Wait for a call with this word; returns every word of every call, a line each."""

        async def words() -> str:
            return self.log.read_text()

        return str(await until(words, lambda text: word in text))


class Desktop(Process):
    """One window."""

    def __init__(
        self, folder: Path, display: str, programs: Programs, command: tuple[str, ...] = ()
    ) -> None:
        super().__init__("", folder)
        self._command = command or ("gui", "--test-hooks", "--profile", str(folder))
        self.programs = programs
        self._display = display
        self._turn = asyncio.Lock()
        self.window = ""
        self.actions = 0
        """How often a key combination, a text or the mouse was used."""

    @property
    def environment(self) -> dict[str, str]:
        """What it and the tools are started with."""
        return {
            "DISPLAY": self._display,
            "PATH": f"{self.programs.folder}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.folder.parent),
            "PYTHONPATH": str(ROOT),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
        }

    async def start(self) -> None:
        """Open the window; returns when it takes keys."""
        before = await self._windows()
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "whispr", *self._command),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=self.environment,
                limit=16 * 1024 * 1024,
            )
        while not (line := await self.line()).startswith('{"ready"'):
            assert self._command[0] == "demo", line
        new = await until(self._windows, lambda windows: bool(windows - before))
        (self.window,) = new - before
        await self.activate()

    async def _windows(self) -> set[str]:
        """Every window of Whispr on the display."""
        try:
            found = await self._xdotool("search", "--onlyvisible", "--class", "Whispr")
        except ActorError:
            return set()  # that is how it says that there is none
        return set(found.split())

    async def _xdotool(self, *words: str) -> str:
        return await self.run("xdotool", *words)

    async def run(self, *command: str, text: str = "") -> str:
        """Run a program on the same display; returns what it printed."""
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, **self.environment},
        )
        async with asyncio.timeout(WAIT_SECONDS):
            output, _ = await process.communicate(text.encode())
        if process.returncode:
            raise ActorError(f"{command[0]} ended with {process.returncode}")
        return output.decode()

    async def copy(self, text: str) -> None:
        """Put a text on the clipboard, as another program would."""
        process = await asyncio.create_subprocess_exec(
            *("xclip", "-selection", "clipboard", "-in"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            env={**os.environ, **self.environment},
        )
        async with asyncio.timeout(WAIT_SECONDS):
            await process.communicate(text.encode())

    async def clipboard(self) -> str:
        """What another program would paste."""
        return await self.run("xclip", "-selection", "clipboard", "-out")

    # The hands.

    async def activate(self) -> None:
        """Bring the window to the front and give it the focus."""
        await self._xdotool("windowactivate", "--sync", self.window)

    async def hide(self) -> None:
        """Minimise the window."""
        await self._xdotool("windowminimize", self.window)

    async def key(self, *keys: str) -> None:
        """Press key combinations one after the other."""
        self.actions += 1
        await self._xdotool("key", "--delay", "4", *keys)

    async def type(self, text: str) -> None:
        """Type a text."""
        self.actions += 1
        await self._xdotool("type", "--delay", "4", text)

    async def enter(self, text: str) -> None:
        """Type a text and end it with Enter; one action, as a person counts."""
        await self.type(text)
        await self.key("Return")
        self.actions -= 1

    async def click(self, label: str, button: int = 1) -> None:
        """Press the mouse on what is called that."""
        self.actions += 1
        left, top, width, height = await self.where(label)
        middle = (str(left + width // 2), str(top + height // 2))
        await self._xdotool("mousemove", *middle, "click", str(button))

    # The eyes.

    async def ask(self, ask: str, **more: Any) -> Any:
        """Ask the window something."""
        async with self._turn:
            await self.write(json.dumps({"ask": ask, **more}))
            return json.loads(await self.line())

    async def where(self, label: str) -> tuple[int, int, int, int]:
        """The place of what is called that, once it is there."""
        box = await until(lambda: self.ask("where", label=label), bool)
        return box[0], box[1], box[2], box[3]

    async def look(self) -> dict[str, Any]:
        """States and numbers."""
        found = await self.ask("look")
        assert isinstance(found, dict)
        return found

    async def texts(self) -> str:
        """Everything that is shown."""
        return "\n".join(await self.ask("texts"))

    async def sees(self, *texts: str) -> str:
        """Wait until all of these are shown; returns everything that is."""
        return str(await until(self.texts, lambda shown: all(text in shown for text in texts)))

    async def until(self, **values: Any) -> dict[str, Any]:
        """Wait until `look` has these values."""

        def holds(found: dict[str, Any]) -> bool:
            return all(found.get(name) == value for name, value in values.items())

        found = await until(self.look, holds)
        assert isinstance(found, dict)
        return found

    # What every scene begins with.

    async def name_and_pin(self, name: str = "Alice") -> None:
        """The first two steps of the first run."""
        for field, text in (("Name", name), ("New PIN or passphrase", PIN), ("Repeat it", PIN)):
            await self.until(focus=field)
            await self.enter(text)
        await self.until(focus="Address of a relay")

    async def first_run(self, relay: RelayProcess, *contacts: Person) -> None:
        """A new profile at a relay that knows these people and is known to them."""
        await self.name_and_pin()
        await self.enter(relay.address)
        await self.until(focus="Add a contact")
        await self.click("Copy my card")
        card = await self.clipboard()
        await self.key("Tab", "Return")  # Skip
        await self.until(phase="online")
        for contact in contacts:
            await contact.ask("add", card=card)
            await self.add(contact)

    async def add(self, contact: Person) -> None:
        """Paste a card, keep the name, add."""
        await self.copy(await contact.ask("card"))
        await self.key("ctrl+n")
        await self.until(focus="Paste their card")
        await self.key("ctrl+v")
        await self.sees("Valid address")
        await self.key("Return", "Return")
        await self.until(dialogs=0, focus="MessageText")

    async def unlock(self, secret: str = PIN) -> None:
        """Type the PIN."""
        await self.until(focus="PIN")
        await self.enter(secret)

    async def close(self) -> None:
        """Ctrl+Q would do, but a test that failed may be anywhere."""
        await self.kill()
