"""A relay in an event loop until a signal ends it: start, supervision, signals, drain."""

from __future__ import annotations

import asyncio
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


def _log_stray(log: Log, context: dict[str, Any]) -> None:
    """What asyncio would print with all its details: only the kind of it is ours to log."""
    error = context.get("exception")
    log.warning("stray_exception", error=type(error).__name__ if error else "none")
