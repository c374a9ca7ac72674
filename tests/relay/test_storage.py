"""Stores and their limits from the configuration."""

from __future__ import annotations

import pytest

from whispr.errors import ConfigError
from whispr.relay.blobs.memory import MemoryBlobs
from whispr.relay.blobs.redis import RedisBlobs
from whispr.relay.blobs.spool import SpoolBlobs
from whispr.relay.config import RelayConfig
from whispr.relay.log import Log
from whispr.relay.storage import (
    blob_limits,
    make_backend,
    make_blobs,
    make_prekeys,
    make_store,
    store_limits,
)
from whispr.relay.stores.redis import RedisStore


def test_limits_of_the_store_are_those_of_the_configuration(clock):
    config = RelayConfig(
        mailbox_messages=7, mailbox_bytes=2**20, when_full="drop_oldest", send_burst=3
    )
    limits = store_limits(config)
    assert (limits.mailbox_messages, limits.mailbox_bytes, limits.drop_oldest) == (7, 2**20, True)
    assert (limits.send_rate.rate_per_second, limits.send_rate.burst) == (10, 3)
    store = make_store(config, clock, b"e" * 16)
    assert (store.epoch, store.usage().limit_bytes) == (b"e" * 16, config.ceiling_bytes)


def test_blobs_in_memory_in_a_spool_or_not_at_all(clock, tmp_path):
    assert isinstance(make_blobs(RelayConfig(), clock, tmp_path), MemoryBlobs)
    assert isinstance(make_blobs(RelayConfig(blob_store="spool"), clock, tmp_path), SpoolBlobs)
    assert (tmp_path / "spool").is_dir()
    elsewhere = RelayConfig(blob_store="spool", spool=tmp_path / "elsewhere")
    assert isinstance(make_blobs(elsewhere, clock, tmp_path), SpoolBlobs)
    assert (tmp_path / "elsewhere").is_dir()
    assert make_blobs(RelayConfig(blob_max_bytes=0), clock, tmp_path) is None


def test_limits_of_blobs():
    limits = blob_limits(RelayConfig(blob_max_bytes=1000, blob_unfinished_seconds=3.5))
    assert (limits.max_blob_bytes, limits.unfinished_ms) == (1000, 3500)


def test_a_spool_that_cannot_be_made_is_a_fault_of_the_configuration(clock, tmp_path):
    (tmp_path / "file").write_text("")
    config = RelayConfig(blob_store="spool", spool=tmp_path / "file" / "spool")
    with pytest.raises(ConfigError, match="spool"):
        make_blobs(config, clock, tmp_path)


def test_a_shared_store_keeps_envelopes_and_files_and_no_prekeys_of_one_process(clock, tmp_path):
    shared = RelayConfig(store="redis", redis_url="redis://store", blob_store="redis")
    backend = make_backend(shared, Log(clock), b"e" * 16)
    assert isinstance(make_store(shared, clock, b"e" * 16, backend), RedisStore)
    assert isinstance(make_blobs(shared, clock, tmp_path, backend), RedisBlobs)
    assert make_prekeys(shared, clock) is None
    assert make_prekeys(RelayConfig(), clock) is not None
    assert make_backend(RelayConfig(), Log(clock), b"e" * 16) is None


def test_the_address_of_a_store_comes_from_its_file(clock, tmp_path):
    file = tmp_path / "url"
    shared = RelayConfig(store="redis", redis_url_file=file)
    with pytest.raises(ConfigError, match="cannot read"):
        make_backend(shared, Log(clock), b"e" * 16)
    file.write_text("redis://:secret@store:7000\n")
    assert make_backend(shared, Log(clock), b"e" * 16) is not None
