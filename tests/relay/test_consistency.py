"""Settings that contradict each other are refused with both their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from whispr.errors import ConfigError
from whispr.relay.config import RelayConfig, load_config
from whispr.relay.consistency import check_consistency

SHARED = {"store": "redis", "redis_url": "redis://store"}


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"listen": ()}, "listen"),
        ({"listen": ("nowhere",)}, "HOST:PORT"),
        ({"certificate_file": Path("x")}, "key_file"),
        ({"auth_seconds": 90.0, "idle_seconds": 60.0}, "auth_seconds"),
        ({"workers": 2}, "store = redis"),
        ({"workers": 2, **SHARED}, "blob_store = redis"),
        ({"blob_store": "redis"}, "store = redis"),
        ({"store": "redis"}, "redis_url"),
        ({**SHARED, "redis_url_file": Path("x")}, "redis_url_file"),
        ({"store": "redis", "redis_url": "redis://:word@store"}, "redis_url_file"),
    ],
)
def test_contradictions_are_named(settings, text):
    with pytest.raises(ConfigError, match=text) as refused:
        RelayConfig(**settings)
    assert "word@" not in str(refused.value)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        SHARED,
        {**SHARED, "workers": 4, "blob_store": "redis"},
        {**SHARED, "workers": 4, "blob_max_bytes": 0},
        {"store": "redis", "redis_url_file": Path("x")},
    ],
)
def test_what_fits_passes(settings):
    check_consistency(RelayConfig(**settings))


def test_with_a_shared_store_files_are_shared_unless_told_otherwise():
    assert load_config(overrides=SHARED).blob_store == "redis"
    assert load_config(overrides={**SHARED, "blob_store": "spool"}).blob_store == "spool"
    assert load_config().blob_store == "memory"
