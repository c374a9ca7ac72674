"""Says honestly how long a PIN or passphrase holds, and which ones are not accepted.

The measure is a thief who has copied the key file and tries secrets at his leisure; scrypt with
its default parameters took 0.47 s for each on the desktop core where it was measured. Estimates
are on the low side and no promise.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from typing import Literal

from whispr.client.crypto.passphrase_estimate import COMMON_BITS, estimate_passphrase
from whispr.client.crypto.pin_patterns import MIN_PIN_DIGITS, SecretProblem, pin_problems
from whispr.errors import WeakSecretError

SECONDS_PER_GUESS = 0.47
MIN_PASSPHRASE_CHARACTERS = 8
MIN_PASSPHRASE_BITS = 40.0

_SCORES = (14.0, 30.0, 40.0, 60.0)
"""Bits at which the score becomes 1, 2, 3 and 4."""

_DURATIONS = (
    (365.25 * 86_400, "year"),
    (86_400, "day"),
    (3_600, "hour"),
    (60, "minute"),
    (1, "second"),
)
_FOREVER_YEARS = 1e6
_MOST_BITS = 512.0

_REASONS = {
    SecretProblem.COMMON: "it is on every list of common ones",
    SecretProblem.REPEATED: "it repeats itself",
    SecretProblem.SEQUENCE: "it is a simple sequence",
    SecretProblem.KEYPAD: "it is a pattern on the keypad",
    SecretProblem.DATE_LIKE: "it looks like a date",
    SecretProblem.CONTAINS_NAME: "it contains your name",
    SecretProblem.TOO_FEW_WORDS: "use more words, best five that were chosen at random",
}


@dataclass(frozen=True, slots=True)
class Strength:
    """What is known about a secret without holding it."""

    kind: Literal["pin", "passphrase"]
    score: int
    """0 (useless) to 4 (out of reach)."""
    guesses_log2: float
    offline_seconds: float
    """How long one core of a thief takes for all guesses; on average it is half of that."""
    problems: tuple[SecretProblem, ...]
    acceptable: bool
    sentence: str
    """One sentence for a person: the reason where it is refused, else how long it holds."""


def assess(secret: str, *, person_name: str = "") -> Strength:
    """Judge a PIN (only digits) or a passphrase (anything else) for the person of that name."""
    if secret.isdecimal():
        return _assess_pin("".join(str(unicodedata.decimal(digit)) for digit in secret))
    return _assess_passphrase(secret, person_name)


def require_acceptable(secret: str, *, person_name: str = "") -> Strength:
    """Return the strength of a secret that may protect a key file.

    A PIN has at least 6 digits and no pattern; a passphrase at least 8 characters and about 40
    bits. Raises WeakSecretError with the reason, never with the secret.
    """
    strength = assess(secret, person_name=person_name)
    if not strength.acceptable:
        raise WeakSecretError(strength.sentence)
    return strength


def _assess_pin(digits: str) -> Strength:
    problems = pin_problems(digits)
    bits = len(digits) * math.log2(10)
    if problems:
        bits = min(bits, COMMON_BITS)
    if len(digits) < MIN_PIN_DIGITS:
        problems = (SecretProblem.TOO_SHORT, *problems)
    article = "an" if len(digits) in (8, 11, 18) else "a"
    return _strength("pin", bits, problems, f"{article} {len(digits)}-digit PIN", not problems)


def _assess_passphrase(secret: str, person_name: str) -> Strength:
    bits, problems = estimate_passphrase(secret, person_name)
    acceptable = len(secret) >= MIN_PASSPHRASE_CHARACTERS and bits >= MIN_PASSPHRASE_BITS
    if len(secret) < MIN_PASSPHRASE_CHARACTERS:
        problems = (SecretProblem.TOO_SHORT, *problems)
    elif not acceptable and not problems:
        problems = (SecretProblem.TOO_FEW_WORDS,)
    return _strength("passphrase", bits, problems, "this passphrase", acceptable)


def _strength(
    kind: Literal["pin", "passphrase"],
    bits: float,
    problems: tuple[SecretProblem, ...],
    subject: str,
    acceptable: bool,
) -> Strength:
    bits = min(bits, _MOST_BITS)
    seconds = 2.0**bits * SECONDS_PER_GUESS
    if acceptable:
        sentence = f"{subject} is guessed in {_duration(seconds)} on one core of a stolen computer"
    else:
        sentence = _refusal(kind, problems)
    return Strength(
        kind=kind,
        score=sum(bits >= limit for limit in _SCORES),
        guesses_log2=bits,
        offline_seconds=seconds,
        problems=problems,
        acceptable=acceptable,
        sentence=sentence,
    )


def _refusal(kind: Literal["pin", "passphrase"], problems: tuple[SecretProblem, ...]) -> str:
    noun = "PIN" if kind == "pin" else "passphrase"
    if problems[0] is SecretProblem.TOO_SHORT:
        if kind == "pin":
            return f"this PIN is too short: use at least {MIN_PIN_DIGITS} digits"
        return f"this passphrase is too short: use at least {MIN_PASSPHRASE_CHARACTERS} characters"
    return f"this {noun} is too easy to guess: {_REASONS[problems[0]]}"


def _duration(seconds: float) -> str:
    """Return a length of time as a person would say it: "about 5 days"."""
    for unit_seconds, unit in _DURATIONS:
        count = seconds / unit_seconds
        if unit == "year" and count >= _FOREVER_YEARS:
            return "more than a million years"
        if round(count) >= 1:
            whole = round(count)
            return f"about {whole:,} {unit}{'s' if whole > 1 else ''}"
    return "less than a second"
