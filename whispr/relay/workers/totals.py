"""The metrics of several workers as those of one relay.

Counters and sizes are added up, and what a worker had counted stays counted when it dies: a sum
that fell would look to Prometheus as if everything had begun anew. What every worker tells of the
store that they share is not added: the largest figure is the newest.
"""

from __future__ import annotations

import math

LARGEST = frozenset(
    {
        *("whispr_build_info", "whispr_store_memory_used_bytes", "whispr_store_memory_limit_bytes"),
        *("whispr_messages_waiting", "whispr_mailboxes_waiting", "whispr_messages_expired_total"),
        *("whispr_messages_evicted_total", "whispr_attachments_stored_bytes"),
        *("whispr_attachments_limit_bytes", "whispr_attachments_stored", "whispr_draining"),
        # Many people are seen by several workers.
        *("python_info", "whispr_active_users_estimate"),
    }
)
SMALLEST = frozenset(
    {
        *("whispr_store_up", "whispr_tls_certificate_not_after_timestamp_seconds"),
        *("whispr_config_last_reload_success_timestamp_seconds", "process_start_time_seconds"),
    }
)
"""Families that are not added up; of the latter one bad worker is what matters."""


class Totals:
    """What the workers last told, by the number of their place."""

    def __init__(self) -> None:
        self._told: dict[int, dict[str, float]] = {}
        self._gone: dict[str, float] = {}
        self._families: dict[str, tuple[str, str]] = {}
        self._order: dict[str, str] = {}

    def note(self, place: int, text: str) -> None:
        """All series of a worker, in the text format of Prometheus."""
        told: dict[str, float] = {}
        family, helps = "", ""
        for line in text.splitlines():
            if line.startswith("# HELP "):
                helps = line
            elif line.startswith("# TYPE "):
                _, _, family, kind = line.split(" ")
                self._families[family] = (helps, kind)
            elif line:
                name, _, value = line.rpartition(" ")
                told[name] = float(value)
                self._order.setdefault(name, family)
        self._told[place] = told

    def retire(self, place: int) -> None:
        """A worker is gone; what it had counted stays."""
        for name, value in self._told.pop(place, {}).items():
            family = self._order[name]
            if self._families[family][1] in ("counter", "histogram") and family not in LARGEST:
                self._gone[name] = self._gone.get(name, 0.0) + value

    def render(self, *, alive: int, restarts: int) -> bytes:
        """All series of all workers, and how the workers themselves are."""
        lines, before = [], ""
        places = {family: place for place, family in enumerate(self._families)}
        for name, family in sorted(self._order.items(), key=lambda item: places[item[1]]):
            value = self._value(name, family)
            if value is None:
                continue
            if family != before:
                helps, kind = self._families[family]
                lines += [helps, f"# TYPE {family} {kind}"]
                before = family
            lines.append(f"{name} {_number(value)}")
        lines += _gauge("whispr_workers", "gauge", "Worker processes that run.", alive)
        lines += _gauge("whispr_worker_restarts_total", "counter", "Workers that died.", restarts)
        return "\n".join((*lines, "")).encode()

    def _value(self, name: str, family: str) -> float | None:
        values = [told[name] for told in self._told.values() if name in told]
        if family in LARGEST:
            return max(values, default=None)
        if family in SMALLEST:
            return min(values, default=None)
        return sum(values) + self._gone.get(name, 0.0)


def _gauge(name: str, kind: str, text: str, value: int) -> list[str]:
    return [f"# HELP {name} {text}", f"# TYPE {name} {kind}", f"{name} {_number(value)}"]


def _number(value: float) -> str:
    if math.isinf(value) or math.isnan(value):
        return {math.inf: "+Inf", -math.inf: "-Inf"}.get(value, "NaN")
    return repr(float(value))
