"""The table of passed and failed rules, for a person or a program."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from whispr.conformance.rules import Outcome


def line(outcome: Outcome, *, as_json: bool = False) -> str:
    """One line for one rule."""
    if as_json:
        return json.dumps({"type": "rule", **asdict(outcome)})
    mark = "passed" if outcome.passed else "FAILED"
    detail = f"\n               {outcome.detail}" if outcome.detail else ""
    return f"{mark}  §{outcome.section:<3} {outcome.text}{detail}"


def summary(outcomes: Sequence[Outcome], *, as_json: bool = False) -> str:
    """The last line."""
    failed = sum(not outcome.passed for outcome in outcomes)
    passed = len(outcomes) - failed
    if as_json:
        return json.dumps({"type": "summary", "passed": passed, "failed": failed})
    return f"{passed} rules passed, {failed} failed"
