"""The relay address: valid and invalid spellings, one canonical text, no token where it shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol.vectors import load
from whispr.errors import InvalidAddressError
from whispr.protocol.address import (
    RelayAddress,
    base64url,
    from_base64url,
    host_and_port,
    normal_host,
    split_host_and_port,
)

VECTORS = load("address")
PIN, NEXT_PIN, TOKEN = b"\1" * 32, b"\2" * 32, b"access token"


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["text"])
def test_vector_is_read_and_written_canonically(vector):
    address = RelayAddress.parse(vector["text"])
    assert (address.host, address.port) == (vector["host"], vector["port"])
    assert [pin.hex() for pin in address.relay_ids] == vector["relay_ids"]
    assert address.access_token.hex() == vector["access_token"]
    assert address.text() == vector["canonical"]
    assert RelayAddress.parse(address.text()) == address


@pytest.mark.parametrize("text", VECTORS["invalid"])
def test_invalid_vector_is_refused(text):
    with pytest.raises(InvalidAddressError):
        RelayAddress.parse(text)


@given(
    st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?(\.[a-z]{2,10}){1,3}", fullmatch=True),
    st.integers(1, 65535),
    st.lists(st.binary(min_size=32, max_size=32).filter(any), max_size=2),
    st.binary(max_size=64),
)
def test_round_trip(host, port, pins, token):
    address = RelayAddress(host, port, tuple(pins), token)
    assert RelayAddress.parse(address.text()) == address


@given(st.text(max_size=80).map("whispr://".__add__))
def test_any_text_is_an_address_or_refused(text):
    try:
        address = RelayAddress.parse(text)
    except InvalidAddressError:
        return
    assert RelayAddress.parse(address.text()) == address


def test_access_token_is_in_the_text_and_nowhere_else():
    address = RelayAddress("relay.example.org", 7443, (PIN,), TOKEN)
    assert base64url(TOKEN) in address.text()
    for shown in (repr(address), str(address), address.location, repr(address.public())):
        assert base64url(TOKEN) not in shown
        assert "access" not in shown.replace("access_token", "")
    assert address.public() == RelayAddress("relay.example.org", 7443, (PIN,))
    assert address.public().access_token == b""


@pytest.mark.parametrize(
    ("host", "normal"),
    [
        ("Relay.Example.ORG", "relay.example.org"),
        ("relay.example.org.", "relay.example.org"),
        ("localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]", "::1"),
        ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::ffff:c000:201", "192.0.2.1"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("a" * 63 + ".example", "a" * 63 + ".example"),
        ("1.example", "1.example"),
    ],
)
def test_host_has_one_spelling(host, normal):
    assert normal_host(host) == normal
    assert normal_host(normal) == normal


@pytest.mark.parametrize(
    "host",
    [
        "", ".", "a..b", "-a.example", "a-.example", "a" * 64, "a.b c", "a/b", "a@b", "a\0b", "[]",
        "[::1", "::1]", "[a.example]", "fe80::1%1", ":::", "1:2:3", "1.2.3", "127.1", "0x7f000001",
        "1.2.3.256", "01.2.3.4", "2130706433", ".".join(["a" * 62] * 5), "é" * 300, "\ud800",
    ],
)  # fmt: skip
def test_other_hosts_are_refused(host):
    with pytest.raises(InvalidAddressError):
        normal_host(host)


def test_longest_host():
    longest = ".".join(["a" * 63] * 3 + ["a" * 61])
    assert len(longest) == 253
    assert normal_host(longest) == longest
    with pytest.raises(InvalidAddressError):
        normal_host(longest + "a")


def test_host_and_port_are_joined_and_split():
    for host, port, text in (("a.example", 1, "a.example:1"), ("::1", 65535, "[::1]:65535")):
        assert host_and_port(host, port) == text
        assert split_host_and_port(text) == (host, port)
    assert split_host_and_port("a.example") == ("a.example", 7443)
    assert split_host_and_port("a.example", 443) == ("a.example", 443)
    for text in ("a.example:0", "a.example:65536", "::1", "a:b", "", ":1", "a.example:٣"):
        with pytest.raises(InvalidAddressError):
            split_host_and_port(text)


@pytest.mark.parametrize(
    "fields",
    [
        ("Relay.example", 1),
        ("relay.example", 0),
        ("relay.example", 65536),
        ("relay.example", 1, (PIN[:-1],)),
        ("relay.example", 1, (PIN, NEXT_PIN, PIN)),
        ("relay.example", 1, (PIN, bytes(32))),
        ("relay.example", 1, (), b"x" * 65),
    ],
)
def test_values_are_checked_however_they_come(fields):
    with pytest.raises(InvalidAddressError):
        RelayAddress(*fields)


def test_long_text_is_refused_before_work():
    with pytest.raises(InvalidAddressError, match="too long"):
        RelayAddress.parse("whispr://" + "a" * 10_000_000)


@given(st.binary(max_size=100))
def test_base64url_round_trip(data):
    assert from_base64url(base64url(data)) == data


@pytest.mark.parametrize("text", ["A", "AB", "AAB", "AA==", "AAA=", "+A", "/A", "A A", "Ä", "AA\n"])
def test_base64url_is_canonical(text):
    with pytest.raises(ValueError, match="base64url"):
        from_base64url(text)
