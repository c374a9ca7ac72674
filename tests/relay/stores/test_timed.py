"""A store with a stopwatch: every call is handed on, timed, and counted if it was not answered."""

from __future__ import annotations

import inspect

import pytest

from tests.relay.stores.store_kit import memory_store
from whispr.errors import RelayUnavailableError
from whispr.relay.counts import STORE_OPERATIONS
from whispr.relay.metrics import Metrics
from whispr.relay.stores.base import Store
from whispr.relay.stores.timed import TimedStore

ARGUMENTS = {
    "repetition": (object(),),
    "enqueue": (object(),),
    "fetch": (b"m",),
    "acknowledge": (b"m", 4),
    "last_position": (b"m",),
    "watch": (b"m", object()),
    "unwatch": (b"m", object()),
    "publish": (b"m", b"d"),
    "allow": (b"m", frozenset()),
    "take_send_budget": (b"k",),
    "sweep": (),
}
NAMED = {"fetch": {"after": 1, "max_messages": 2, "max_bytes": 3}}


class Echoing:
    """Answers every call with its own name and arguments, or not at all."""

    up = True
    epoch = b"e" * 16
    answers = True

    def __getattr__(self, name):
        async def call(*arguments, **named):
            if not self.answers:
                raise RelayUnavailableError("away")
            return name, arguments, named

        return call


class Watch:
    def __init__(self):
        self.calls = []

    def store_call(self, operation, seconds, *, failed=False):
        assert seconds >= 0
        self.calls.append((operation, failed))


def test_it_has_every_call_of_the_interface():
    waited_for = {
        name for name, call in vars(Store).items() if inspect.iscoroutinefunction(call)
    } - {"open", "close"}
    assert waited_for == set(ARGUMENTS) == set(STORE_OPERATIONS)


@pytest.mark.parametrize("name", ARGUMENTS)
async def test_each_call_is_handed_on_and_timed(name):
    watch, store = Watch(), Echoing()
    timed = TimedStore(store, watch)
    arguments, named = ARGUMENTS[name], NAMED.get(name, {})
    answer = await getattr(timed, name)(*arguments, **named)
    assert answer in ((name, arguments, named), None)
    store.answers = False
    with pytest.raises(RelayUnavailableError):
        await getattr(timed, name)(*arguments, **named)
    assert watch.calls == [(name, False), (name, True)]


async def test_the_rest_is_as_the_store_says_and_the_metrics_take_it(clock):
    metrics = Metrics(clock)
    store = memory_store(clock)
    timed = TimedStore(store, metrics)
    metrics.attach(timed, None)
    assert (timed.up, timed.epoch, timed.usage()) == (store.up, store.epoch, store.usage())
    await timed.open()
    await timed.last_position(b"m" * 32)
    text = metrics.render().decode()
    assert 'whispr_store_seconds_count{op="last_position"} 1.0' in text
    assert 'whispr_store_seconds_count{op="fetch"} 0.0' in text
    assert "whispr_store_errors_total 0.0" in text
    await timed.close()
