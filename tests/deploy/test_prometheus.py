"""A real Prometheus scrapes a relay under a little load: everything that reads it gets data."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import os
import re
import shutil

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.deploy.prometheus_process import RULES, Prometheus
from tools import dashboard
from whispr.protocol import frames
from whispr.protocol.signatures import SigningKey
from whispr.protocol.signing import mailbox_id

EMPTY_WHILE_ALL_IS_WELL = {
    "whispr_probe_healthy": "no probe runs here",
    "whispr_probe_seconds": "no probe runs here",
    "whispr_workers": "one process has no parent",
    "increase(whispr_worker_restarts": "one process has no parent",
    "changes(process_start_time_seconds": "marks starts, and there was none in between",
}
"""Beginning of an expression that may be empty -> why."""


@pytest.fixture
async def relay(start_relay):
    return await start_relay(
        metrics="127.0.0.1:0", data=None, sends_per_second=1000.0, send_burst=1000
    )


@pytest.fixture
def start_relay(start_relay, tmp_path):
    async def start(**settings):
        return await start_relay(**settings | {"data": tmp_path / "relay"})

    return start


@pytest.fixture
async def prometheus(relay, tmp_path):
    if shutil.which("prometheus") is None:
        pytest.skip("Debian's prometheus")
    target = f"127.0.0.1:{relay.metrics_port}"
    prometheus = await Prometheus.start(tmp_path, {"whispr": target}, "relay-a")
    yield prometheus
    await prometheus.stop()


async def load(relay, connect, alice, bob):
    """Messages, refusals, a file up and down, a prekey request: a bit of everything."""
    sender, reader = await connect(relay), await connect(relay)
    await sender.send_as(alice)
    await reader.read_as(bob)
    subscribed = await reader.subscribe()
    sequence = 0
    for number in range(20):
        await sender.submit(sender.envelope(alice, bob, os.urandom(200 + 50 * number)))
    while sequence < 20:
        frame = await reader.receive()
        sequence = getattr(frame, "sequence", sequence)
    assert isinstance(await reader.ask(frames.Ack, sequence=sequence), frames.Done)
    await sender.submit(sender.envelope(alice, bob, relay_id=b"x" * 32))
    await sender.ask(frames.Download, blob_id=bytes(32), token=bytes(32))
    return subscribed


async def test_every_expression_of_dashboard_and_rules_has_data(
    relay, connect, alice, bob, prometheus
):
    await load(relay, connect, alice, bob)
    accepted = 'whispr_messages_total{result="accepted"}'
    await prometheus.until(
        lambda: [sample["value"][1] for sample in prometheus.query(accepted)] == ["20"]
    )
    # Rates take two scrapes that differ: a second round while it looks.
    await load(relay, connect, SigningKey(b"c" * 32), SigningKey(b"d" * 32))
    rate = 'sum(rate(whispr_messages_total{result="accepted"}[10s])) > 0'
    await prometheus.until(lambda: prometheus.query(rate))
    recorded = re.findall(r"record: (\S+)", RULES.read_text())
    await prometheus.until(lambda: all(prometheus.query(name) for name in recorded))
    empty = []
    for expression in dashboard.expressions():
        concrete = (
            expression.replace("$__rate_interval", "10s")
            .replace("$job", "whispr")
            .replace("$instance", ".*")
        )
        if not await asyncio.to_thread(prometheus.query, concrete):
            empty.append(expression)
    allowed = tuple(EMPTY_WHILE_ALL_IS_WELL)
    assert [expression for expression in empty if not expression.startswith(allowed)] == []
    assert len(empty) == len(EMPTY_WHILE_ALL_IS_WELL)


async def test_rules_are_evaluated_without_error_and_no_alert_fires(
    relay, connect, alice, bob, prometheus
):
    await load(relay, connect, alice, bob)

    def rules():
        groups = prometheus.get("/api/v1/rules")["groups"]
        return [rule for group in groups for rule in group["rules"]]

    await prometheus.until(lambda: all(rule["health"] == "ok" for rule in rules()))
    found = rules()
    assert len(found) == len(re.findall(r"- (?:alert|record):", RULES.read_text()))
    assert {rule["state"] for rule in found if rule["type"] == "alerting"} == {"inactive"}
    # The left side of each comparison has data: an alert on a name that does not exist never fires.
    for rule in found:
        if rule["type"] == "alerting" and not re.search("probe|worker", rule["query"]):
            left = re.split(r" (?:==|<|>) (?=[\d.* ]+$)", rule["query"])[0]
            assert left != rule["query"], rule["query"]
            await prometheus.until(lambda left=left: prometheus.query(left))


async def test_a_relay_that_dies_is_noticed(relay, prometheus):
    await prometheus.until(lambda: prometheus.query('up{job="whispr"} == 1'))
    await relay.stop()
    await prometheus.until(lambda: prometheus.query('up{job="whispr"} == 0'))
    pending = 'ALERTS{alertname="WhisprRelayDown", alertstate="pending"}'
    await prometheus.until(lambda: prometheus.query(pending))


async def exposition(relay) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", relay.metrics_port)
    writer.write(b"GET /metrics HTTP/1.0\r\n\r\n")
    text = (await reader.read()).decode()
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return text.partition("\r\n\r\n")[2]


def spellings(secret: bytes) -> list[str]:
    """How bytes could stand in a text."""
    return [
        *(secret.hex(), secret.hex().upper(), str(list(secret))),
        *(base64.b64encode(secret).decode(), base64.urlsafe_b64encode(secret).decode().rstrip("=")),
        hashlib.sha256(secret).hexdigest(),
    ]


async def test_the_exposition_names_nobody(relay, connect, alice, bob):
    await load(relay, connect, alice, bob)
    text = await exposition(relay)
    assert 'whispr_messages_total{result="accepted"} 20.0' in text
    for secret in (alice.public, bob.public, mailbox_id(bob.public), relay.address.relay_ids[0]):
        for spelling in spellings(secret):
            assert spelling not in text and spelling[:16] not in text
    assert "127.0.0.1" not in text and "::1" not in text
    assert str(relay.port) not in re.sub(r"\d\.\d+e[+-]\d+", "", text)


async def test_labels_and_their_values_stay_the_same_under_load(relay, connect, alice, bob):
    def series(text):
        return {
            (sample.name, *sorted(sample.labels.items()))
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    before = series(await exposition(relay))
    for number in range(5):
        await load(relay, connect, SigningKey(bytes([number]) * 32), bob)
    after = series(await exposition(relay))
    assert after == before
    values: dict[str, set[str]] = {}
    for _, *labels in after:
        for name, value in labels:
            values.setdefault(name, set()).add(value)
    assert max(len(found) for name, found in values.items() if name != "le") <= 40
    assert len(after) < 1200
