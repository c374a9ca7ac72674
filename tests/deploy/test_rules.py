"""The rules of Prometheus: each alert fires when it should and keeps silent when it should not.

`promtool` evaluates them on made-up series; the file for it is JSON, which YAML contains.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(shutil.which("promtool") is None, reason="Debian's prometheus")

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy" / "prometheus" / "whispr-rules.yml"
ALERTS = re.findall(r"- alert: (\w+)", RULES.read_text(encoding="utf-8"))
RELAY = 'instance="relay:9464", job="whispr"'
DAY = 86_400


@dataclass(frozen=True)
class Case:
    """Series that let an alert fire, and some that are near it and do not.

    A series is its name with labels and its values a minute in the notation of promtool.
    """

    fires: dict[str, str]
    silent: dict[str, str]
    minutes: int = 20
    """When it is looked at: after the `for` of the alert."""
    too_early: str = ""
    """A time at which it does not fire yet."""


def one(name: str, values: str, *, labels: str = RELAY) -> dict[str, str]:
    return {f"{name}{{{labels}}}": values}


def requests(internal: float, fine: float) -> dict[str, str]:
    return {
        f'whispr_requests_total{{{RELAY}, op="send", result="internal"}}': f"0+{internal}x60",
        f'whispr_requests_total{{{RELAY}, op="send", result="ok"}}': f"0+{fine}x60",
    }


def sends(full: float, accepted: float) -> dict[str, str]:
    return {
        f'whispr_messages_total{{{RELAY}, result="mailbox_full"}}': f"0+{full}x60",
        f'whispr_messages_total{{{RELAY}, result="accepted"}}': f"0+{accepted}x60",
    }


def buckets(name: str, below: float, more: str = "") -> dict[str, str]:
    """Ten observations a minute, all of them at most `below`."""
    bounds = (0.05, 0.25, 1.0)
    labels = f"{RELAY}{more}"
    return {
        f'{name}_bucket{{{labels}, le="{bound}"}}': f"0+{10 if below <= bound else 0}x60"
        for bound in bounds
    } | {f'{name}_bucket{{{labels}, le="+Inf"}}': "0+10x60"}


def share(used: str, limit: str, percent: int, labels: str = RELAY) -> dict[str, str]:
    return one(used, f"{percent}x60", labels=labels) | one(limit, "100x60", labels=labels)


def rising(name: str, labels: str, a_minute: float) -> dict[str, str]:
    return one(name, f"0+{a_minute}x60", labels=f"{RELAY}, {labels}" if labels else RELAY)


ENQUEUE = ', op="enqueue"'
NOT_AFTER = "whispr_tls_certificate_not_after_timestamp_seconds"
CASES = {
    "WhisprRelayDown": Case(
        one("up", "1 1 0x60"), one("up", "1 1 0 1x60"), minutes=4, too_early="2m30s"
    ),
    "WhisprProbeFailing": Case(
        one("whispr_probe_healthy", "1 0x60"),
        one("whispr_probe_healthy", "1 0 1 0 1x60"),
        minutes=4,
        too_early="2m",
    ),
    "WhisprStoreUnavailable": Case(
        one("whispr_store_up", "1 0x60"),
        one("whispr_store_up", "1x60"),
        minutes=2,
        too_early="1m10s",
    ),
    "WhisprErrorBudgetFastBurn": Case(requests(3, 100), requests(1, 1000), too_early="3m"),
    "WhisprDescriptorsNearLimit": Case(
        share("process_open_fds", "process_max_fds", 81),
        share("process_open_fds", "process_max_fds", 80),
        too_early="4m",
    ),
    "WhisprMemoryNearCeiling": Case(
        share("whispr_store_memory_used_bytes", "whispr_store_memory_limit_bytes", 86),
        share("whispr_store_memory_used_bytes", "whispr_store_memory_limit_bytes", 85),
        too_early="4m",
    ),
    "WhisprRestartLoop": Case(
        one("process_start_time_seconds", "1 2 3 4 5x60"),
        one("process_start_time_seconds", "1 2 3 4x60"),
        minutes=5,
    ),
    "WhisprWorkersDying": Case(
        one("whispr_worker_restarts_total", "0 1 2 3 4 5x60"),
        one("whispr_worker_restarts_total", "0 1 2 3x60"),
        minutes=6,
    ),
    "WhisprCertificateExpired": Case(
        one(NOT_AFTER, f"{2 * DAY - 60}x60"), one(NOT_AFTER, f"{3 * DAY}x60"), too_early="9m"
    ),
    "WhisprCertificateExpiry": Case(
        one(NOT_AFTER, f"{14 * DAY - 60}x120"),
        one(NOT_AFTER, f"{15 * DAY}x120"),
        minutes=90,
        too_early="50m",
    ),
    "WhisprReloadFailed": Case(
        one("whispr_config_reloads_total", "0 0 1x60", labels=f'{RELAY}, result="error"'),
        one("whispr_config_reloads_total", "0 0 1x60", labels=f'{RELAY}, result="ok"'),
        minutes=5,
    ),
    "WhisprDeliveryLatencyHigh": Case(
        buckets("whispr_message_delivery_seconds", 1.0),
        buckets("whispr_message_delivery_seconds", 0.25),
        too_early="8m",
    ),
    "WhisprEventLoopLag": Case(
        buckets("whispr_event_loop_lag_seconds", 0.25),
        buckets("whispr_event_loop_lag_seconds", 0.05),
        too_early="4m",
    ),
    "WhisprStoreSlow": Case(
        buckets("whispr_store_seconds", 0.25, ENQUEUE),
        buckets("whispr_store_seconds", 0.05, ENQUEUE),
        too_early="8m",
    ),
    "WhisprStoreErrors": Case(
        rising("whispr_store_errors_total", "", 12),
        rising("whispr_store_errors_total", "", 3),
        too_early="4m",
    ),
    "WhisprHandshakeFailures": Case(
        rising("whispr_tls_handshakes_total", 'result="protocol"', 1500),
        rising("whispr_tls_handshakes_total", 'result="ok"', 1500),
        too_early="4m",
    ),
    "WhisprConnectionsRefused": Case(
        rising("whispr_connections_refused_total", 'limit="total"', 1),
        rising("whispr_connections_refused_total", 'limit="address"', 100),
        too_early="4m",
    ),
    "WhisprAcceptErrors": Case(
        rising("whispr_accept_errors_total", "", 1),
        rising("whispr_accept_errors_total", "", 0),
        too_early="4m",
    ),
    "WhisprSlowReaders": Case(
        rising("whispr_connections_closed_total", 'reason="slow_reader"', 90),
        rising("whispr_connections_closed_total", 'reason="slow_reader"', 30),
        minutes=30,
        too_early="8m",
    ),
    "WhisprMailboxesFull": Case(sends(3, 100), sends(1, 1000), minutes=30, too_early="14m"),
    "WhisprFilesNearLimit": Case(
        share("whispr_attachments_stored_bytes", "whispr_attachments_limit_bytes", 91),
        share("whispr_attachments_stored_bytes", "whispr_attachments_limit_bytes", 90),
        too_early="9m",
    ),
    "WhisprInternalErrors": Case(
        one("whispr_internal_errors_total", "0 0 1x60"),
        one("whispr_internal_errors_total", "5x60"),
        minutes=5,
    ),
}


def fires(alert: str, series: dict[str, str], at: str, *, expected: bool) -> dict[str, object]:
    """One test for promtool: how many of an alert fire at a time."""
    fired = f'count(ALERTS{{alertname="{alert}", alertstate="firing"}})'
    samples = [{"labels": "{}", "value": 1}] if expected else []
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [{"expr": fired, "eval_time": at, "exp_samples": samples}],
    }


def run_promtool(
    tmp_path: Path, tests: list[dict[str, object]], interval: str = "30s"
) -> subprocess.CompletedProcess:
    cases = {"rule_files": [str(RULES)], "evaluation_interval": interval, "tests": tests}
    (tmp_path / "cases.json").write_text(json.dumps(cases))
    return subprocess.run(
        ["promtool", "test", "rules", str(tmp_path / "cases.json")],
        capture_output=True,
        text=True,
        check=False,
    )


def test_promtool_accepts_rules_and_configuration():
    for words in (
        ["check", "rules", RULES],
        ["check", "config", RULES.with_name("prometheus.yml")],
    ):
        done = subprocess.run(["promtool", *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0 and "SUCCESS" in done.stdout, done.stdout + done.stderr


def test_every_alert_has_its_cases():
    assert sorted(CASES) == sorted(ALERTS)
    assert len(set(ALERTS)) == len(ALERTS) > 15


def test_alerts_fire_in_time_and_otherwise_keep_silent(tmp_path):
    """All in one run, which takes a second; what promtool prints names the alert."""
    tests = []
    for alert, case in CASES.items():
        at = f"{case.minutes}m"
        tests.append(fires(alert, case.fires, at, expected=True))
        tests.append(fires(alert, case.silent, at, expected=False))
        if case.too_early:
            tests.append(fires(alert, case.fires, case.too_early, expected=False))
    done = run_promtool(tmp_path, tests)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_wrong_expectation_is_noticed(tmp_path):
    case = CASES["WhisprRelayDown"]
    done = run_promtool(tmp_path, [fires("WhisprRelayDown", case.silent, "4m", expected=True)])
    assert done.returncode != 0


def test_hourly_and_daily_figures(tmp_path):
    series = {
        f'whispr_messages_total{{{RELAY}, result="accepted"}}': "0+2x1500",
        f'whispr_message_bytes_total{{{RELAY}, direction="in"}}': "0+2000x1500",
        f'whispr_attachments_total{{{RELAY}, direction="in"}}': "0+1x1500",
        f"whispr_attachment_size_bytes_sum{{{RELAY}}}": "0+5000x1500",
        f"whispr_attachment_size_bytes_count{{{RELAY}}}": "0+1x1500",
    }
    expected = {
        "job:whispr_messages:increase1h": 120,
        "job:whispr_messages:increase1d": 2880,
        "job:whispr_message_bytes:increase1h": 120_000,
        "job:whispr_message_bytes:increase1d": 2_880_000,
        "job:whispr_attachments:increase1h": 60,
        "job:whispr_attachments:increase1d": 1440,
        "job:whispr_attachment_size_bytes:avg1d": 5000,
    }
    tests = [
        {
            "interval": "1m",
            "input_series": [{"series": name, "values": values} for name, values in series.items()],
            "promql_expr_test": [
                {
                    "expr": f"round({name})",
                    "eval_time": "1450m",
                    "exp_samples": [{"labels": '{job="whispr"}', "value": value}],
                }
                for name, value in expected.items()
            ],
        }
    ]
    done = run_promtool(tmp_path, tests, "10m")
    assert done.returncode == 0, done.stdout + done.stderr
