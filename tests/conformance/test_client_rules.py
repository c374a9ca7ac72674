"""Our client keeps every rule, and the rules find a client that believes everything."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from whispr.conformance.checks import check_client
from whispr.conformance.rules import Outcome

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


def failed(outcomes: list[Outcome]) -> dict[str, str]:
    return {outcome.name: outcome.detail for outcome in outcomes if not outcome.passed}


@pytest.fixture(autouse=True)
def import_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


async def test_our_client_keeps_every_rule() -> None:
    command = shlex.join([sys.executable, "-m", "whispr.conformance.own_client"])
    outcomes = await check_client(command, told=lambda _: None)
    assert failed(outcomes) == {}
    assert len(outcomes) >= 11


@pytest.mark.parametrize(
    "rule", ["forgeries_are_dropped", "other_relays_are_dropped", "expired_contents_are_dropped"]
)
async def test_a_client_that_believes_everything_is_found(rule: str) -> None:
    command = shlex.join([sys.executable, str(HERE / "naive_client.py")])
    outcomes = await check_client(command, only=rule, told=lambda _: None)
    assert rule in failed(outcomes)
    assert "it showed" in failed(outcomes)[rule]


async def test_a_program_that_is_no_client_is_found() -> None:
    command = shlex.join([sys.executable, "-c", "raise SystemExit(3)"])
    outcomes = await check_client(command, only="ids_are_fresh", told=lambda _: None)
    assert failed(outcomes) == {"ids_are_fresh": "init ends with 3"}


async def test_the_client_written_from_the_document_keeps_every_rule() -> None:
    command = shlex.join([sys.executable, str(ROOT / "examples" / "minimal_client.py")])
    outcomes = await check_client(command, told=lambda _: None)
    assert failed(outcomes) == {}
    assert len(outcomes) >= 11
