"""`whispr relay stats`: counts of every process of a relay, added up; nothing where none runs."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.cli_kit import whispr
from whispr.cli.relay_stats import _joined
from whispr.relay.stats_listener import StatsListener

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Unix sockets")

NOON = 1_700_049_600


def row(begins: int, **counts: int) -> dict[str, int]:
    names = "messages message_bytes delivered acknowledged refused files file_bytes expired evicted"
    return {"begins": begins, **dict.fromkeys(names.split(), 0), "users": 0, **counts}


def report(**counts: int) -> dict[str, Any]:
    hours = [row(NOON, **counts), row(NOON - 3600, messages=100)]
    return {"since": NOON - 7000, "hours": hours, "days": [row(NOON - 43_200, messages=105)]}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path(".")


@pytest.fixture
def processes(folder: Path) -> Iterator[None]:
    """Two processes of one relay, in a thread."""
    ready, over = threading.Event(), threading.Event()

    async def serve() -> None:
        answers = (report(messages=5, users=25), report(messages=2, files=2, file_bytes=5000))
        listeners = [
            StatsListener(folder, lambda answer=answer: answer, process_id=number)
            for number, answer in enumerate(answers, start=1)
        ]
        for listener in listeners:
            assert await listener.open()
        ready.set()
        await asyncio.to_thread(over.wait)
        for listener in listeners:
            await listener.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(10)
    yield
    over.set()
    thread.join(10)


def test_counts_of_all_processes_are_added(processes: None, folder: Path) -> None:
    ran = whispr("relay", "stats", "--data", folder)
    assert ran.code == 0, ran.err
    lines = ran.out.splitlines()
    assert lines[0].startswith("counted since 2023-11-15 10:03 UTC by 2 processes")
    (now,) = [line for line in lines if line.startswith("2023-11-15 12:00")]
    assert now.split()[2:] == ["7", "0", "bytes", "25", "2", "2.5", "kB", "0", "0", "0"]
    (before,) = [line for line in lines if line.startswith("2023-11-15 11:00")]
    assert before.split()[2:6] == ["200", "0", "bytes", "<20"]
    (day,) = [line for line in lines if line.startswith("2023-11-15  ")]
    assert day.split()[1] == "210"


def test_for_machines_and_no_longer_than_asked(processes: None, folder: Path) -> None:
    ran = whispr("relay", "stats", "--data", folder, "--hours", "1", "--json")
    (hour,) = ran.of_type("hour")
    assert hour["messages"] == 7 and hour["users"] == 25 and hour["mean_file_bytes"] == 2500
    assert hour["begins"] == "2023-11-15T12:00:00+00:00"
    assert len(ran.of_type("day")) == 1


def test_a_killed_process_left_nothing_to_ask(processes: None, folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind("stats-3.sock")
    assert whispr("relay", "stats", "--data", folder).code == 0


def test_where_no_relay_runs_it_says_so(folder: Path) -> None:
    ran = whispr("relay", "stats", "--data", folder)
    assert ran.code == 1 and "no relay runs" in ran.err and ran.out == ""


def test_hours_that_one_process_has_and_another_not() -> None:
    tables = [[row(7200, messages=1)], [row(7200, messages=2, users=30), row(0, messages=4)]]
    joined = _joined(tables)
    assert [(line["begins"], line["messages"], line["users"]) for line in joined] == [
        *((7200, 3, 30), (0, 4, 0))
    ]
