"""Passphrase estimates: what people really choose counts little, what is random counts fully."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whispr.client.crypto.passphrase_estimate import estimate_passphrase
from whispr.client.crypto.pin_patterns import SecretProblem

GUESSABLE = [
    ("password", SecretProblem.COMMON),
    ("P4ssw0rd!", SecretProblem.COMMON),
    ("p@$$w0rd", SecretProblem.COMMON),
    ("Password123!", SecretProblem.COMMON),
    ("Summer2024!", SecretProblem.COMMON),
    ("l e t m e i n", SecretProblem.COMMON),
    ("correct horse battery staple", SecretProblem.COMMON),
    ("aaaaaaaaaaaa", SecretProblem.REPEATED),
    ("________________", SecretProblem.REPEATED),
    ("hunter2hunter2", SecretProblem.REPEATED),
    ("xK9#xK9#xK9#xK", SecretProblem.REPEATED),
    ("apple apple apple apple apple", SecretProblem.REPEATED),
    ("пароль пароль", SecretProblem.REPEATED),
    ("abcdefghijkl", SecretProblem.SEQUENCE),
    ("a b c d e f g h i j", SecretProblem.SEQUENCE),
    ("lkjhgfdsa lkj", SecretProblem.SEQUENCE),
    ("12 34 56 78", SecretProblem.SEQUENCE),
    ("31.12.1990", SecretProblem.DATE_LIKE),
    ("AliceSmith1990", SecretProblem.CONTAINS_NAME),
    ("alice in wonderland", SecretProblem.CONTAINS_NAME),
    ("Schlüsselbund", None),
    ("Rechtschreibung", None),
    ("безопасность", None),
    ("Tr0ub4dor&3", None),
    ("horse battery staple", None),
    ("Ich liebe dich 1990", SecretProblem.DATE_LIKE),
]


@pytest.mark.parametrize(("secret", "problem"), GUESSABLE)
def test_what_people_choose_stays_under_forty_bits(
    secret: str, problem: SecretProblem | None
) -> None:
    bits, problems = estimate_passphrase(secret, "Alice Smith")
    assert bits < 40
    assert problem in problems or (problem is None and not problems)


@pytest.mark.parametrize(
    "secret",
    [
        "apple river stone maple orbit",
        "my dog ate 3 tulips at noon",
        "xK9#mQ2$vL",
        "qjxvkzpwmhbt",
        "7401 9958 2673 8",
        "密码是很难猜的东西啊",
        "vier grüne Pferde tanzen heute",
    ],
)
def test_what_is_hard_to_guess_is_said_to_be(secret: str) -> None:
    bits, problems = estimate_passphrase(secret, "Alice Smith")
    assert bits >= 40
    assert problems == ()


def test_the_name_counts_only_when_it_is_known() -> None:
    known, _ = estimate_passphrase("Zebulon orbit maple", "Zebulon Smith")
    unknown, problems = estimate_passphrase("Zebulon orbit maple", "")
    assert known < unknown
    assert SecretProblem.CONTAINS_NAME not in problems


def test_a_disguise_adds_next_to_nothing() -> None:
    plain, _ = estimate_passphrase("troubador")
    disguised, _ = estimate_passphrase("tr0ub4dor")
    assert plain < disguised <= plain + 2


@given(st.text(max_size=60), st.text(max_size=20))
def test_any_text_is_judged(secret: str, name: str) -> None:
    bits, problems = estimate_passphrase(secret, name)
    assert 0 <= bits < 600
    assert len(problems) == len(set(problems))


def test_a_huge_secret_costs_little() -> None:
    assert estimate_passphrase("xyZ" * 100_000)[0] < 40
