from __future__ import annotations

import pytest

from tests.relay.fake_clock import FakeClock
from tests.relay.stores.store_kit import STORES


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture(params=STORES)
def make_store(request, clock):
    """Makes a store of the kind under test with the given limits."""
    return lambda **limits: request.param(clock, **limits)


@pytest.fixture
def store(make_store):
    return make_store()
