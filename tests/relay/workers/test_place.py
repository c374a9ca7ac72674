"""The place of a worker: it is started again with longer and longer pauses."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys

import pytest

from tests.relay import store_process
from whispr.errors import ConfigError
from whispr.relay.clock import SystemClock
from whispr.relay.config import RelayConfig
from whispr.relay.log import Log
from whispr.relay.workers import place as places
from whispr.relay.workers.place import Place

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no inherited sockets")


@pytest.fixture
def lines():
    return []


@pytest.fixture
async def make_place(tmp_path, lines, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    listening = socket.create_server(("127.0.0.1", 0))
    made = []

    def make(**settings):
        config = RelayConfig(data=tmp_path, drain_seconds=0.05, log_level="error", **settings)
        deaths, texts = [], []
        place = Place(
            3,
            lambda: config,
            [listening.fileno()],
            Log(SystemClock(), write=lines.append),
            on_metrics=lambda number, text: texts.append((number, text)),
            on_death=deaths.append,
        )
        place.deaths, place.texts = deaths, texts
        made.append(place)
        return place

    yield make
    for place in made:
        place.stop()
        await place.wait_stopped(5)
    listening.close()


async def until(condition) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - another process makes it true
            await asyncio.sleep(0.01)


def events(lines) -> list[str]:
    return [json.loads(line)["event"] for line in lines]


async def test_killed_it_is_counted_and_started_again(make_place, lines):
    place = make_place()
    await place.open()
    first = place.pid
    os.kill(first, signal.SIGKILL)
    await until(lambda: "worker_started" in events(lines))
    assert place.alive and place.pid != first
    assert place.deaths == [3]
    place.send({"metrics": True})
    await until(lambda: place.texts)
    assert place.texts[0][0] == 3 and "whispr_connections" in place.texts[0][1]


async def test_a_worker_that_cannot_start_again_is_tried_again(make_place, lines, tmp_path):
    place = make_place()
    await place.open()
    pem = tmp_path / "relay.pem"
    good = pem.read_bytes()
    pem.write_text("no certificate")
    os.kill(place.pid, signal.SIGKILL)
    await until(lambda: events(lines).count("worker_failed") == 2)
    assert not place.alive
    pem.write_bytes(good)
    await until(lambda: "worker_started" in events(lines))
    assert place.deaths == [3]


async def test_what_it_cannot_use_at_the_start_is_told(make_place):
    store_process.valkey()
    place = make_place(store="redis", redis_url="redis://127.0.0.1:1", blob_store="redis")
    with pytest.raises(ConfigError, match=r"cannot use the store at 127\.0\.0\.1:1"):
        await place.open()


async def test_a_worker_that_does_not_end_is_ended(make_place, lines):
    place = make_place()
    await place.open()
    os.kill(place.pid, signal.SIGSTOP)
    place.stop()
    await place.wait_stopped(0.05)
    assert not place.alive
    assert place.deaths == []
    assert "worker_died" not in events(lines)


def test_pauses_are_bounded():
    assert places.FIRST_PAUSE_SECONDS < 1 < places.LONGEST_PAUSE_SECONDS <= 10
