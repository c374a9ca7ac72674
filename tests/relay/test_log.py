"""The log: JSON lines, listed fields only, bounded for each event."""

from __future__ import annotations

import json

import pytest

from whispr.relay.log import Log, where


@pytest.fixture
def lines():
    return []


@pytest.fixture
def log(clock, lines):
    return Log(clock, level="info", write=lines.append)


def test_an_event_is_one_json_object_on_one_line(log, lines, clock):
    log.info("closed", conn="0a1b", reason='client\r\n\x1b[31m"', n=3)
    (line,) = lines
    assert line.endswith("\n") and line.count("\n") == 1 and "\x1b" not in line
    assert json.loads(line) == {
        "ts": clock.wall_ms() / 1000,
        "level": "info",
        "event": "closed",
        "conn": "0a1b",
        "reason": 'client\r\n\x1b[31m"',
        "n": 3,
    }


@pytest.mark.parametrize("name", ["mailbox", "key", "address", "text"])
def test_no_other_field_passes(log, lines, name):
    with pytest.raises(ValueError, match="no such log field"):
        log.info("event", **{name: "x"})
    assert lines == []


def test_long_texts_are_cut(log, lines):
    log.info("event", reason="x" * 500)
    assert len(json.loads(lines[0])["reason"]) == 120


def test_levels(log, lines):
    log.debug("hidden")
    log.warning("shown")
    log.set_level("error")
    log.warning("hidden")
    log.error("shown")
    assert [json.loads(line)["event"] for line in lines] == ["shown", "shown"]
    log.set_level("debug")
    log.debug("shown")
    assert len(lines) == 3


def test_each_event_ten_times_a_second_and_the_rest_is_counted(log, lines, clock):
    for _ in range(25):
        log.info("flood")
    log.info("other")
    assert len(lines) == 11
    clock.advance(100)
    log.info("flood")
    assert json.loads(lines[-1])["suppressed"] == 15
    log.info("flood")
    assert len(lines) == 12


def test_where_names_our_innermost_place():
    try:
        Log(None, level="wrong")
    except KeyError as error:
        assert where(error).startswith("relay.log:")
    try:
        raise ValueError
    except ValueError as error:
        assert where(error) == ""


def test_a_log_that_nobody_reads_is_no_trouble(clock, monkeypatch):
    class Closed:
        def write(self, _):
            raise BrokenPipeError

    monkeypatch.setattr("sys.stderr", Closed())
    Log(clock).info("event")
