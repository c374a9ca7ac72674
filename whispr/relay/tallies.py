"""Counts that cost tens of nanoseconds; `whispr.relay.metrics` turns them into series.

Labels are words of ours, fixed when a tally is made: every series exists from the start with 0,
and nothing that a client sends can make another one. A word that is not known counts as `other`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

OTHER = "other"


class Tally:
    """A count for each of some words."""

    __slots__ = ("_counts",)

    def __init__(self, words: Iterable[str]) -> None:
        self._counts = dict.fromkeys((*words, OTHER), 0)

    def add(self, word: str, amount: int = 1) -> None:
        """Count under a word; an unknown one is `other`."""
        counts = self._counts
        counts[word if word in counts else OTHER] += amount

    def items(self) -> Iterable[tuple[str, int]]:
        """Every word with its count."""
        return self._counts.items()


class PairTally:
    """A count for each combination of two lists of words."""

    __slots__ = ("_counts", "_first", "_second")

    def __init__(self, first: Iterable[str], second: Iterable[str]) -> None:
        self._first = frozenset((*first, OTHER))
        self._second = frozenset((*second, OTHER))
        pairs = ((one, two) for one in sorted(self._first) for two in sorted(self._second))
        self._counts = dict.fromkeys(pairs, 0)

    def add(self, first: str, second: str) -> None:
        """Count under a pair; unknown words are `other`."""
        pair = (first, second)
        if pair not in self._counts:
            pair = (
                first if first in self._first else OTHER,
                second if second in self._second else OTHER,
            )
        self._counts[pair] += 1

    def items(self) -> Iterable[tuple[tuple[str, str], int]]:
        """Every pair with its count."""
        return self._counts.items()


class Distribution:
    """How values spread over fixed buckets, each with its upper bound included."""

    __slots__ = ("_bounds", "_counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(self._bounds) + 1)
        self.total = 0.0
        """Sum of all values."""

    def observe(self, value: float) -> None:
        """Count one value."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self.total += value

    def cumulative(self) -> list[tuple[str, int]]:
        """Upper bound as text and how many values are at most that, `+Inf` last."""
        names = (*(f"{float(bound)}" for bound in self._bounds), "+Inf")
        running, result = 0, []
        for name, count in zip(names, self._counts, strict=True):
            running += count
            result.append((name, running))
        return result
