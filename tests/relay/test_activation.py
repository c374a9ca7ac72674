"""Sockets that were there before the relay: announced, judged, taken over."""

from __future__ import annotations

import os
import socket

import pytest

from tests.relay.raw_client import RawClient
from whispr.errors import ConfigError
from whispr.protocol import frames
from whispr.relay.activation import adopt, inherited_descriptors
from whispr.relay.config import RelayConfig
from whispr.relay.relay import Relay


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, ()),
        ({"LISTEN_FDS": "1"}, ()),
        ({"LISTEN_PID": "8", "LISTEN_FDS": "1"}, ()),
        ({"LISTEN_PID": "7", "LISTEN_FDS": "0"}, ()),
        ({"LISTEN_PID": "7", "LISTEN_FDS": "2"}, (3, 4)),
        ({"LISTEN_PID": "7", "LISTEN_FDS": "64"}, tuple(range(3, 67))),
    ],
)
def test_descriptors_are_those_announced_to_this_process(environment, expected):
    assert inherited_descriptors(environment, process_id=7) == expected


@pytest.mark.parametrize("number", ["", "-1", "65", "many"])
def test_a_number_that_cannot_be_meant(number):
    with pytest.raises(ConfigError, match="LISTEN_FDS"):
        inherited_descriptors({"LISTEN_PID": "7", "LISTEN_FDS": number}, process_id=7)


def test_only_tcp_sockets_that_listen_are_taken():
    with socket.create_server(("127.0.0.1", 0)) as good, socket.socket() as silent:
        for descriptor in (silent.detach(), os.open(os.devnull, os.O_RDONLY)):
            mine = os.dup(good.fileno())
            with pytest.raises(ConfigError, match=f"descriptor {descriptor} is no"):
                adopt([mine, descriptor])
            with pytest.raises(OSError):
                os.fstat(mine)  # given back with the rest
            if descriptor > 2:
                try:
                    os.close(descriptor)
                except OSError:
                    continue  # closed already


async def test_a_relay_serves_on_an_inherited_socket_and_ignores_its_own_setting(tmp_path):
    listening = socket.create_server(("127.0.0.1", 0), backlog=16)
    port = listening.getsockname()[1]
    config = RelayConfig(listen=("192.0.2.1:1",), data=tmp_path, drain_seconds=0.05)
    relay = Relay(config, inherited=[os.dup(listening.fileno())])
    await relay.start()
    assert relay.port == port and relay.is_accepting
    client = await RawClient.connect(port)
    assert isinstance(await client.ask(frames.Ping), frames.Pong)
    await client.close()
    await relay.stop()
    assert not relay.is_accepting
    # The supervisor's own descriptor is still there: connections wait for the next process.
    again = Relay(config, inherited=[listening.detach()])
    await again.start()
    client = await RawClient.connect(port)
    await client.close()
    await again.stop()
