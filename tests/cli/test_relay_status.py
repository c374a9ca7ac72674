"""`whispr relay status`: every state of a relay has its exit code; nothing else passes for one."""

from __future__ import annotations

import asyncio
import datetime
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.cli.cli_kit import RelayThread, whispr
from whispr import tls
from whispr.protocol.address import RelayAddress
from whispr.relay import certificate


def test_healthy_is_0(relay: RelayThread) -> None:
    ran = whispr("relay", "status", relay.address)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("serving, store up, version ")
    (told,) = whispr("relay", "status", relay.address, "--json").of_type("status")
    assert told["healthy"] and told["reachable"] and told["store_up"] and not told["draining"]
    assert 0 < told["took_ms"] < 5000


def test_draining_and_a_store_that_does_not_answer_are_1(
    make_relay: Callable[..., RelayThread], monkeypatch: pytest.MonkeyPatch
) -> None:
    relay = make_relay()
    services = relay.relay.services
    services.draining = True
    ran = whispr("relay", "status", relay.address)
    services.draining = False
    assert ran.code == 1 and ran.out.startswith("draining, store up")
    monkeypatch.setattr(type(services.store), "up", False)
    ran = whispr("relay", "status", relay.address, "--json")
    assert ran.code == 1
    assert ran.objects[0]["store_up"] is False and ran.objects[0]["healthy"] is False


def test_nobody_there_is_2() -> None:
    ran = whispr("relay", "status", "whispr://127.0.0.1:1", "--json")
    assert ran.code == 2 and ran.err.count("\n") == 1
    assert ran.objects == [
        {"type": "status", "healthy": False, "reachable": False, "why": ran.objects[0]["why"]}
    ]


def test_another_key_than_the_address_names_is_2(relay: RelayThread) -> None:
    address = RelayAddress.parse(relay.address)
    other = RelayAddress(address.host, address.port, (b"x" * 32,))
    ran = whispr("relay", "status", other.text())
    assert ran.code == 2 and "another key" in ran.err


def test_without_a_pin_the_authorities_are_asked(relay: RelayThread, tmp_path: Path) -> None:
    address = RelayAddress.parse(relay.address)
    plain = f"whispr://{address.location}"
    assert whispr("relay", "status", plain).code == 2
    trustme.CA().cert_pem.write_to_path(tmp_path / "ca.pem")
    ran = whispr("relay", "status", plain, "--authorities", tmp_path / "ca.pem")
    assert ran.code == 2 and "certificate" in ran.err


@pytest.mark.parametrize("alpn", [[], ["http/1.1"]])
def test_a_tls_service_of_another_protocol_is_2(tmp_path: Path, alpn: list[str]) -> None:
    with Impostor(tmp_path, alpn) as impostor:
        ran = whispr("relay", "status", impostor.address.text())
    assert ran.code == 2 and "whispr/1" in ran.err


@pytest.mark.parametrize("answer", [b"\0\0\0\x01\xc1", b"\xff\xff\xff\xff", b""])
def test_one_that_speaks_nonsense_is_2(tmp_path: Path, answer: bytes) -> None:
    with Impostor(tmp_path, ["whispr/1"], answer) as impostor:
        ran = whispr("relay", "status", impostor.address.text())
    assert ran.code == 2 and ran.err.count("\n") == 1


def test_one_that_never_answers_is_2_in_time(tmp_path: Path) -> None:
    with Impostor(tmp_path, ["whispr/1"], None) as impostor:
        ran = whispr("relay", "status", impostor.address.text(), "--timeout", "100ms")
    assert ran.code == 2 and "in time" in ran.err


def test_the_result_for_the_textfile_collector(relay: RelayThread, tmp_path: Path) -> None:
    target = tmp_path / "whispr.prom"
    whispr("relay", "status", relay.address, "--prometheus", target)
    assert "\nwhispr_probe_up 1\n" in target.read_text()
    assert "\nwhispr_probe_healthy 1\n" in target.read_text()
    whispr("relay", "status", "whispr://127.0.0.1:1", "--prometheus", target)
    assert "\nwhispr_probe_up 0\n" in target.read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["whispr.prom"]
    ran = whispr("relay", "status", relay.address, "--prometheus", tmp_path / "no" / "folder")
    assert ran.code == 1 and "cannot write" in ran.err


class Impostor:
    """A TLS listener that is no relay, in a thread; `answer` None keeps silent."""

    def __init__(self, folder: Path, alpn: list[str], answer: bytes | None = b"") -> None:
        now = datetime.datetime.now(datetime.UTC)
        self._paths = certificate.ensure(folder / "impostor", ("127.0.0.1",), now)
        self._alpn, self._answer = alpn, answer
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    def __enter__(self) -> Impostor:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: Any) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        context = tls.relay_context(self._paths.certificate, self._paths.key)
        context.set_alpn_protocols(self._alpn or ["nothing"])
        listening = await asyncio.start_server(self._react, "127.0.0.1", 0, ssl=context)
        port = listening.sockets[0].getsockname()[1]
        pin = certificate.relay_ids(self._paths)
        self.address = RelayAddress("127.0.0.1", port, (pin,))
        self._ready.set()
        await self._over.wait()
        listening.close()

    async def _react(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._answer is not None:
            writer.write(self._answer)
            writer.close()
        else:
            await self._over.wait()
            writer.transport.abort()
