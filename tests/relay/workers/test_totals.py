"""Sums over workers: what is added, what is not, and that no counter ever falls."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.relay.fake_clock import FakeClock
from tests.relay.stores.store_kit import memory_store
from whispr.relay.metrics import Metrics
from whispr.relay.workers.totals import LARGEST, SMALLEST, Totals


def told(accepted: int, connections: int, *, waiting: int = 0, up: int = 1) -> str:
    return (
        "# HELP whispr_messages_total Answered SEND requests.\n"
        "# TYPE whispr_messages_total counter\n"
        f'whispr_messages_total{{result="accepted"}} {accepted}.0\n'
        "# HELP whispr_connections Open connections.\n# TYPE whispr_connections gauge\n"
        f"whispr_connections {connections}.0\n"
        "# HELP whispr_messages_waiting Waiting.\n# TYPE whispr_messages_waiting gauge\n"
        f"whispr_messages_waiting {waiting}.0\n"
        f"# HELP whispr_store_up Up.\n# TYPE whispr_store_up gauge\nwhispr_store_up {up}.0\n"
    )


def values(totals: Totals) -> dict[str, float]:
    text = totals.render(alive=2, restarts=1).decode()
    return {
        sample.name + "".join(sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_workers_are_added_and_what_they_share_is_not():
    totals = Totals()
    totals.note(0, told(5, 2, waiting=7))
    totals.note(1, told(6, 3, waiting=9, up=0))
    found = values(totals)
    assert found["whispr_messages_totalaccepted"] == 11
    assert found["whispr_connections"] == 5
    assert found["whispr_messages_waiting"] == 9
    assert found["whispr_store_up"] == 0
    assert (found["whispr_workers"], found["whispr_worker_restarts_total"]) == (2, 1)


def test_what_a_dead_worker_counted_stays_and_what_it_held_goes():
    totals = Totals()
    totals.note(0, told(5, 2))
    totals.note(1, told(6, 3))
    totals.retire(0)
    assert values(totals)["whispr_messages_totalaccepted"] == 11
    assert values(totals)["whispr_connections"] == 3
    totals.note(0, told(1, 0))
    assert values(totals)["whispr_messages_totalaccepted"] == 12
    totals.retire(0)
    totals.retire(1)
    found = values(totals)
    assert found["whispr_messages_totalaccepted"] == 12
    assert found["whispr_connections"] == 0


def test_everything_that_a_relay_tells_comes_through(clock):
    metrics = Metrics(clock)
    metrics.attach(memory_store(clock), None)
    text = metrics.render().decode()
    totals = Totals()
    totals.note(0, text)
    totals.note(1, text)
    alone = {sample.name for one in text_string_to_metric_families(text) for sample in one.samples}
    merged = totals.render(alive=2, restarts=0).decode()
    families = list(text_string_to_metric_families(merged))
    names = {sample.name for family in families for sample in family.samples}
    assert names == alone | {"whispr_workers", "whispr_worker_restarts_total"}
    assert len({family.name for family in families}) == len(families)


@pytest.mark.parametrize("name", sorted(LARGEST | SMALLEST))
def test_families_that_are_not_added_exist(clock, name):
    metrics = Metrics(clock)
    metrics.attach(memory_store(clock), None)
    assert f"# TYPE {name} " in metrics.render().decode() or name == "python_info"


@pytest.fixture
def clock():
    return FakeClock()
