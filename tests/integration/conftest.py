"""Processes for the tests of this folder; whatever still runs afterwards is killed."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from processes import Person, Process, RelayProcess

MakeRelay = Callable[..., Awaitable[RelayProcess]]
MakePerson = Callable[..., Awaitable[Person]]


@pytest.fixture
async def running() -> AsyncIterator[list[Process]]:
    """Every process of the test."""
    processes: list[Process] = []
    yield processes
    for process in reversed(processes):
        await process.close()


@pytest.fixture
def make_relay(tmp_path: Path, running: list[Process]) -> MakeRelay:
    """Starts a relay with the settings that are given."""

    async def make(name: str = "relay", **settings: Any) -> RelayProcess:
        relay = RelayProcess(tmp_path / name, **settings)
        running.append(relay)
        await relay.start()
        return relay

    return make


@pytest.fixture
def make_person(tmp_path: Path, running: list[Process]) -> MakePerson:
    """Starts a person on a relay."""

    async def make(name: str, relay: RelayProcess, **more: Any) -> Person:
        person = Person(tmp_path / more.pop("folder", name.lower()), name, relay)
        running.append(person)
        await person.start(**more)
        return person

    return make
