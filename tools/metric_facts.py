"""The table of `docs/operations.md`: every metric of a relay, from the registry that tells them."""

from __future__ import annotations

from prometheus_client.core import Metric

from whispr.relay.blobs.limits import BlobLimits
from whispr.relay.blobs.memory import MemoryBlobs
from whispr.relay.clock import SystemClock
from whispr.relay.config import RelayConfig
from whispr.relay.metrics import Metrics
from whispr.relay.storage import make_store

ADVICE: dict[str, str] = {
    "whispr_connections": "Against `max_connections`. A sudden fall is a restart or the network.",
    "whispr_connections_opened": "A rise without a rise of connections: clients come and go.",
    "whispr_connections_closed": "`client`, `idle` and `draining` are everyday; `slow_reader`, "
    "`protocol_error`, `auth_failed` and `error` are not.",
    "whispr_connections_refused": "`total`: the relay is full. `address`, `rate`: one place asks "
    "too much, or a balancer hides many behind its address. `network`: `allow_addresses`.",
    "whispr_tls_handshakes": "`protocol` and `reset` in numbers are scanners; `timeout` a flood or "
    "a slow network; `crowded`: `max_handshakes` reached; `alpn`: something else than Whispr.",
    "whispr_tls_handshake_seconds": "Mostly the way to the client. Rises with a busy processor.",
    "whispr_accept_errors": "Never: the process is out of descriptors or memory.",
    "whispr_active_users_estimate": "People, roughly; never who. Summed over relays it counts some "
    "twice, so look at the largest.",
    "whispr_messages": "`accepted` is the load; `mailbox_full` and `relay_full` want room, "
    "`rate_limited` wants patience, `stale_clock` is a wrong clock, there or here.",
    "whispr_message_bytes": "In against out: what expires never goes out.",
    "whispr_message_size_bytes": "The steps of the padding; a new step is a new kind of client.",
    "whispr_messages_delivered": "`live` to who was there, `backlog` to who came back.",
    "whispr_message_delivery_seconds": "The figure people feel. Memory: milliseconds.",
    "whispr_messages_acked": "Falls behind delivered: recipients do not cope.",
    "whispr_message_age_seconds": "How long people are away, against `ttl_seconds`.",
    "whispr_requests": "`internal` and `unavailable` are ours, `client_error` is theirs.",
    "whispr_request_seconds": "By kind; `send` includes the signature check (about 0.1 ms).",
    "whispr_rate_limited": "One limit alone: one sender. All at once: a limit is too low.",
    "whispr_frames_rejected": "Old or broken clients, or somebody who tries things.",
    "whispr_prekeys_claimed": "`last_resort` in numbers: owners do not refill, or are drained.",
    "whispr_internal_errors": "Never: each is a bug, with its place in the log.",
    "whispr_attachments": "Uploads completed, downloads opened.",
    "whispr_attachment_bytes": "Bandwidth of files.",
    "whispr_attachment_size_bytes": "Mean size = sum / count.",
    "whispr_attachments_stored_bytes": "Against its limit; beyond it uploads are refused.",
    "whispr_attachments_limit_bytes": "`blob_budget_bytes`.",
    "whispr_attachments_stored": "Files that wait or grow.",
    "whispr_build_info": "Which version runs where; differs during an upgrade.",
    "whispr_event_loop_lag_seconds": "Above 0.1 s the processor is the limit: add a process.",
    "whispr_write_buffer_bytes": "Against `output_bytes`; grows with clients that do not read.",
    "whispr_draining": "1 for a moment at a restart; for longer, look at the log.",
    "whispr_tls_certificate_not_after_timestamp_seconds": "Minus `time()`: what is left.",
    "whispr_config_reloads": "`error`: the log names what was refused; the old one is in use.",
    "whispr_config_last_reload_success_timestamp_seconds": "When what is in use was read.",
    "whispr_store_seconds": "A shared store and the way to it; empty for the store in memory.",
    "whispr_store_errors": "Calls refused with `unavailable`.",
    "whispr_store_up": "0 refuses every send; connections stay.",
    "whispr_store_memory_used_bytes": "Against its limit: at 85 % make room or shorten lives.",
    "whispr_store_memory_limit_bytes": "`ceiling_bytes`, or the limit of the shared store.",
    "whispr_messages_waiting": "The queue. Grows while people are away, ends with their lives.",
    "whispr_mailboxes_waiting": "Mailboxes that hold something.",
    "whispr_messages_expired": "Not fetched in time: against accepted. Senders are told.",
    "whispr_messages_evicted": 'Only with `when_full = "drop_oldest"`.',
}
"""Metric, without `_total` -> what to look for in it."""


def metric_families() -> list[Metric]:
    """What a relay with its store in memory tells, in order; those of the process are not ours."""
    config, clock = RelayConfig(), SystemClock()
    metrics = Metrics(clock)
    blobs = MemoryBlobs(BlobLimits(max_blob_bytes=1, total_bytes=1, unfinished_ms=1), clock)
    metrics.attach(make_store(config, clock, bytes(16)), blobs)
    return list(metrics.collect())


def metric_rows() -> list[list[str]]:
    """Name, type, labels with their values, meaning, what to look for.

    Raises:
        KeyError: a metric for which nobody wrote what it is good for.
    """
    return [
        [
            f"`{family.name}{'_total' if family.type == 'counter' else ''}`",
            family.type,
            _labels(family) or "–",
            family.documentation,
            ADVICE[family.name],
        ]
        for family in metric_families()
    ]


def _labels(family: Metric) -> str:
    """`result`: one, two; what differs between machines is not listed."""
    values: dict[str, list[str]] = {}
    for sample in family.samples:
        for label, value in sample.labels.items():
            if label != "le" and value not in values.setdefault(label, []):
                values[label].append(value)
    if family.name == "whispr_build_info":
        return ", ".join(f"`{label}`" for label in values)
    return "; ".join(f"`{label}`: {', '.join(found)}" for label, found in values.items())
