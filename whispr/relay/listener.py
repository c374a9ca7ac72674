"""The accept loop: limits first, then TLS, and nothing that happens in between ends it.

`loop.create_server(ssl=...)` would hide why handshakes fail, `start_tls` on the relay's side loses
first messages, and both do TLS work before any limit can be asked.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import ssl
import sys
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass

from whispr.errors import ConfigError
from whispr.relay.activation import adopt
from whispr.relay.admission import Admission, Permit, Turned
from whispr.relay.endpoint import split_listen
from whispr.relay.log import where
from whispr.relay.services import Services
from whispr.relay.session import Session

BACKLOG = 4096
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 1.0
SHUTDOWN_SECONDS = 2.0
NOT_SENT_LOW_WATER_BYTES = 16 * 1024
_TCP_NOTSENT_LOWAT = {"linux": 25, "darwin": 0x201}.get(sys.platform)
_TCP_USER_TIMEOUT = {"linux": 18}.get(sys.platform)
USER_TIMEOUT_MS = 30_000
KEEPALIVE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class TlsIdentity:
    """A TLS context and the relay ids that go with its key; replaced as one at a reload."""

    context: ssl.SSLContext
    relay_ids: bytes
    """The id of its key, then of the announced next one."""


class Listener:
    """Accepts connections and makes sessions of them.

    Args:
        identity: asked for each connection, so that a reload holds for the next one.
    """

    def __init__(
        self, services: Services, admission: Admission, identity: Callable[[], TlsIdentity]
    ) -> None:
        self._services = services
        self._admission = admission
        self._identity = identity
        self._sockets: list[socket.socket] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._accepting: list[asyncio.Task[None]] = []
        self._handshaking: dict[asyncio.Task[None], str] = {}
        """Handshakes that go on, oldest first, and the address of each."""

    @property
    def port(self) -> int:
        """The port that is listened on."""
        port: int = self._sockets[0].getsockname()[1]
        return port

    @property
    def is_accepting(self) -> bool:
        """Whether every accept loop is still there."""
        return bool(self._accepting) and not any(task.done() for task in self._accepting)

    def open(self, endpoints: Sequence[str], inherited: Sequence[int] = ()) -> None:
        """Bind and start to accept; on `inherited` descriptors instead, where there are some.

        Raises:
            ConfigError: an address cannot be listened on.
        """
        self._sockets = adopt(inherited) if inherited else bind(endpoints)
        for listening in self._sockets:
            listening.setblocking(False)
            self._accepting.append(self._spawn(self._accept(listening)))

    def close(self) -> None:
        """Accept nothing more; handshakes that go on are given up."""
        for task in self._tasks:
            task.cancel()
        for listening in self._sockets:
            with contextlib.suppress(OSError, NotImplementedError):  # the latter on Windows
                self._services.loop.remove_reader(listening.fileno())
            listening.close()

    async def wait_closed(self) -> None:
        """Wait until nothing of it runs any more."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _spawn(self, coroutine: Coroutine[object, object, None]) -> asyncio.Task[None]:
        task = self._services.loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _accept(self, listening: socket.socket) -> None:
        pause_seconds = FIRST_PAUSE_SECONDS
        while True:
            try:
                accepted, peer = await self._services.loop.sock_accept(listening)
            except OSError as error:
                self._services.metrics.accept_error()
                self._services.log.warning(
                    "accept_failed", error=errno.errorcode.get(error.errno or 0, "unknown")
                )
                await asyncio.sleep(pause_seconds)
                pause_seconds = min(2 * pause_seconds, LONGEST_PAUSE_SECONDS)
                continue
            pause_seconds = FIRST_PAUSE_SECONDS
            self._take(accepted, peer)
            # While more wait to be accepted, `sock_accept` gives nobody else a turn.
            await asyncio.sleep(0)

    def _take(self, accepted: socket.socket, peer: tuple[object, ...] | None) -> None:
        """Judge a connection; whatever goes wrong with one, the next is accepted."""
        try:
            if not peer:  # some systems give no address when it was reset already
                accepted.close()
                return
            self._judge(accepted, str(peer[0]))
        except Exception as error:  # noqa: BLE001 - a bug here must not end the accept loop
            accepted.close()
            self._services.metrics.internal_error()
            self._services.log.error(
                "internal_error", error=type(error).__name__, where=where(error)
            )

    def _judge(self, accepted: socket.socket, host: str) -> None:
        permit = self._admission.admit(host)
        if isinstance(permit, Turned):
            accepted.close()
            self._services.metrics.turned_away(permit.value)
            self._services.log.info("turned_away", limit=permit.value)
            return
        self._make_room()
        task = self._spawn(self._shake_hands(accepted, permit))
        self._handshaking[task] = permit.address
        task.add_done_callback(lambda done: self._handshaking.pop(done, None))

    def _make_room(self) -> None:
        """With `max_handshakes` under way, cut the oldest one of the address that has most.

        To let newcomers wait instead would let a few silent addresses keep everybody out.
        """
        handshaking = self._handshaking
        if len(handshaking) < self._services.config.max_handshakes:
            return
        counts = Counter(handshaking.values())
        oldest = max(handshaking, key=lambda task: counts[handshaking[task]])
        del handshaking[oldest]
        oldest.cancel()
        self._services.metrics.handshake("crowded")
        self._services.log.debug("handshake_failed", reason="crowded")

    async def _shake_hands(self, accepted: socket.socket, permit: Permit) -> None:
        services = self._services
        identity = self._identity()
        session = Session(
            services,
            relay_ids=identity.relay_ids,
            address=permit.address,
            on_lost=permit.release,
        )
        try:
            _tune(accepted)
        except OSError:  # reset already: some systems then refuse every option
            accepted.close()
            permit.release()
            services.metrics.handshake("reset")
            return
        began = time.perf_counter()
        try:
            await services.loop.connect_accepted_socket(
                lambda: session,
                accepted,
                ssl=identity.context,
                ssl_handshake_timeout=services.config.handshake_seconds,
                ssl_shutdown_timeout=SHUTDOWN_SECONDS,
            )
        except OSError as error:
            permit.release()
            services.metrics.handshake(_outcome(error))
            services.log.debug("handshake_failed", reason=_outcome(error))
        except BaseException:
            permit.release()
            raise
        services.metrics.handshake_took(time.perf_counter() - began)


