"""The judgement a person reads: accepted or not, honest times, and no secret in it."""

from __future__ import annotations

import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whispr.client.crypto.common_secrets import common_pins
from whispr.client.crypto.pin_patterns import SecretProblem
from whispr.client.crypto.secret_strength import assess, require_acceptable
from whispr.errors import WeakSecretError


def test_short_pins_get_honest_words() -> None:
    strength = require_acceptable("483920")
    assert strength.sentence == (
        "a 6-digit PIN is guessed in about 5 days on one core of a stolen computer"
    )
    assert strength.kind == "pin"
    assert strength.score == 1
    assert strength.offline_seconds == pytest.approx(470_000)
    assert assess("84739206").sentence.startswith("an 8-digit PIN is guessed in about 1 year")
    assert assess("4839206").sentence.startswith("a 7-digit PIN is guessed in about 54 days")


def test_long_times_are_not_pretended_to_be_exact() -> None:
    assert "more than a million years" in assess("apple river stone maple orbit").sentence


@pytest.mark.parametrize(
    "pin",
    "123456 111111 121212 112233 159753 147258 696969 520520 654321 000000 123123 789456 "
    "5201314 010203 311299 19991231 135791".split(),
)
def test_weak_pin_is_refused(pin: str) -> None:
    strength = assess(pin)
    assert strength.score == 0
    assert strength.offline_seconds < 3600
    with pytest.raises(WeakSecretError):
        require_acceptable(pin)


def test_every_listed_pin_is_refused() -> None:
    for pin in common_pins():
        assert not assess(pin).acceptable


def test_pin_length_is_checked_on_both_sides() -> None:
    assert assess("48392").problems == (SecretProblem.TOO_SHORT,)
    assert assess("483920").acceptable
    with pytest.raises(WeakSecretError, match="at least 6 digits"):
        require_acceptable("48392")


def test_passphrase_length_is_checked_on_both_sides() -> None:
    assert SecretProblem.TOO_SHORT in assess("xK9#mQ2").problems
    assert SecretProblem.TOO_SHORT not in assess("xK9#mQ2$").problems
    with pytest.raises(WeakSecretError, match="at least 8 characters"):
        require_acceptable("")


def test_passphrase_needs_about_forty_bits() -> None:
    assert require_acceptable("apple river stone maple").guesses_log2 == pytest.approx(40, abs=2)
    with pytest.raises(WeakSecretError, match="more words"):
        require_acceptable("horse battery staple")
    assert assess("horse battery staple").problems == (SecretProblem.TOO_FEW_WORDS,)


def test_name_of_the_person_is_taken_into_account() -> None:
    assert assess("zebulon river stone maple").acceptable
    refused = assess("zebulon river stone maple", person_name="Zebulon")
    assert not refused.acceptable
    assert "your name" in refused.sentence


def test_digits_of_another_script_are_a_pin() -> None:
    assert assess("٤٨٣٩٢٠").kind == "pin"
    assert not assess("١٢٣٤٥٦").acceptable


def test_score_rises_with_the_bits() -> None:
    ladder = [
        "password",
        "483920",
        "4839207164",
        "apple river stone maple",
        "acorn river stone maple orbit yeast tulip",
    ]
    assert [assess(secret).score for secret in ladder] == [0, 1, 2, 3, 4]


@given(st.text(max_size=80))
def test_any_text_gets_a_judgement_that_is_consistent(secret: str) -> None:
    strength = assess(secret)
    assert strength.sentence
    assert 0 <= strength.score <= 4
    if not strength.acceptable:
        assert strength.problems


def test_extreme_lengths_are_judged() -> None:
    assert assess("4839201675" * 700).guesses_log2 <= 512
    assert not assess("x" * 1_000_000).acceptable


@pytest.mark.parametrize("secret", ["271828", "zebulon-77", "Password123!"])
def test_the_secret_is_in_no_word_of_the_judgement(secret: str) -> None:
    strength = assess(secret, person_name="Zebulon")
    assert secret not in repr(strength)
    with pytest.raises(WeakSecretError) as caught:
        require_acceptable(secret, person_name="Zebulon")
    assert secret not in "".join(traceback.format_exception(caught.value))
