"""A relay as a process of its own, with the configuration that a test gives as JSON."""

from __future__ import annotations

import ctypes
import json
import sys
from pathlib import Path

from recording import record

from whispr.relay.config import RelayConfig
from whispr.relay.process import run

PR_SET_DUMPABLE = 4


def ready(address: str) -> None:
    """Tell the test where it is; a test may look into its memory, which a relay forbids."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
    sys.stdout.write(address + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    record()
    settings = json.loads(sys.argv[1])
    settings["data"] = Path(settings["data"])
    settings["listen"] = tuple(settings["listen"])
    raise SystemExit(run(RelayConfig(**settings), ready=ready))
