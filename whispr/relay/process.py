"""A relay as a process: limits of the operating system, event loop, one or several workers.

SIGTERM and SIGINT drain and end with 0; a second one ends at once. SIGHUP reads the certificate
and the limits again.
"""

from __future__ import annotations

import asyncio
import ctypes
import sys
from collections.abc import Callable, Mapping

from whispr.relay.config import RelayConfig
from whispr.relay.serving import serve
from whispr.relay.workers.parent import Parent

_PR_SET_DUMPABLE = 4


def run(
    config: RelayConfig,
    *,
    ready: Callable[[str], None],
    read_config: Callable[[], RelayConfig] | None = None,
    environment: Mapping[str, str] | None = None,
) -> int:
    """Run a relay until a signal ends it; returns the exit code.

    `ready` gets the relay address once connections are accepted. `read_config` is asked at SIGHUP.
    `environment` may name a supervisor (NOTIFY_SOCKET) and sockets that it opened (LISTEN_FDS).
    Raises ConfigError when the relay cannot start as it is configured.
    """
    limit_resources()
    forbid_dumps()
    if config.workers > 1:
        with asyncio.Runner() as runner:
            return runner.run(Parent(config, ready, read_config, environment or {}).run())
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        return runner.run(serve(config, ready, read_config, environment or {}))


def limit_resources() -> None:
    """As many open files as the system allows, and no core file: it would hold envelopes."""
    if sys.platform == "win32":
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):
        # macOS tells a hard limit that it does not grant; the soft one is what counts then.
        pass
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def forbid_dumps() -> None:
    """Nobody but root reads the memory of this process, and no dump of it is piped anywhere.

    A size limit of 0 does not hold for a core pattern that names a program.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Uvloop, where it exists: a tenth of the memory for each connection."""
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
