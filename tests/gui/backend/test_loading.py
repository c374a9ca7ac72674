from __future__ import annotations

import subprocess
import sys

from whispr.client.client import Client
from whispr.gui.backend.loading import load_client

HEAVY = ("whispr.client.client", "whispr.relay.relay", "whispr.client.session", "cryptography.x509")


async def test_it_is_the_class_of_the_client() -> None:
    assert await load_client() is Client
    assert await load_client() is Client


def test_the_window_opens_without_it() -> None:
    program = "import sys, whispr.cli.gui, whispr.gui.app; print(*sys.modules)"
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert not set(HEAVY) & set(told.stdout.split())
