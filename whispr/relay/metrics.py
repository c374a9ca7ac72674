"""The relay's metrics as Prometheus reads them: names, help texts, types.

No series has a label that comes from a client, and every series exists from the start, so that
the rate of a first event is seen and a flood of inventions makes none. Names, texts and labels are
put together only when somebody scrapes. Families are built here without a time of creation, so
there are no `_created` series.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from whispr import __version__
from whispr.protocol.limits import PROTOCOL_VERSION
from whispr.relay.blobs.base import BlobStore
from whispr.relay.clock import Clock, SystemClock
from whispr.relay.counts import Counts
from whispr.relay.stores.base import Store
from whispr.relay.tallies import Distribution

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics(Counts):
    """Everything that a relay counts, and how it is told."""

    def __init__(self, clock: Clock | None = None, *, store_name: str = "memory") -> None:
        super().__init__(clock or SystemClock())
        self._store_name = store_name
        self._store: Store | None = None
        self._blobs: BlobStore | None = None
        self._registry = CollectorRegistry()
        self._registry.register(_Scrape(self))
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def attach(self, store: Store, blobs: BlobStore | None) -> None:
        """Tell how full these are, from now on; they are asked when somebody scrapes."""
        self._store, self._blobs = store, blobs

    def render(self) -> bytes:
        """All series in the text format of Prometheus, `CONTENT_TYPE`."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Every family but those of the process."""
        yield from self._connection_families()
        yield from self._message_families()
        yield from self._request_families()
        yield from self._blob_families()
        yield from self._process_families()
        if self._store is not None:
            yield from self._store_families(self._store)

    def _connection_families(self) -> Iterator[Metric]:
        yield _gauge("connections", "Open connections.", self._connections)
        yield _counter("connections_opened", "Connections whose handshake was good.", self._opened)
        yield _labelled("connections_closed", "Closed connections.", "reason", self._closed.items())
        yield _labelled(
            "connections_refused", "Refused before TLS.", "limit", self._turned_away.items()
        )
        yield _labelled("tls_handshakes", "TLS handshakes.", "result", self._handshakes.items())
        yield _histogram(
            "tls_handshake_seconds", "Duration of good TLS handshakes.", self._handshake_seconds
        )
        yield _counter(
            "accept_errors", "Connections the system could not give.", self._accept_errors
        )
        active = GaugeMetricFamily(
            "whispr_active_users_estimate",
            "Different keys in a window, estimated; 0 stands for fewer than 20.",
            labels=["window"],
        )
        for window, people in self._active.estimates().items():
            active.add_metric([window], people)
        yield active

    def _message_families(self) -> Iterator[Metric]:
        yield _labelled("messages", "Answered SEND requests.", "result", self._messages.items())
        yield _labelled(
            "message_bytes", "Envelope bytes.", "direction", self._message_bytes.items()
        )
        yield _histogram("message_size_bytes", "Size of accepted envelopes.", self._message_sizes)
        yield _labelled(
            "messages_delivered", "Envelopes pushed, again or not.", "path", self._delivered.items()
        )
        yield _histogram(
            "message_delivery_seconds", "From accepted to pushed, recipient there.", self._delivery
        )
        yield _counter("messages_acked", "Acknowledged envelopes.", self._acknowledged)
        yield _histogram("message_age_seconds", "Age of envelopes when acknowledged.", self._ages)

    def _request_families(self) -> Iterator[Metric]:
        requests = CounterMetricFamily(
            "whispr_requests", "Answered requests.", labels=["op", "result"]
        )
        for pair, count in self._requests.items():
            requests.add_metric(pair, count)
        yield requests
        yield _histograms(
            "request_seconds", "From taken up to answered.", "op", self._request_seconds
        )
        yield _labelled(
            "rate_limited", "Refused by a limiter.", "limit", self._rate_limited.items()
        )
        yield _labelled(
            "frames_rejected", "Unacceptable frames.", "reason", self._frames_rejected.items()
        )
        yield _labelled(
            "prekeys_claimed", "Bundles handed out.", "kind", self._prekeys_claimed.items()
        )
        yield _counter("internal_errors", "Bugs met; see the log.", self._internal_errors)

    def _blob_families(self) -> Iterator[Metric]:
        yield _labelled(
            "attachments",
            "Files completed (in) and opened (out).",
            "direction",
            self._blobs_done.items(),
        )
        yield _labelled(
            "attachment_bytes", "Bytes of file parts.", "direction", self._blob_bytes.items()
        )
        yield _histogram("attachment_size_bytes", "Size of completed files.", self._blob_sizes)
        usage = self._blobs.usage() if self._blobs is not None else None
        stored_bytes, limit_bytes = (usage.stored_bytes, usage.limit_bytes) if usage else (0, 0)
        yield _gauge("attachments_stored_bytes", "Room that files take.", stored_bytes)
        yield _gauge("attachments_limit_bytes", "Room that files may take.", limit_bytes)
        yield _gauge("attachments_stored", "Files, finished or not.", usage.blobs if usage else 0)

    def _process_families(self) -> Iterator[Metric]:
        build = GaugeMetricFamily(
            "whispr_build_info",
            "What runs here.",
            labels=["version", "python", "protocol", "store"],
        )
        python, protocol = platform.python_version(), str(PROTOCOL_VERSION)
        build.add_metric([__version__, python, protocol, self._store_name], 1)
        yield build
        yield _histogram("event_loop_lag_seconds", "Lateness of a timer.", self._loop_lag)
        yield _gauge("write_buffer_bytes", "Unread output of all.", self._write_buffer_bytes)
        yield _gauge("draining", "1 while the relay is about to stop.", int(self._draining))
        yield _gauge(
            "tls_certificate_not_after_timestamp_seconds",
            "When the certificate ends.",
            self._certificate_expires,
        )
        yield _labelled("config_reloads", "Reloads.", "result", self._reloads.items())
        yield _gauge(
            "config_last_reload_success_timestamp_seconds",
            "When the configuration in use was read.",
            self._reloaded_at,
        )

    def _store_families(self, store: Store) -> Iterator[Metric]:
        usage = store.usage()
        yield _histograms(
            "store_seconds", "Calls of a shared store; none in memory.", "op", self._store_seconds
        )
        yield _counter(
            "store_errors", "Calls that a shared store did not answer.", self._store_errors
        )
        yield _gauge("store_up", "1 while the store answers.", int(store.up))
        yield _gauge("store_memory_used_bytes", "Held, with overhead.", usage.memory_bytes)
        yield _gauge("store_memory_limit_bytes", "The ceiling.", usage.limit_bytes)
        yield _gauge("messages_waiting", "Envelopes that wait.", usage.messages)
        yield _gauge("mailboxes_waiting", "Mailboxes that hold something.", usage.mailboxes)
        yield _counter("messages_expired", "Envelopes expired unread.", usage.expired)
        yield _counter("messages_evicted", "Envelopes pushed out.", usage.evicted)


class _Scrape(Collector):
    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics.collect()


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"whispr_{name}", text, value=value)


def _counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(f"whispr_{name}", text, value=value)


def _labelled(name: str, text: str, label: str, counts: Iterable[tuple[str, int]]) -> Metric:
    family = CounterMetricFamily(f"whispr_{name}", text, labels=[label])
    for word, count in counts:
        family.add_metric([word], count)
    return family


def _histograms(name: str, text: str, label: str, values: Mapping[str, Distribution]) -> Metric:
    family = HistogramMetricFamily(f"whispr_{name}", text, labels=[label])
    for word, distribution in values.items():
        family.add_metric([word], distribution.cumulative(), distribution.total)
    return family


def _histogram(name: str, text: str, values: Distribution) -> Metric:
    family = HistogramMetricFamily(f"whispr_{name}", text, labels=[])
    family.add_metric([], values.cumulative(), values.total)
    return family
