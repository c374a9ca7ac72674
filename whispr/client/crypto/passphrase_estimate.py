"""How many guesses a passphrase withstands, estimated on the low side.

The text is cut into pieces (words, numbers, single signs); each piece costs a guesser some bits,
and a passphrase costs the sum. Words are what guessing programs are best at, so anything that can
be pronounced counts as one word out of a dictionary, however rare it looks.
"""

from __future__ import annotations

import math
import re
import unicodedata

from whispr.client.crypto.common_secrets import common_passwords, common_pins, passphrase_words
from whispr.client.crypto.passphrase import BITS_PER_WORD
from whispr.client.crypto.pin_patterns import (
    SecretProblem,
    is_date_like,
    is_repetitive,
    is_sequence,
)

COMMON_BITS = 9.0
"""One of some hundred common passwords."""

WORD_BITS = 12.0
"""A word out of a dictionary of four thousand."""

_LONG_WORD_LETTERS = 8
_BITS_PER_FURTHER_LETTER = 1.7
_LETTER_BITS = math.log2(26)
_DIGIT_BITS = math.log2(10)
_SIGN_BITS = 4.0
_CAPITAL_BITS = 1.0
_PATTERN_BITS = 6.0
_REPEATED_PIECE_BITS = 1.0
_NAME_BITS = 2.0
_MIN_NAME_LETTERS = 3
_CONSIDERED_CHARACTERS = 256

_PIECES = re.compile(r"[^\W\d_]+|\d+|\s+|(?:[^\w\s]|_)+")
_CAPITALISED = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^A-Za-z]+")
_PRONOUNCEABLE = re.compile(r"(?!.*[^aeiouy]{9})(?=.*[aeiouy])[a-z]{2,}\Z")
_SHORT_WORD_BITS = {2: 6.0, 3: 9.0}
_FIRST_IDEOGRAPH = "\u2e80"
_IDEOGRAPH_BITS = 5.0
_SEPARATORS = re.compile(r"[\s_\-.,/:]")
_KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop", "qazwsxedcrfv")
_RUNS = (*_KEYBOARD, "abcdefghijklmnopqrstuvwxyz")
_SUBSTITUTIONS = tuple(
    str.maketrans("0134578@$!+", replaced) for replaced in ("oieastbasit", "oleastbaslt")
)
_DISGUISED = re.compile(r"(?<=[A-Za-z])[0134578@$!+](?=[A-Za-z])")


def estimate_passphrase(
    secret: str, person_name: str = ""
) -> tuple[float, tuple[SecretProblem, ...]]:
    """Return the bits that guessing `secret` costs, and which patterns lowered them."""
    considered = secret[:_CONSIDERED_CHARACTERS]
    whole = _whole(considered)
    if whole is not None:
        bits, problem = whole
        return bits, (problem,)
    period = _period(considered)
    if period is not None:
        bits, problems = estimate_passphrase(considered[:period], person_name)
        bits += math.log2(len(considered) / period)
        return bits, tuple(dict.fromkeys((*problems, SecretProblem.REPEATED)))
    parts = _without_accents(person_name.lower()).split()
    names = {part for part in parts if len(part) >= _MIN_NAME_LETTERS}
    readings = [_sum_of_pieces(considered, names)]
    for table in _SUBSTITUTIONS:
        plain, disguised = _undisguised(considered, table)
        bits, problems = _sum_of_pieces(plain, names)
        readings.append((bits + disguised, problems))
    return min(readings)


def _undisguised(text: str, table: dict[int, int]) -> tuple[str, int]:
    """Return `text` with signs inside of words read as letters, and how many there were."""
    return _DISGUISED.subn(lambda sign: sign[0].translate(table), text)


