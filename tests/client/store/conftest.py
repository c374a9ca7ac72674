"""A database in a temporary folder, and rows to put into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from whispr.client.store.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DATABASE_KEY = bytes(range(32))


@pytest.fixture
def database_key() -> bytes:
    return DATABASE_KEY


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database.open(tmp_path / "profile.db", DATABASE_KEY, create=True)
    yield opened
    opened.close()
