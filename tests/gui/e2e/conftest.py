"""Windows, relays and people as processes, all ended after the test."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "integration"))
sys.path.insert(0, str(Path(__file__).parent))

from desktop import Desktop, MakeDesktop, MakePerson, Programs
from processes import Person, Process, RelayProcess


@pytest.fixture
async def running() -> AsyncIterator[list[Process]]:
    """Every process of the test."""
    processes: list[Process] = []
    yield processes
    for process in reversed(processes):
        await process.close()


@pytest.fixture
async def relay(tmp_path: Path, running: list[Process]) -> RelayProcess:
    """A relay that keeps messages on the disk."""
    made = RelayProcess(tmp_path / "relay")
    running.append(made)
    await made.start()
    return made


@pytest.fixture
def make_person(tmp_path: Path, running: list[Process]) -> MakePerson:
    """Starts somebody without a window."""

    async def make(name: str, relay: RelayProcess) -> Person:
        person = Person(tmp_path / name.lower(), name, relay)
        running.append(person)
        await person.start()
        return person

    return make


@pytest.fixture
def make_desktop(tmp_path: Path, running: list[Process], display: str) -> MakeDesktop:
    """Opens a window on the profile in a folder."""
    programs: list[Programs] = []

    async def make(folder: str = "alice", command: tuple[str, ...] = ()) -> Desktop:
        if not programs:
            programs.append(Programs(tmp_path))
        desktop = Desktop(tmp_path / folder, display, programs[0], command)
        running.append(desktop)
        await desktop.start()
        return desktop

    return make
