"""What a rule is, how it is declared, and how a list of them is run into a table."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from whispr.errors import ConformanceError, WhisprError

RULE_SECONDS = 90.0
"""For one rule; a relay that limits rates makes some of them slow."""

Subject = TypeVar("Subject")


@dataclass(frozen=True, slots=True)
class Rule(Generic[Subject]):
    """One sentence of `docs/protocol.md` that can be seen from outside."""

    section: str
    text: str
    check: Callable[[Subject], Awaitable[None]]

    @property
    def name(self) -> str:
        """The name of the function that checks it."""
        return self.check.__name__


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one rule."""

    section: str
    name: str
    text: str
    passed: bool
    detail: str = ""


class Rules(Generic[Subject]):
    """A list of rules for one kind of subject, in the order in which they are declared."""

    def __init__(self) -> None:
        self._rules: list[Rule[Subject]] = []

    def __iter__(self) -> Iterator[Rule[Subject]]:
        return iter(self._rules)

    def rule(
        self, section: str
    ) -> Callable[[Callable[[Subject], Awaitable[None]]], Callable[[Subject], Awaitable[None]]]:
        """Declare the function below as the check of a rule; its docstring is the sentence."""

        def declare(
            check: Callable[[Subject], Awaitable[None]],
        ) -> Callable[[Subject], Awaitable[None]]:
            self._rules.append(Rule(section, (check.__doc__ or "").strip(), check))
            return check

        return declare

    async def run(
        self, subject: Subject, *, only: str = "", told: Callable[[Outcome], None] | None = None
    ) -> list[Outcome]:
        """Check every rule whose name holds `only`; `told` hears of each as it ends."""
        outcomes: list[Outcome] = []
        for rule in self._rules:
            if only in rule.name:
                outcome = await _checked(rule, subject)
                outcomes.append(outcome)
                if told is not None:
                    told(outcome)
        return outcomes


async def _checked(rule: Rule[Subject], subject: Subject) -> Outcome:
    detail = ""
    try:
        async with asyncio.timeout(RULE_SECONDS):
            await rule.check(subject)
    except TimeoutError:
        detail = "no answer in time"
    except (WhisprError, OSError, EOFError) as error:
        detail = str(error) or type(error).__name__
    return Outcome(rule.section, rule.name, rule.text, not detail, detail)


def require(condition: bool, problem: str) -> None:
    """Raise ConformanceError unless the condition holds."""
    if not condition:
        raise ConformanceError(problem)
