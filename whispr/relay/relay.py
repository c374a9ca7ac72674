"""`Relay`: everything of one relay process wired together, to be started and stopped.

Usable inside any event loop; `whispr.relay.process` puts signals and a process around it.
"""

from __future__ import annotations

import asyncio
import datetime
import os
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

import platformdirs

from whispr import tls
from whispr.errors import ConfigError
from whispr.protocol.address import RelayAddress, normal_host
from whispr.protocol.codes import GoawayReason
from whispr.protocol.limits import EPOCH_BYTES, RELAY_ID_BYTES
from whispr.relay import certificate
from whispr.relay.access_token import ensure_access_token
from whispr.relay.admission import Admission
from whispr.relay.certificate import CertificatePaths
from whispr.relay.clock import Clock, SystemClock
from whispr.relay.config import RelayConfig
from whispr.relay.endpoint import host_name, split_listen
from whispr.relay.listener import Listener, TlsIdentity
from whispr.relay.log import Log
from whispr.relay.metrics import CONTENT_TYPE, Metrics
from whispr.relay.metrics_listener import MetricsListener
from whispr.relay.prekeys.memory import MemoryPrekeys
from whispr.relay.reload import waiting_for_restart
from whispr.relay.services import Services
from whispr.relay.storage import (
    StoredBlobs,
    StoredEnvelopes,
    blob_limits,
    make_backend,
    make_blobs,
    make_prekeys,
    make_store,
    prekey_limits,
    store_limits,
)
from whispr.relay.stores.timed import TimedStore
from whispr.relay.upkeep import Upkeep

RECONNECTS_PER_SECOND = 500
"""How many clients are asked to come back in one second after a restart."""
LONGEST_SPREAD_SECONDS = 20.0
ABORT_SECONDS = 0.25
"""How long the last connections may take to disappear once they were cut off."""


