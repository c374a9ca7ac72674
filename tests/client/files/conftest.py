"""Spools in a temporary folder, a relay and a clock; the classes stand in `files_kit.py`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.client.files.files_kit import FakeClock, FakeRelay
from whispr.client.files.outgoing import PreparedFile, prepare_blocking
from whispr.client.files.spool import Spool


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "profile" / "files")


@pytest.fixture
def other_spool(tmp_path: Path) -> Spool:
    """Of the recipient."""
    return Spool(tmp_path / "other" / "files")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def relay() -> FakeRelay:
    return FakeRelay()


@pytest.fixture
def make_prepared(tmp_path: Path, spool: Spool) -> Callable[[bytes], PreparedFile]:
    """Put bytes into a file and prepare it."""

    def make(data: bytes, name: str = "Holiday plans.pdf") -> PreparedFile:
        source = tmp_path / name
        source.write_bytes(data)
        return prepare_blocking(spool, source)

    return make
