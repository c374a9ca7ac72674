"""The private socket of the counts: for this user alone, one line each, gone afterwards."""

from __future__ import annotations

import asyncio
import json
import socket
import stat
import sys

import pytest

from whispr.relay.stats_listener import MAX_READERS, PATTERN, StatsListener, remove_dead_sockets

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Unix sockets")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Short enough for a socket address, whatever the temporary folder is called."""
    monkeypatch.chdir(tmp_path)
    return type(tmp_path)(".")


@pytest.fixture
async def listener(folder):
    numbers = iter(range(100))
    listener = StatsListener(folder, lambda: {"n": next(numbers)}, process_id=7)
    assert await listener.open()
    yield listener
    await listener.close()


async def ask(listener):
    reader, writer = await asyncio.open_unix_connection(listener.path)
    line = await reader.read()
    writer.close()
    await writer.wait_closed()
    return line


async def test_each_reader_gets_one_line_of_json(listener):
    assert [json.loads(await ask(listener)) for _ in range(3)] == [{"n": 0}, {"n": 1}, {"n": 2}]
    assert not listener.readers


async def test_the_socket_is_this_users_alone_and_named_by_process(listener, folder):
    assert listener.path.name == "stats-7.sock"
    assert list(folder.glob(PATTERN)) == [listener.path]
    mode = listener.path.stat().st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o600


async def test_afterwards_nothing_is_left(listener, folder):
    await listener.close()
    await listener.close()
    assert list(folder.iterdir()) == []


async def test_no_more_than_a_few_readers_at_a_time(listener):
    listener.readers.update(object() for _ in range(MAX_READERS))
    with pytest.raises((ConnectionError, AssertionError)):
        assert await ask(listener)
    listener.readers.clear()
    assert await ask(listener)


async def test_sockets_of_the_killed_are_removed_and_those_of_the_living_stay(listener, folder):
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind("stats-8.sock")
    (folder / "stats-9.sock").write_text("no socket at all")
    remove_dead_sockets(folder)
    assert {path.name for path in folder.glob(PATTERN)} == {"stats-7.sock"}


async def test_one_of_a_killed_process_with_the_same_number_is_taken_over(folder):
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind("stats-7.sock")
    listener = StatsListener(folder, lambda: 1, process_id=7)
    assert await listener.open()
    assert await ask(listener) == b"1\n"
    await listener.close()


async def test_a_folder_whose_path_is_too_long_is_no_reason_to_stop(tmp_path):
    deep = tmp_path / ("long" * 30)
    deep.mkdir()
    listener = StatsListener(deep, lambda: 1)
    assert not await listener.open()
    await listener.close()