class Relay:
    """One relay.

    Args:
        log: where events go; by default to standard error.
        inherited: descriptors of sockets that listen already, used instead of `config.listen`.
    """

    def __init__(
        self,
        config: RelayConfig,
        *,
        clock: Clock | None = None,
        log: Log | None = None,
        inherited: Sequence[int] = (),
    ) -> None:
        self._config = self._started_with = config
        self._clock = clock or SystemClock()
        self._log = log or Log(self._clock, level=config.log_level)
        self._metrics = Metrics(self._clock, store_name=config.store)
        self._metrics_listener = MetricsListener(self._metrics.render, CONTENT_TYPE)
        self._inherited = inherited
        self._data = config.data or Path(platformdirs.user_data_dir("whispr-relay", False))
        self._services: Services
        self._store: StoredEnvelopes
        self._admission: Admission
        self._blobs: StoredBlobs | None
        self._prekeys: MemoryPrekeys | None
        self._identity: TlsIdentity
        self._listener: Listener
        self._upkeep: Upkeep

    @property
    def services(self) -> Services:
        """What its connections share."""
        return self._services

    @property
    def data(self) -> Path:
        """The folder of its key, certificate and spool."""
        return self._data

    @property
    def is_accepting(self) -> bool:
        """Whether it takes connections."""
        return self._listener.is_accepting

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._listener.port

    @property
    def metrics_port(self) -> int:
        """The port that Prometheus scrapes, where one is configured."""
        return self._metrics_listener.port

    @property
    def address(self) -> RelayAddress:
        """What a person pastes; with the pins of its own key, and the token of a private relay."""
        ids = self._identity.relay_ids
        starts = range(0, len(ids), RELAY_ID_BYTES)
        pins = tuple(ids[start : start + RELAY_ID_BYTES] for start in starts)
        return RelayAddress(
            host=normal_host(self._host_names()[0]),
            port=self._config.public_port or self.port,
            # An authority's certificate may come with a new key every few weeks.
            relay_ids=pins if self._config.certificate_file is None else (),
            access_token=self._services.access_token,
        )

    def render_metrics(self) -> bytes:
        """All series, as Prometheus reads them."""
        return self._metrics.render()

    def prepare(self) -> bytes:
        """Make what is missing in the data folder; returns the access token of a private relay.

        Raises ConfigError when something cannot be used.
        """
        self._data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._identity = self._load_identity(self._config)
        private = self._config.access == "token"
        return ensure_access_token(self._token_path()) if private else b""

    async def start(self) -> None:
        """Make what is missing in the data folder, then accept connections.

        Raises ConfigError when something cannot be used; nothing is left open then.
        """
        config = self._config
        token = self.prepare()
        epoch = secrets.token_bytes(EPOCH_BYTES)
        backend = make_backend(config, self._log, epoch)
        self._store = make_store(config, self._clock, epoch, backend)
        self._blobs = make_blobs(config, self._clock, self._data, backend)
        if backend is not None:
            backend.on_forgotten = self._send_all_away
        self._prekeys = make_prekeys(config, self._clock)
        self._services = Services(
            config,
            store=self._store if backend is None else TimedStore(self._store, self._metrics),
            blobs=self._blobs,
            prekeys=self._prekeys,
            clock=self._clock,
            metrics=self._metrics,
            log=self._log,
            access_token=token,
            loop=asyncio.get_running_loop(),
        )
        self._admission = Admission(
            config, self._services.limits.address_handshakes, descriptors=descriptor_limit()
        )
        self._listener = Listener(self._services, self._admission, lambda: self._identity)
        self._upkeep = Upkeep(self._services)
        self._metrics.attach(self._services.store, self._services.blobs)
        try:
            await self._store.open()
            if config.metrics is not None:
                await self._metrics_listener.open(*split_listen(config.metrics))
            self._listener.open(config.listen, self._inherited)
        except ConfigError:
            await self._metrics_listener.close()
            await self._close_stores()
            raise
        self._upkeep.start()
        self._log.info("started", n=self.port)

    async def stop(self) -> None:
        """Accept nothing more, tell everybody, let them finish for `drain_seconds`, then end.

        A second call does nothing.
        """
        services = self._services
        if services.draining:
            return
        services.draining = True
        self._metrics.draining()
        self._listener.close()
        hub = services.hub
        self._log.info("draining", connections=len(hub))
        self._send_all_away()
        await hub.wait_empty(self._config.drain_seconds)
        hub.abort_all()
        await hub.wait_empty(ABORT_SECONDS)
        await self._listener.wait_closed()
        await self._upkeep.stop()
        await self._metrics_listener.close()
        await self._close_stores()
        self._log.info("stopped")

    def reload(self, config: RelayConfig | None = None) -> bool:
        """Read certificate and limits again; open connections go on as they are.

        Returns whether everything could be used; if not, everything stays as it was. A changed
        setting that only a restart applies is named in the log.
        """
        new = config or self._config
        try:
            identity = self._load_identity(new)
        except ConfigError as error:
            self.reload_failed("certificate", error)
            return False
        self._identity = identity
        self._config = new
        self._services.apply(new)
        self._admission.change(new)
        self._store.change_limits(store_limits(new))
        if self._blobs is not None:
            self._blobs.change_limits(blob_limits(new))
        if self._prekeys is not None and new.prekey_bytes:
            self._prekeys.change_limits(prekey_limits(new))
        self._metrics.reloaded(ok=True)
        for name in waiting_for_restart(self._started_with, new):
            self._log.warning("restart_needed", setting=name)
        self._log.info("reloaded")
        return True

    def reload_failed(self, reason: str, error: ConfigError) -> None:
        """Say what an operator has to mend; everything stays as it was."""
        self._log.error("reload_failed", reason=reason, why=str(error))
        self._metrics.reloaded(ok=False)

    def _send_all_away(self) -> None:
        """Ask every client to come back: to another process, or to say again what it had said."""
        members = self._services.hub.members()
        spread_ms = _spread_ms(len(members))
        for member in members:
            member.goaway(GoawayReason.DRAINING, 1 + secrets.randbelow(spread_ms))

    def _load_identity(self, config: RelayConfig) -> TlsIdentity:
        """A new context each time: loading a wrong key into a living one would break it."""
        paths = self._certificate_paths(config)
        context = tls.relay_context(paths.certificate, paths.key)
        self._metrics.certificate_expires(certificate.not_after(paths))
        return TlsIdentity(context, certificate.relay_ids(paths))

    def _certificate_paths(self, config: RelayConfig) -> CertificatePaths:
        if config.certificate_file is not None and config.key_file is not None:
            return CertificatePaths(
                config.certificate_file, config.key_file, self._data / "next.key"
            )
        now = datetime.datetime.fromtimestamp(self._clock.wall_ms() / 1000, datetime.UTC)
        return certificate.ensure(self._data, self._host_names(), now)

    def _host_names(self) -> tuple[str, ...]:
        if self._config.public_hosts:
            return self._config.public_hosts
        listening = split_listen(self._config.listen[0])[0]
        return (listening if listening not in ("", "0.0.0.0", "::") else host_name(),)

    def _token_path(self) -> Path:
        return self._config.access_token_file or self._data / "access.token"

    async def _close_stores(self) -> None:
        await self._services.store.close()
        if self._services.blobs is not None:
            await self._services.blobs.close()
        if self._services.prekeys is not None:
            await self._services.prekeys.close()


def descriptor_limit() -> int:
    """How many files and connections this process may have open."""
    if sys.platform == "win32":
        return 1_000_000
    import resource

    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return soft if soft != resource.RLIM_INFINITY else os.sysconf("SC_OPEN_MAX")


def _spread_ms(connections: int) -> int:
    """Over which time that many clients should come back."""
    seconds = min(LONGEST_SPREAD_SECONDS, max(0.5, connections / RECONNECTS_PER_SECOND))
    return int(seconds * 1000)
