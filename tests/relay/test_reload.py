"""What a reload applies, and what it only announces."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from whispr.relay.config import RelayConfig
from whispr.relay.reload import AT_START_ONLY, waiting_for_restart

OTHER = {
    "listen": (":1",),
    "public_hosts": ("relay.example",),
    "public_port": 443,
    "metrics": "127.0.0.1:0",
    "data": Path("elsewhere"),
    "redis_url": "redis://elsewhere",
    "redis_url_file": Path("elsewhere"),
    "redis_ca_file": Path("elsewhere"),
    "workers": 3,
    "blob_store": "spool",
    "spool": Path("elsewhere"),
    "access": "token",
    "access_token_file": Path("elsewhere"),
}


@pytest.mark.parametrize("name", [name for name in AT_START_ONLY if name != "store"])
def test_what_a_relay_is_and_keeps_things_in_waits_for_a_restart(name):
    shared = {"store": "redis", "redis_url": "redis://store", "blob_store": "redis"}
    started = RelayConfig(**(shared if name == "workers" else {}))
    now = dataclasses.replace(started, **{name: OTHER[name]})
    assert waiting_for_restart(started, now) == [name]
    assert waiting_for_restart(now, now) == []


def test_limits_wait_for_nothing():
    started = RelayConfig()
    now = dataclasses.replace(
        *(started,), ttl_seconds=30.0, max_connections=5, max_handshakes=3, blob_max_bytes=0
    )
    assert waiting_for_restart(started, now) == []
    assert waiting_for_restart(now, started) == ["blob_max_bytes"]


async def test_a_reload_names_what_does_not_hold_yet(start_relay, log_lines):
    relay = await start_relay()
    assert relay.reload(dataclasses.replace(relay._config, public_port=443, drain_seconds=0.01))
    events = [json.loads(line) for line in log_lines]
    assert [event["setting"] for event in events if event["event"] == "restart_needed"] == [
        "public_port"
    ]
    assert relay.reload(dataclasses.replace(relay._config, drain_seconds=0.02))
    assert len([line for line in log_lines if "restart_needed" in line]) == 2, "it still waits"
