"""Rules are run one by one, and a broken one is told with its reason."""

from __future__ import annotations

import asyncio
import json

import pytest

from whispr.conformance import rules as rules_module
from whispr.conformance.report import line, summary
from whispr.conformance.rules import Outcome, Rules, require
from whispr.errors import ConformanceError


def some_rules() -> Rules[str]:
    rules: Rules[str] = Rules()

    @rules.rule("1")
    async def kept(subject: str) -> None:
        """Always kept."""
        require(bool(subject), "no subject")

    @rules.rule("2")
    async def broken(subject: str) -> None:
        """Never kept."""
        require(False, f"{subject} breaks it")

    @rules.rule("3")
    async def gone(subject: str) -> None:
        """The other end goes away."""
        raise EOFError("closed")

    @rules.rule("4")
    async def silent(subject: str) -> None:
        """Never ends."""
        await asyncio.Event().wait()

    return rules


async def test_every_rule_is_told_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules_module, "RULE_SECONDS", 0.01)
    told: list[Outcome] = []
    outcomes = await some_rules().run("it", told=told.append)
    assert told == outcomes
    assert [(outcome.name, outcome.passed, outcome.detail) for outcome in outcomes] == [
        ("kept", True, ""),
        ("broken", False, "it breaks it"),
        ("gone", False, "closed"),
        ("silent", False, "no answer in time"),
    ]


async def test_rules_are_chosen_by_name() -> None:
    (outcome,) = await some_rules().run("it", only="kept")
    assert outcome == Outcome("1", "kept", "Always kept.", True)


async def test_a_mistake_of_the_kit_is_no_verdict() -> None:
    rules: Rules[str] = Rules()

    @rules.rule("1")
    async def wrong(subject: str) -> None:
        """Written wrong."""
        raise AttributeError(subject)

    with pytest.raises(AttributeError):
        await rules.run("it")


def test_require() -> None:
    require(True, "")
    with pytest.raises(ConformanceError, match="because"):
        require(False, "because")


def test_the_table_for_people_and_programs() -> None:
    good = Outcome("6", "good", "is good", True)
    bad = Outcome("11", "bad", "is bad", False, "it is not")
    assert line(good) == "passed  §6   is good"
    assert line(bad) == "FAILED  §11  is bad\n               it is not"
    assert json.loads(line(bad, as_json=True)) == {
        "type": "rule",
        "section": "11",
        "name": "bad",
        "text": "is bad",
        "passed": False,
        "detail": "it is not",
    }
    assert summary([good, bad]) == "1 rules passed, 1 failed"
    assert json.loads(summary([good], as_json=True)) == {
        "type": "summary",
        "passed": 1,
        "failed": 0,
    }
