from __future__ import annotations

import datetime
import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.relay.fake_clock import FakeClock
from tests.relay.stores.store_kit import envelope, memory_store
from whispr.relay.blobs.base import BlobUsage
from whispr.relay.metrics import CONTENT_TYPE, Metrics

UNITS = ("_seconds", "_bytes", "_info", "_estimate", "_total")
NOT_OURS = ("process_", "python_")


class SomeBlobs:
    def usage(self):
        return BlobUsage(blobs=2, stored_bytes=1234, limit_bytes=5000)


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def store(clock):
    return memory_store(clock)


@pytest.fixture
def metrics(clock, store):
    metrics = Metrics(clock)
    metrics.attach(store, SomeBlobs())
    return metrics


def families(metrics):
    return list(text_string_to_metric_families(metrics.render().decode()))


def samples(metrics):
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in families(metrics)
        for sample in family.samples
    }


def test_every_metric_has_a_help_text_and_a_type(metrics):
    for family in families(metrics):
        assert family.documentation, family.name
        assert family.type in ("gauge", "counter", "histogram"), family.name


def test_names_follow_the_rules_of_prometheus(metrics):
    for family in families(metrics):
        if family.name.startswith(NOT_OURS):
            continue
        assert re.fullmatch(r"whispr(_[a-z0-9]+)+", family.name)
        assert not re.search(r"_(count|sum|bucket|created|total)$", family.name)
        assert not re.search(r"_(ms|milliseconds|kb|mb|minutes|hours)(_|$)", family.name)
        assert family.type not in family.name.split("_")
        for sample in family.samples:
            assert sample.name.endswith("_total") == (family.type == "counter")
            for label in sample.labels:
                assert re.fullmatch(r"[a-z]+", label)


def test_every_name_is_told_once(metrics):
    names = [family.name for family in families(metrics)]
    assert len(names) == len(set(names))


def test_nothing_tells_when_it_was_created(metrics):
    assert b"_created" not in metrics.render()


def test_the_number_of_series_is_bounded(metrics):
    assert 400 < len(samples(metrics)) < 1000


def test_no_flood_of_inventions_makes_a_series(metrics):
    before = samples(metrics).keys()
    for number in range(50):
        word = f'invented"{number}\n'
        metrics.connection_opened()
        metrics.connection_closed(word)
        metrics.handshake(word)
        metrics.turned_away(word)
        metrics.message(word, 10**9)
        metrics.request(word, word)
        metrics.rate_limited(word)
        metrics.frame_rejected(word)
        metrics.saw(word.encode())
        metrics.delivered(10**9, 10**12, live=True)
        metrics.acknowledged(3, 10**12)
    after = samples(metrics)
    assert after.keys() == before
    assert after["whispr_messages_total", "other"] == 50
    assert b"invented" not in metrics.render()


def test_what_happened_is_told(metrics):
    metrics.connection_opened()
    metrics.connection_opened()
    metrics.connection_closed("idle")
    metrics.handshake("ok")
    metrics.turned_away("rate")
    metrics.accept_error()
    metrics.message("accepted", 700)
    metrics.delivered(700, 3, live=True)
    metrics.delivered(700, 30_000)
    metrics.acknowledged()
    metrics.acknowledged(2, 1500)
    metrics.request("send", "ok")
    metrics.request("send", "MailboxFullError")
    metrics.request("getpart", "NotFoundError")
    metrics.rate_limited("key_sends")
    metrics.frame_rejected("malformed")
    metrics.internal_error()
    metrics.blob("in", 5000)
    metrics.blob("out")
    metrics.blob_bytes("in", 5000)
    metrics.write_buffer(99)
    metrics.loop_lag(0.02)
    metrics.draining()
    metrics.reloaded(ok=False)
    metrics.certificate_expires(datetime.datetime.fromtimestamp(2_000_000_000, datetime.UTC))
    told = samples(metrics)
    assert {
        ("whispr_connections",): 1,
        ("whispr_connections_opened_total",): 2,
        ("whispr_connections_closed_total", "idle"): 1,
        ("whispr_connections_closed_total", "error"): 0,
        ("whispr_tls_handshakes_total", "ok"): 1,
        ("whispr_connections_refused_total", "rate"): 1,
        ("whispr_accept_errors_total",): 1,
        ("whispr_messages_total", "accepted"): 1,
        ("whispr_message_bytes_total", "in"): 700,
        ("whispr_message_bytes_total", "out"): 1400,
        ("whispr_message_size_bytes_bucket", "256.0"): 0,
        ("whispr_message_size_bytes_bucket", "1024.0"): 1,
        ("whispr_message_size_bytes_sum",): 700,
        ("whispr_messages_delivered_total", "live"): 1,
        ("whispr_messages_delivered_total", "backlog"): 1,
        ("whispr_message_delivery_seconds_count",): 1,
        ("whispr_messages_acked_total",): 3,
        ("whispr_message_age_seconds_sum",): 1.5,
        ("whispr_requests_total", "send", "ok"): 1,
        ("whispr_requests_total", "send", "limited"): 1,
        ("whispr_requests_total", "getpart", "client_error"): 1,
        ("whispr_rate_limited_total", "key_sends"): 1,
        ("whispr_frames_rejected_total", "malformed"): 1,
        ("whispr_internal_errors_total",): 1,
        ("whispr_attachments_total", "in"): 1,
        ("whispr_attachments_total", "out"): 1,
        ("whispr_attachment_bytes_total", "in"): 5000,
        ("whispr_attachment_size_bytes_count",): 1,
        ("whispr_attachments_stored_bytes",): 1234,
        ("whispr_attachments_limit_bytes",): 5000,
        ("whispr_attachments_stored",): 2,
        ("whispr_write_buffer_bytes",): 99,
        ("whispr_event_loop_lag_seconds_bucket", "0.025"): 1,
        ("whispr_draining",): 1,
        ("whispr_config_reloads_total", "error"): 1,
        ("whispr_tls_certificate_not_after_timestamp_seconds",): 2_000_000_000,
    }.items() <= told.items()


async def test_the_store_is_asked_at_each_scrape(metrics, store):
    assert samples(metrics)["whispr_messages_waiting",] == 0
    await store.enqueue(envelope(1))
    told = samples(metrics)
    assert told["whispr_messages_waiting",] == told["whispr_mailboxes_waiting",] == 1
    assert told["whispr_store_up",] == 1
    assert 0 < told["whispr_store_memory_used_bytes",] < told["whispr_store_memory_limit_bytes",]
    await store.close()
    assert samples(metrics)["whispr_store_up",] == 0


async def test_what_expired_is_counted(metrics, store, clock):
    await store.enqueue(envelope(1))
    clock.advance(62_000)
    await store.sweep()
    assert samples(metrics)["whispr_messages_expired_total",] == 1


def test_a_good_reload_notes_the_time(metrics, clock):
    name = ("whispr_config_last_reload_success_timestamp_seconds",)
    before = samples(metrics)[name]
    clock.advance(5000)
    metrics.reloaded(ok=False)
    assert samples(metrics)[name] == before
    metrics.reloaded(ok=True)
    assert samples(metrics)[name] == before + 5


def test_without_stores_it_can_be_scraped_too(clock):
    assert b"whispr_store_up" not in Metrics(clock).render()


def test_two_relays_in_one_process_do_not_mix(clock):
    one, two = Metrics(clock), Metrics(clock)
    one.connection_opened()
    assert samples(two)["whispr_connections",] == 0


def test_the_content_type_is_the_text_format():
    assert CONTENT_TYPE.startswith("text/plain; version=0.0.4")
