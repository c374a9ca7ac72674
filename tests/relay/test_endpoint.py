"""HOST:PORT."""

from __future__ import annotations

import pytest

from whispr.errors import ConfigError
from whispr.relay.endpoint import host_name, split_listen


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:7443", ("127.0.0.1", 7443)),
        ("[::1]:0", ("::1", 0)),
        (":65535", ("", 65535)),
        ("relay.example:443", ("relay.example", 443)),
    ],
)
def test_reads_hosts_and_ports(text, expected):
    assert split_listen(text) == expected


@pytest.mark.parametrize("text", ["", "7443", "host", "host:", "host:65536", "host:x", "::1:80"])
def test_refuses_what_is_neither(text):
    with pytest.raises(ConfigError):
        split_listen(text)


def test_this_machine_has_a_name():
    assert host_name()
