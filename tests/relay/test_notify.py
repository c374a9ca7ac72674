"""sd_notify against a socket of the test: what is told, when, and that nobody waits for it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys

import pytest

from whispr.relay import notify
from whispr.relay.notify import Notifier, keep_telling

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="Unix sockets")


@pytest.fixture
def supervisor(tmp_path, monkeypatch):
    """A socket that hears; the path is relative because socket addresses are short."""
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind("notify")
        heard.setblocking(False)
        yield heard


def said(supervisor: socket.socket) -> list[str]:
    found = []
    with contextlib.suppress(BlockingIOError):
        while True:
            found.append(supervisor.recv(4096).decode())
    return found


def test_each_state_is_one_datagram(supervisor):
    notifier = Notifier("notify")
    notifier.ready()
    notifier.stopping()
    notifier.beat()
    notifier.status("serving 3\nconnections")
    notifier.status("serving 3\nconnections")
    assert said(supervisor) == [
        *("READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=serving 3 connections")
    ]


def test_a_reload_says_when_it_began(supervisor, monkeypatch):
    monkeypatch.setattr("time.monotonic_ns", lambda: 1_234_567_890)
    Notifier("notify").reloading()
    assert said(supervisor) == ["RELOADING=1\nMONOTONIC_USEC=1234567"]


@pytest.mark.skipif(sys.platform != "linux", reason="the abstract namespace")
def test_the_abstract_namespace():
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        name = f"whispr-test-{os.getpid()}"
        heard.bind("\0" + name)
        Notifier.of({"NOTIFY_SOCKET": "@" + name}).ready()
        assert heard.recv(100) == b"READY=1"


@pytest.mark.parametrize(
    ("environment", "is_heard", "watchdog_seconds"),
    [
        ({}, False, 0.0),
        ({"NOTIFY_SOCKET": "relative"}, False, 0.0),
        ({"NOTIFY_SOCKET": ""}, False, 0.0),
        ({"NOTIFY_SOCKET": "/run/notify"}, True, 0.0),
        ({"NOTIFY_SOCKET": "/run/notify", "WATCHDOG_USEC": "15000000"}, True, 15.0),
        ({"NOTIFY_SOCKET": "/n", "WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "7"}, True, 2.0),
        ({"NOTIFY_SOCKET": "/n", "WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "8"}, True, 0.0),
        ({"NOTIFY_SOCKET": "/n", "WATCHDOG_USEC": "soon"}, True, 0.0),
        ({"NOTIFY_SOCKET": "/n", "WATCHDOG_USEC": "-5"}, True, 0.0),
        ({"NOTIFY_SOCKET": "/n", "WATCHDOG_USEC": "9" * 19}, True, 0.0),
    ],
)
def test_what_the_environment_asks_for(environment, is_heard, watchdog_seconds):
    notifier = Notifier.of(environment, process_id=7)
    assert (notifier.is_heard, notifier.watchdog_seconds) == (is_heard, watchdog_seconds)


def test_a_supervisor_that_is_gone_or_never_was_changes_nothing(supervisor, tmp_path):
    Notifier("nobody").ready()
    Notifier("x" * 300).ready()
    Notifier().ready()
    assert said(supervisor) == []


def test_a_supervisor_that_does_not_listen_holds_nobody_up(supervisor, monkeypatch):
    monkeypatch.setattr(notify, "SEND_SECONDS", 0.001)
    notifier = Notifier("notify")
    for _ in range(2000):  # more than its queue takes
        notifier.beat()
    assert 0 < len(said(supervisor)) < 2000


async def beats(supervisor: socket.socket, count: int) -> list[str]:
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(10):
        return [(await loop.sock_recv(supervisor, 4096)).decode() for _ in range(count)]


async def test_beats_come_twice_in_the_time_of_the_watchdog(supervisor):
    loop = asyncio.get_running_loop()
    telling = asyncio.create_task(
        keep_telling(Notifier("notify", 0.1), lambda: True, lambda: "well")
    )
    began = loop.time()
    assert await beats(supervisor, 5) == [
        *("WATCHDOG=1", "STATUS=well", "WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1")
    ]
    assert loop.time() - began >= 0.15
    telling.cancel()


async def test_who_is_not_well_does_not_beat_but_still_says_how_it_is(supervisor):
    words = iter(["one", "two", "three"])
    well = iter([True, False, True])
    telling = asyncio.create_task(
        keep_telling(Notifier("notify", 0.02), lambda: next(well), lambda: next(words))
    )
    assert await beats(supervisor, 5) == [
        *("WATCHDOG=1", "STATUS=one", "STATUS=two", "WATCHDOG=1", "STATUS=three")
    ]
    telling.cancel()


async def test_a_loop_that_was_late_leaves_a_beat_out(supervisor, monkeypatch):
    monkeypatch.setattr(notify, "LATEST_BEAT_SECONDS", -1.0)
    telling = asyncio.create_task(
        keep_telling(Notifier("notify", 0.02), lambda: True, iter("abc").__next__)
    )
    assert await beats(supervisor, 2) == ["STATUS=a", "STATUS=b"]
    telling.cancel()


async def test_without_a_watchdog_only_the_status_is_told(supervisor, monkeypatch):
    monkeypatch.setattr(notify, "STATUS_SECONDS", 0.01)
    telling = asyncio.create_task(
        keep_telling(Notifier("notify"), lambda: True, iter("abc").__next__)
    )
    assert await beats(supervisor, 2) == ["STATUS=a", "STATUS=b"]
    telling.cancel()


async def test_without_a_supervisor_nothing_runs():
    await keep_telling(Notifier(), lambda: True, lambda: "never")
