"""The stores that the suite of this folder runs over."""

from __future__ import annotations

import pytest

from whispr.relay.prekeys.base import PrekeyLimits
from whispr.relay.prekeys.memory import MemoryPrekeys

STORES = {"memory": MemoryPrekeys}


@pytest.fixture(params=STORES)
async def make_prekeys(request, clock):
    """Makes prekey stores of one kind over the clock of the test."""
    made = []

    def make(**limits):
        store = STORES[request.param](PrekeyLimits(**limits), clock)
        made.append(store)
        return store

    yield make
    for store in made:
        await store.close()


@pytest.fixture
def prekeys(make_prekeys):
    return make_prekeys()
