"""A relay as a process: limits of the operating system, event loop, signals, exit code.

SIGTERM and SIGINT drain and end with 0; a second one ends at once. SIGHUP reads the certificate
and the limits again.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from whispr.errors import ConfigError
from whispr.relay.activation import inherited_descriptors
from whispr.relay.clock import SystemClock
from whispr.relay.config import RelayConfig
from whispr.relay.log import Log
from whispr.relay.notify import Notifier
from whispr.relay.relay import Relay
from whispr.relay.supervision import Supervision

SignalHandler = Callable[[], None]
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
        from whispr.relay.workers.parent import Parent  # which starts what needs this module

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


async def serve(
    config: RelayConfig,
    ready: Callable[[str], None],
    read_config: Callable[[], RelayConfig] | None,
    environment: Mapping[str, str],
    *,
    inherited: Sequence[int] = (),
    attend: Callable[[Relay, SignalHandler], None] | None = None,
) -> int:
    """Run one relay in this event loop until it is asked to stop; returns the exit code.

    `attend` is handed the relay once it runs, and what stops it. Raises ConfigError.
    """
    loop = asyncio.get_running_loop()
    log = Log(SystemClock(), level=config.log_level)
    loop.set_exception_handler(lambda _, context: _log_stray(log, context))
    relay = Relay(config, log=log, inherited=inherited or inherited_descriptors(environment))
    await relay.start()
    supervision = Supervision(relay, Notifier.of(environment), log)
    # What is alive now stays alive: the collector need not look at it again.
    gc.collect()
    gc.freeze()
    asked_to_stop = asyncio.Event()
    asked_twice = asyncio.Event()

    def stop() -> None:
        (asked_twice if asked_to_stop.is_set() else asked_to_stop).set()

    handle_signals(loop, stop, lambda: _reload(relay, read_config, supervision))
    if attend is not None:
        attend(relay, stop)
    ready(relay.address.text())
    await supervision.start()
    await asked_to_stop.wait()
    supervision.stopping()
    stopping = asyncio.ensure_future(relay.stop())
    impatient = asyncio.ensure_future(asked_twice.wait())
    await asyncio.wait({stopping, impatient}, return_when=asyncio.FIRST_COMPLETED)
    if not stopping.done():
        relay.services.hub.abort_all()
    impatient.cancel()
    await stopping
    await supervision.stop()
    return 0


def _reload(
    relay: Relay, read_config: Callable[[], RelayConfig] | None, supervision: Supervision
) -> None:
    supervision.reloading()
    try:
        relay.reload(read_config() if read_config is not None else None)
    except ConfigError as error:
        relay.reload_failed("configuration", error)
    supervision.reloaded()


def handle_signals(
    loop: asyncio.AbstractEventLoop, stop: SignalHandler, reload: SignalHandler
) -> None:
    """SIGTERM and SIGINT stop, SIGHUP reloads."""
    for number, handler in _signals(stop, reload):
        try:
            loop.add_signal_handler(number, handler)
        except NotImplementedError:  # the event loops of Windows
            signal.signal(number, lambda *_, handler=handler: loop.call_soon_threadsafe(handler))


def _signals(stop: SignalHandler, reload: SignalHandler) -> list[tuple[int, SignalHandler]]:
    found: list[tuple[int, SignalHandler]] = [(signal.SIGTERM, stop), (signal.SIGINT, stop)]
    if sys.platform != "win32":
        found.append((signal.SIGHUP, reload))
    return found


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Uvloop, where it exists: a tenth of the memory for each connection."""
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


def _log_stray(log: Log, context: dict[str, Any]) -> None:
    """What asyncio would print with all its details: only the kind of it is ours to log."""
    error = context.get("exception")
    log.warning("stray_exception", error=type(error).__name__ if error else "none")
