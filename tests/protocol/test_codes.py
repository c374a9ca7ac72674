from __future__ import annotations

import enum

import pytest

from whispr import errors
from whispr.protocol import codes
from whispr.protocol.codes import CODES_BY_CLASS, ERROR_CLASSES, ErrorCode, relay_error

TABLES = [
    item
    for item in vars(codes).values()
    if isinstance(item, type) and issubclass(item, enum.Enum) and item.__module__ == codes.__name__
]


def test_every_code_has_one_class_and_every_class_one_code() -> None:
    leaves = errors.RelayError.__subclasses__()
    assert set(ERROR_CLASSES) == set(ErrorCode)
    assert sorted(ERROR_CLASSES.values(), key=repr) == sorted(leaves, key=repr)
    assert {error_class: code for code, error_class in ERROR_CLASSES.items()} == CODES_BY_CLASS
    assert len(CODES_BY_CLASS) == len(ErrorCode)


@pytest.mark.parametrize("code", ErrorCode)
def test_class_names_its_code(code: ErrorCode) -> None:
    assert ERROR_CLASSES[code].__doc__ == f"Code `{code.name.lower()}`."


@pytest.mark.parametrize("table", TABLES)
def test_no_number_has_two_names(table: type[enum.IntEnum]) -> None:
    assert len(table.__members__) == len({member.value for member in table.__members__.values()})
    assert len(table.__members__) == len(list(table))


def test_the_tables_are_the_known_ones() -> None:
    names = {table.__name__ for table in TABLES}
    assert {"ErrorCode", "GoawayReason", "Scope", "AuthKind", "Fate"} <= names


@pytest.mark.parametrize(
    ("table", "largest"),
    [
        (codes.ErrorCode, 0xFFFF),
        (codes.GoawayReason, 0xFF),
        (codes.Scope, 0xFF),
        (codes.AuthKind, 0xFF),
        (codes.Fate, 0xFF),
        (codes.EnvelopeFlag, 0xFF),
        (codes.Capability, 0xFFFF_FFFF),
    ],
)
def test_numbers_fit_their_field(table: type[enum.IntEnum], largest: int) -> None:
    assert all(0 <= member.value <= largest for member in table)


@pytest.mark.parametrize("flags", [codes.EnvelopeFlag, codes.Capability])
def test_flags_are_single_bits(flags: type[enum.IntFlag]) -> None:
    assert all(member.value.bit_count() == 1 for member in flags)


def test_fatal_codes_are_those_that_end_the_stream() -> None:
    broken_rules = {ErrorCode.MALFORMED, ErrorCode.FRAME_TOO_LARGE, ErrorCode.UNEXPECTED}
    assert broken_rules | {ErrorCode.INTERNAL} == codes.FATAL_CODES


@pytest.mark.parametrize("code", ErrorCode)
def test_refusal_becomes_its_exception(code: ErrorCode) -> None:
    error = relay_error(code, "come back later", 1500)
    assert type(error) is ERROR_CLASSES[code]
    assert (str(error), error.retry_after_ms) == ("come back later", 1500)


@pytest.mark.parametrize("code", [0, 9, 61, 0xFFFF])
def test_code_of_a_later_version_is_still_a_refusal(code: int) -> None:
    error = relay_error(code, "", 0)
    assert type(error) is errors.RelayError
    assert str(error) == f"refused with code {code}"
