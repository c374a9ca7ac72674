from __future__ import annotations

import ipaddress
import socket
from typing import Any

import pytest

from whispr.gui.backend.localaddress import local_address


class Asked:
    """A socket that notes what is done with it."""

    done: list[str]
    answer = "192.168.7.20"
    error: OSError | None = None

    def __init__(self, family: int, kind: int) -> None:
        assert (family, kind) == (socket.AF_INET, socket.SOCK_DGRAM), "TCP would send"
        type(self).done = []

    def __enter__(self) -> Asked:
        return self

    def __exit__(self, *_: object) -> None:
        self.done.append("close")

    def connect(self, to: tuple[str, int]) -> None:
        assert ipaddress.ip_address(to[0]) in ipaddress.ip_network("192.0.2.0/24")
        self.done.append("connect")
        if self.error is not None:
            raise self.error

    def getsockname(self) -> tuple[str, int]:
        return self.answer, 12345


def asked(**changes: Any) -> Any:
    return type("Asked", (Asked,), changes)


def test_route_is_asked_for_and_nothing_is_sent() -> None:
    socket_type = asked()
    assert local_address(socket_type) == "192.168.7.20"
    assert socket_type.done == ["connect", "close"]


@pytest.mark.parametrize(
    "changes",
    [{"error": OSError("unreachable")}, {"answer": "127.0.0.1"}, {"answer": "0.0.0.0"}],
)
def test_without_a_network_there_is_none(changes: dict[str, Any]) -> None:
    assert local_address(asked(**changes)) == ""


def test_real_socket_answers_at_once() -> None:
    found = local_address()
    assert not found or not ipaddress.ip_address(found).is_loopback
