"""PIN patterns: each family, and ordinary PINs that must pass."""

from __future__ import annotations

import random

import pytest

from whispr.client.crypto.pin_patterns import SecretProblem, pin_problems, repeated_unit

FAMILIES = {
    SecretProblem.COMMON: "271828 142857 8675309 31415926 123580 13579024",
    SecretProblem.REPEATED: (
        "111111 121212 112233 123123 123321 100000 000001 520520 696969 131313 202020 "
        "99999999 12344321 000011 480000"
    ),
    SecretProblem.SEQUENCE: (
        "123456 654321 234567 987654 098765 567890 135791 024680 102030 101112 192837 "
        "12345678 012345 123450 991234 1234567 918273"
    ),
    SecretProblem.KEYPAD: "147258 159753 789456 147896 123698 258456 357159 741852963 963852",
    SecretProblem.DATE_LIKE: (
        "311299 123199 991231 31121999 12311999 19991231 199912 199931 191990 2030777 290296"
    ),
}


@pytest.mark.parametrize(
    ("problem", "digits"),
    [(problem, digits) for problem, row in FAMILIES.items() for digits in row.split()],
)
def test_family_is_recognised(problem: SecretProblem, digits: str) -> None:
    assert problem in pin_problems(digits)


@pytest.mark.parametrize(
    "digits",
    [
        "483920",
        "739184",
        "906417",
        "660843",
        "84739206",
        "5839201746",
        "329188",
        "451399",
        "300253",
    ],
)
def test_ordinary_pin_has_no_problem(digits: str) -> None:
    assert pin_problems(digits) == ()


def test_a_random_pin_mostly_passes() -> None:
    source = random.Random(7)
    pins = [f"{source.randrange(10**6):06d}" for _ in range(2000)]
    refused = sum(bool(pin_problems(pin)) for pin in pins)
    assert 0.05 < refused / len(pins) < 0.20, "dates alone are about a tenth of all PINs"


def test_a_year_inside_a_long_pin_is_no_date() -> None:
    assert SecretProblem.DATE_LIKE in pin_problems("83199562")
    assert SecretProblem.DATE_LIKE not in pin_problems("831995627")


@pytest.mark.parametrize(
    ("text", "unit"),
    [("", None), ("a", None), ("ab", None), ("aa", "a"), ("abab", "ab"), ("ababa", None)],
)
def test_repeated_unit_is_the_shortest(text: str, unit: str | None) -> None:
    assert repeated_unit(text) == unit


@pytest.mark.parametrize("digits", ["7", "77", "0"])
def test_very_short_pins_are_judged_without_error(digits: str) -> None:
    assert isinstance(pin_problems(digits), tuple)
