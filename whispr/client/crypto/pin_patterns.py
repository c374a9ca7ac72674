"""Why a PIN of digits is easy to guess: patterns that thieves try first.

Whole families (runs, repetitions, dates, lines on the keypad) are rules here; the irregular ones
are in `weak_pins.json`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from itertools import pairwise

from whispr.client.crypto.common_secrets import common_pins

MIN_PIN_DIGITS = 6

_KEYPAD = ("123", "456", "789", "*0#")
_LINES = ("123", "456", "789", "147", "258", "369", "159", "357")
_LINES_BOTH_WAYS = frozenset(_LINES) | {line[::-1] for line in _LINES}
_FIRST_YEAR, _LAST_YEAR = 1930, 2030
_DAYS_IN_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class SecretProblem(StrEnum):
    """What makes a PIN or passphrase easier to guess."""

    TOO_SHORT = "too_short"
    COMMON = "common"
    REPEATED = "repeated"
    SEQUENCE = "sequence"
    KEYPAD = "keypad"
    DATE_LIKE = "date_like"
    CONTAINS_NAME = "contains_name"
    TOO_FEW_WORDS = "too_few_words"
    """A passphrase without a pattern of its own that is still within reach of guessing."""


def pin_problems(digits: str) -> tuple[SecretProblem, ...]:
    """Return what is wrong with a PIN of ASCII digits, length apart; empty when nothing is."""
    checks: tuple[tuple[SecretProblem, Callable[[str], bool]], ...] = (
        (SecretProblem.COMMON, _is_common),
        (SecretProblem.REPEATED, is_repetitive),
        (SecretProblem.SEQUENCE, is_sequence),
        (SecretProblem.KEYPAD, is_keypad_pattern),
        (SecretProblem.DATE_LIKE, is_date_like),
    )
    return tuple(problem for problem, applies in checks if applies(digits))


def _is_common(digits: str) -> bool:
    return digits in common_pins()


def is_repetitive(digits: str) -> bool:
    """111111, 121212, 112233, 123123, 123321, 100001: little is chosen, the rest is a copy."""
    return (
        len(set(digits)) <= 2
        or repeated_unit(digits) is not None
        or digits[0::2] == digits[1::2]
        or digits == digits[::-1]
        or any(digit * 4 in digits for digit in set(digits))
    )


def repeated_unit(text: str) -> str | None:
    """Return the shortest unit that `text` repeats from start to end, None when there is none."""
    for size in range(1, len(text) // 2 + 1):
        if len(text) % size == 0 and text[:size] * (len(text) // size) == text:
            return text[:size]
    return None


def is_sequence(digits: str) -> bool:
    """123456, 987654, 135791, 102030, 101112, or mostly such a run."""
    steps = {(int(second) - int(first)) % 10 for first, second in pairwise(digits)}
    if len(steps) == 1:
        return True
    pairs = [int(digits[start : start + 2]) for start in range(0, len(digits), 2)]
    if len(digits) % 2 == 0 and len(digits) >= 6:
        gaps = {second - first for first, second in pairwise(pairs)}
        if len(gaps) == 1:
            return True
    return _longest_run(digits) >= max(4, len(digits) // 2 + 1)


def _longest_run(digits: str) -> int:
    """Return the length of the longest stretch that counts up or down by one, 9 and 0 adjoining."""
    longest = length = 1
    last_step = 0
    for first, second in pairwise(digits):
        step = (int(second) - int(first)) % 10
        if step not in (1, 9):
            length = 1
        elif step == last_step:
            length += 1
        else:
            length = 2
        last_step = step
        longest = max(longest, length)
    return longest


def is_keypad_pattern(digits: str) -> bool:
    """147258, 159753, 789456 (lines of three), 147896 (a walk from key to neighbouring key)."""
    if len(digits) >= 6 and len(digits) % 3 == 0:
        threes = {digits[start : start + 3] for start in range(0, len(digits), 3)}
        if threes <= _LINES_BOTH_WAYS:
            return True
    return len(digits) >= 4 and all(
        _are_neighbours(first, second) for first, second in pairwise(digits)
    )


def _are_neighbours(first: str, second: str) -> bool:
    (row, column), (other_row, other_column) = _position(first), _position(second)
    return abs(row - other_row) + abs(column - other_column) == 1


def _position(digit: str) -> tuple[int, int]:
    row = next(number for number, keys in enumerate(_KEYPAD) if digit in keys)
    return row, _KEYPAD[row].index(digit)


def is_date_like(digits: str) -> bool:
    """311299, 19991231, 12311999, 199931, or up to eight digits around a year 1930 to 2030."""
    if not 6 <= len(digits) <= 8:
        return False
    if any(_is_year(digits[start : start + 4]) for start in range(len(digits) - 3)):
        return True
    return len(digits) == 6 and any(
        _is_day(day, month) for day, month in _readings_with_short_year(digits)
    )


def _readings_with_short_year(digits: str) -> Iterator[tuple[int, int]]:
    """Yield (day, month) of DDMMYY, MMDDYY and YYMMDD."""
    first, second, third = (int(digits[start : start + 2]) for start in (0, 2, 4))
    yield first, second
    yield second, first
    yield third, second


def _is_day(day: int, month: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= _DAYS_IN_MONTH[month - 1]


def _is_year(digits: str) -> bool:
    return _FIRST_YEAR <= int(digits) <= _LAST_YEAR
