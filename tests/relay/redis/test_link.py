"""A link comes back by itself: after a lost connection, after silence, not after `close`."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.relay import store_process
from whispr.errors import ConfigError, RelayUnavailableError
from whispr.relay.clock import SystemClock
from whispr.relay.log import Log
from whispr.relay.redis import link as links
from whispr.relay.redis.endpoint import Endpoint
from whispr.relay.redis.link import Link, check
from whispr.relay.redis.wire import ReplyError


@pytest.fixture
def lines():
    return []


def events(lines) -> list[str]:
    return [json.loads(line)["event"] for line in lines]


@pytest.fixture
async def make_link(lines):
    made = []

    def make(endpoint=None, **options):
        log = Log(SystemClock(), level="debug", write=lines.append)
        made.append(Link(endpoint or store_process.valkey().endpoint, log, **options))
        return made[-1]

    yield make
    for link in made:
        await link.close()


async def until(condition) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - a store on the network makes it true
            await asyncio.sleep(0.005)


async def test_a_cut_connection_is_made_again(make_link, lines):
    ups = []
    link = make_link(on_up=lambda: ups.append(1))
    await link.open()
    own = await link.call("CLIENT", "ID")
    store_process.valkey().command("CLIENT", "KILL", "ID", own)
    await until(lambda: len(ups) == 2)
    assert await link.call("PING") == b"PONG"
    assert events(lines) == ["store_lost", "store_found"]


async def test_a_closed_link_stays_closed(make_link):
    link = make_link()
    await link.open()
    await link.close()
    assert not link.up
    with pytest.raises(RelayUnavailableError):
        link.call("PING")


async def test_a_store_that_accepts_and_says_nothing_is_given_up(make_link, monkeypatch):
    monkeypatch.setattr(links, "ANSWER_SECONDS", 0.1)
    writers = []
    silent = await asyncio.start_server(
        lambda reader, writer: writers.append(writer), "127.0.0.1", 0
    )
    port = silent.sockets[0].getsockname()[1]
    try:
        with pytest.raises(ConfigError, match="no answer in time"):
            await make_link(Endpoint("127.0.0.1", port)).open()
    finally:
        silent.close()
        for writer in writers:
            writer.close()


async def test_an_idle_connection_is_asked_whether_it_lives(make_link, monkeypatch):
    monkeypatch.setattr(links, "PING_SECONDS", 0.01)
    monkeypatch.setattr(links, "TICK_SECONDS", 0.01)
    link = make_link()
    await link.open()
    process = store_process.valkey()

    def pings() -> bool:
        return b"cmdstat_ping:calls=" in process.command("INFO", "commandstats")

    process.command("CONFIG", "RESETSTAT")
    await until(pings)


async def test_the_database_of_the_address_is_used(make_link):
    process = store_process.valkey()
    link = make_link(Endpoint("127.0.0.1", process.port, database=3))
    await link.open()
    await link.call("SET", "here", "x")
    assert process.command("EXISTS", "here") == 0
    assert await link.call("EXISTS", "here") == 1


@pytest.mark.parametrize("text", ["LOADING soon", "MASTERDOWN x", "BUSY x", "MISCONF x"])
def test_what_passes_is_waited_for(text):
    with pytest.raises(RelayUnavailableError):
        check(ReplyError(text))


def test_what_does_not_pass_is_told():
    with pytest.raises(ConfigError, match="NOPERM no"):
        check(ReplyError("NOPERM no"))
    assert check(b"fine") == b"fine"
