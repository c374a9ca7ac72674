from __future__ import annotations

import pytest

from tests.relay.fake_clock import FakeClock
from tests.relay.stores.store_kit import STORES


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture(params=STORES)
async def make_store(request, clock):
    """Makes a store of the kind under test with the given limits; closed after the test."""
    made = []

    async def make(**limits):
        made.append(await request.param(clock, **limits))
        return made[-1]

    yield make
    for store in made:
        await store.close()


@pytest.fixture
async def store(make_store):
    return await make_store()
