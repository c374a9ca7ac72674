"""Addresses of shared stores: what is read, what is refused, what is never shown."""

from __future__ import annotations

import pytest

from tests.relay import store_process
from whispr.errors import ConfigError
from whispr.relay.redis.endpoint import DEFAULT_PORT, Endpoint, parse_endpoint


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://store", Endpoint("store", DEFAULT_PORT)),
        ("redis://192.0.2.1:7000/3\n", Endpoint("192.0.2.1", 7000, 3)),
        ("redis://[::1]:7000", Endpoint("::1", 7000)),
        ("redis://:p%40ss@store/", Endpoint("store", password="p@ss")),
        ("redis://whispr:word@store", Endpoint("store", user="whispr", password="word")),
    ],
)
def test_addresses_are_read(url, expected):
    assert parse_endpoint(url) == expected


def test_tls_is_for_rediss_alone():
    assert parse_endpoint("redis://store").context is None
    context = parse_endpoint("rediss://store").context
    assert context is not None and context.check_hostname


@pytest.mark.parametrize(
    "url",
    [
        *("", "store:6379", "http://store", "redis://", "redis://store:0x1", "redis://store:99999"),
        *("redis://store/one", "redis://store/0?x=1", "redis://secret:word@store:port"),
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(url):
    with pytest.raises(ConfigError) as refused:
        parse_endpoint(url)
    assert "secret" not in str(refused.value) and "word" not in str(refused.value)


def test_a_password_is_not_shown():
    endpoint = parse_endpoint("redis://:secret@[::1]")
    assert "secret" not in repr(endpoint)
    assert endpoint.name == "[::1]:6379"


def test_authorities_need_tls_and_a_usable_file(tmp_path):
    with pytest.raises(ConfigError, match="rediss"):
        parse_endpoint("redis://store", tmp_path)
    with pytest.raises(ConfigError, match="authorities"):
        parse_endpoint("rediss://store", tmp_path / "none.pem")


async def test_a_store_whose_certificate_nobody_vouches_for_is_refused():
    process = store_process.redis_tls()
    backend = process.backend()
    backend._commands._endpoint = parse_endpoint(process.url)
    with pytest.raises(ConfigError, match="certificate verify failed"):
        await backend.open()
