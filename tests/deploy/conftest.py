"""Relays in this process on real time; keys whose traces are looked for."""

from __future__ import annotations

import pytest

from tests.relay.conftest import alice, bob, connect, log_lines, start_relay  # noqa: F401
from whispr.relay.clock import SystemClock


@pytest.fixture
def clock():
    return SystemClock()
