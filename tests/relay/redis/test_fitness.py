"""Which stores are fit: each fault is named with what to do about it."""

from __future__ import annotations

import pytest

from whispr.errors import ConfigError
from whispr.relay.redis.fitness import check_fitness, parse_info

GOOD = {
    "redis_version": "7.0.15",
    "redis_mode": "standalone",
    "role": "master",
    "maxmemory_policy": "noeviction",
}


def test_info_is_read():
    text = "# Part\r\nredis_version:7.2.4\r\n\r\nos:Linux 6:1 x86\r\n"
    assert parse_info(text) == {"redis_version": "7.2.4", "os": "Linux 6:1 x86"}


@pytest.mark.parametrize("version", ["7.0.0", "7.2.4", "8.0.1", "10.1"])
def test_seven_and_newer_are_fit(version):
    check_fitness(GOOD | {"redis_version": version})


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"redis_version": "6.2.14"}, "Redis 7"),
        ({"redis_version": "x"}, "Redis 7"),
        ({"redis_version": ""}, "something else"),
        ({"redis_mode": "cluster"}, "cluster"),
        ({"cluster_enabled": "1"}, "cluster"),
        ({"role": "slave"}, "primary"),
        ({"maxmemory_policy": "allkeys-lru"}, "allkeys-lru.*noeviction"),
        ({"maxmemory_policy": "volatile-ttl"}, "volatile-ttl.*noeviction"),
    ],
)
def test_what_is_not_fit_is_named(changed, text):
    with pytest.raises(ConfigError, match=text):
        check_fitness(GOOD | changed)