def _period(text: str) -> int | None:
    """Return after how many characters `text` begins again, with or without a rest at the end."""
    for size in range(1, len(text) // 2 + 1):
        if text[size:] == text[:-size]:
            return size
    return None


def _sum_of_pieces(secret: str, names: set[str]) -> tuple[float, tuple[SecretProblem, ...]]:
    seen: set[str] = set()
    problems: list[SecretProblem] = []
    total = 0.0
    for piece in _pieces(secret):
        bits, problem = _piece(piece, names)
        if piece.lower() in seen and piece.isalnum() and len(piece) > 1:
            bits, problem = min(bits, _REPEATED_PIECE_BITS), SecretProblem.REPEATED
        seen.add(piece.lower())
        total += bits
        if problem is not None and problem not in problems:
            problems.append(problem)
    return total, tuple(problems)


def _whole(secret: str) -> tuple[float, SecretProblem] | None:
    """Return the bits of a secret that is one known thing, also in the usual disguises."""
    lowered = secret.lower()
    compact = _SEPARATORS.sub("", lowered)
    readings = {compact, *(compact.translate(table) for table in _SUBSTITUTIONS)}
    if readings & common_passwords() or compact in common_pins():
        return COMMON_BITS, SecretProblem.COMMON
    if _is_on_a_row(compact):
        return _PATTERN_BITS, SecretProblem.SEQUENCE
    if compact.isdecimal():
        bits, problem = _number(compact)
        if problem is not None:
            return bits, problem
    core = lowered.strip("0123456789!?.*#-_ ")
    if {core, *(core.translate(table) for table in _SUBSTITUTIONS)} & common_passwords():
        around = len(lowered) - len(core)
        bits = COMMON_BITS + min(around, 4) * 2.0 + max(0, around - 4) * _DIGIT_BITS
        return bits, SecretProblem.COMMON
    return None


def _is_on_a_row(letters: str) -> bool:
    """Say whether these are neighbours on the keyboard or in the alphabet, in either direction."""
    return len(letters) >= 3 and any(letters in run or letters[::-1] in run for run in _RUNS)


def _pieces(secret: str) -> list[str]:
    pieces: list[str] = []
    for piece in _PIECES.findall(secret):
        folded = _without_accents(piece)
        if piece.isalpha() and folded.isascii():
            pieces.extend(_CAPITALISED.findall(folded))
        else:
            pieces.append(piece)
    return pieces


def _piece(piece: str, names: set[str]) -> tuple[float, SecretProblem | None]:
    if piece.isspace():
        return 0.0, None
    if piece.isdecimal():
        return _number(piece)
    if not piece.isalpha():
        return _SIGN_BITS + (len(set(piece)) - 1) * _SIGN_BITS, None
    return _letters(piece, names)


def _number(digits: str) -> tuple[float, SecretProblem | None]:
    plain = len(digits) * _DIGIT_BITS
    digits = "".join(str(int(digit)) for digit in digits)
    checks = (
        (digits in common_pins(), SecretProblem.COMMON),
        (len(digits) >= 3 and is_repetitive(digits), SecretProblem.REPEATED),
        (len(digits) >= 3 and is_sequence(digits), SecretProblem.SEQUENCE),
        (is_date_like(digits) or _is_lone_year(digits), SecretProblem.DATE_LIKE),
    )
    for applies, problem in checks:
        if applies:
            return min(plain, 2 * _PATTERN_BITS if len(digits) >= 6 else _PATTERN_BITS), problem
    return plain, None


def _is_lone_year(digits: str) -> bool:
    return len(digits) == 4 and digits[:2] in ("19", "20")


def _letters(piece: str, names: set[str]) -> tuple[float, SecretProblem | None]:
    """Return the bits of a run of letters."""
    word = piece.lower()
    capitals = _CAPITAL_BITS if piece != word else 0.0
    plain = len(word) * (_LETTER_BITS + capitals)
    if word in names:
        return min(plain, _NAME_BITS + capitals), SecretProblem.CONTAINS_NAME
    if len(set(word)) == 1 and len(word) > 2:
        return min(plain, _PATTERN_BITS), SecretProblem.REPEATED
    if _is_on_a_row(word):
        return min(plain, _PATTERN_BITS), SecretProblem.SEQUENCE
    if word in passphrase_words():
        return BITS_PER_WORD + capitals, None
    if word in common_passwords():
        return min(plain, COMMON_BITS + capitals), None
    if not word.isascii() and max(word) >= _FIRST_IDEOGRAPH:
        return len(set(word)) * _IDEOGRAPH_BITS, None
    if _PRONOUNCEABLE.match(word) or not word.isascii():
        return min(plain, _word_bits(len(word)) + capitals), None
    return len(set(word)) * (_LETTER_BITS + capitals), None


def _word_bits(letters: int) -> float:
    further = max(0, letters - _LONG_WORD_LETTERS) * _BITS_PER_FURTHER_LETTER
    return _SHORT_WORD_BITS.get(letters, WORD_BITS) + further


def _without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