def bind(endpoints: Sequence[str]) -> list[socket.socket]:
    """Sockets that listen on all of these.

    Raises:
        ConfigError: an address cannot be listened on; nothing is left open.
    """
    found: list[socket.socket] = []
    try:
        for endpoint in endpoints:
            found += _bind(endpoint)
    except OSError as error:
        for listening in found:
            listening.close()
        raise ConfigError(f"cannot listen on {endpoint}: {error.strerror or error}") from error
    return found


def _outcome(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return "protocol"
    if isinstance(error, TimeoutError | ConnectionAbortedError):
        return "timeout"
    return "reset"


def _bind(endpoint: str) -> list[socket.socket]:
    """Sockets that listen on `HOST:PORT`; without a host on every address of this machine."""
    host, port = split_listen(endpoint)
    if not host:
        return [_bind_everywhere(port)]
    found: list[socket.socket] = []
    for family, kind, protocol, _, address in socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    ):
        if found and port == 0:
            break  # one free port is one address
        found.append(_listen(socket.socket(family, kind, protocol), address))
    return found


def _bind_everywhere(port: int) -> socket.socket:
    if socket.has_dualstack_ipv6():
        return socket.create_server(
            ("", port), family=socket.AF_INET6, backlog=BACKLOG, dualstack_ipv6=True
        )
    return socket.create_server(("", port), backlog=BACKLOG)


def _listen(unbound: socket.socket, address: tuple[object, ...]) -> socket.socket:
    try:
        if sys.platform != "win32":
            unbound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if unbound.family == socket.AF_INET6:
            unbound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        unbound.bind(address)
        unbound.listen(BACKLOG)
    except OSError:
        unbound.close()
        raise
    return unbound


def _tune(accepted: socket.socket) -> None:
    """Small frames leave at once, little waits in the kernel, and dead ends are noticed."""
    accepted.setblocking(False)
    accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    accepted.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (
        (getattr(socket, "TCP_KEEPIDLE", None), KEEPALIVE_SECONDS),
        (_TCP_NOTSENT_LOWAT, NOT_SENT_LOW_WATER_BYTES),
        (_TCP_USER_TIMEOUT, USER_TIMEOUT_MS),
    ):
        if option is not None:
            accepted.setsockopt(socket.IPPROTO_TCP, option, value)
