"""Key derivation: published vectors, bounds on both sides, one secret for every keyboard."""

from __future__ import annotations

import pytest

from whispr.client.crypto.kdf import (
    Argon2idParameters,
    KdfAlgorithm,
    KdfBounds,
    KdfParameters,
    ScryptParameters,
    algorithm_of,
    check_parameters,
    decode_parameters,
    derive_master,
    encode_parameters,
    secret_bytes,
)
from whispr.errors import StorageError, UnsupportedFormatError

SALT = bytes(range(32))


def test_scrypt_matches_rfc_7914() -> None:
    derived = derive_master("password", b"NaCl", ScryptParameters(10, 8, 16))
    assert derived.hex() == (
        "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
        "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
    )


def test_argon2id_is_stable() -> None:
    # Computed once with libsodium 1.0.20 (crypto_pwhash, Argon2id 1.3, salt 00..0f); a change of
    # this literal would lock people out of their files.
    derived = derive_master("password", SALT, Argon2idParameters(passes=1, memory_kib=64))
    assert derived.hex() == (
        "66c0fa3eb94fdae7f80001fafd2a491383585409935e18743082c4cb98a94b7e"
        "9d2b8a6fe6393a86507013382bfcf4c0e5cb856966924873b62c935b8c47f285"
    )


def test_secret_and_salt_matter() -> None:
    parameters = ScryptParameters(log2_n=4)
    base = derive_master("secret", SALT, parameters)
    assert len(base) == 64
    assert derive_master("Secret", SALT, parameters) != base
    assert derive_master("secret", SALT[::-1], parameters) != base


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("cafe\u0301", "caf\u00e9"),
        ("two\u00a0words", "two words"),
        ("two\u3000words", "two words"),
    ],
)
def test_two_keyboards_type_the_same_secret(typed: str, meant: str) -> None:
    assert secret_bytes(typed) == secret_bytes(meant)


def test_case_and_inner_spaces_are_part_of_a_secret() -> None:
    assert len({secret_bytes(text) for text in ("a b", "A b", "ab", "a  b", " a b")}) == 5


def test_a_lone_surrogate_is_no_error_that_shows_the_secret() -> None:
    assert secret_bytes("pin\udcff") != secret_bytes("pin")


@pytest.mark.parametrize(
    "parameters", [ScryptParameters(), ScryptParameters(20, 1, 7), Argon2idParameters(4, 99, 2)]
)
def test_parameters_survive_the_header(parameters: KdfParameters) -> None:
    raw = encode_parameters(parameters)
    assert len(raw) == 12
    assert decode_parameters(algorithm_of(parameters), raw) == parameters


def test_numbers_of_the_algorithms_are_fixed() -> None:
    assert algorithm_of(ScryptParameters()) == KdfAlgorithm.SCRYPT == 1
    assert algorithm_of(Argon2idParameters()) == KdfAlgorithm.ARGON2ID == 2


@pytest.mark.parametrize("algorithm", [0, 3, 255])
def test_unknown_algorithm_is_refused(algorithm: int) -> None:
    with pytest.raises(UnsupportedFormatError):
        decode_parameters(algorithm, bytes(12))


@pytest.mark.parametrize(
    "parameters",
    [
        ScryptParameters(),
        ScryptParameters(log2_n=15),
        ScryptParameters(log2_n=20),
        Argon2idParameters(),
        Argon2idParameters(passes=2, memory_kib=64 * 1024),
        Argon2idParameters(passes=10, memory_kib=1024 * 1024),
    ],
)
def test_allowed_parameters_pass(parameters: KdfParameters) -> None:
    check_parameters(parameters, KdfBounds())


@pytest.mark.parametrize(
    "parameters",
    [
        ScryptParameters(log2_n=14),
        ScryptParameters(log2_n=21),
        ScryptParameters(log2_n=0),
        ScryptParameters(log2_n=0xFFFF_FFFF),
        ScryptParameters(block_size=7),
        ScryptParameters(block_size=9),
        ScryptParameters(parallelism=0),
        ScryptParameters(parallelism=2),
        Argon2idParameters(passes=1),
        Argon2idParameters(passes=11),
        Argon2idParameters(memory_kib=64 * 1024 - 1),
        Argon2idParameters(memory_kib=1024 * 1024 + 1),
        Argon2idParameters(lanes=0),
        Argon2idParameters(lanes=2),
    ],
)
def test_weaker_and_costlier_parameters_are_refused(parameters: KdfParameters) -> None:
    with pytest.raises(UnsupportedFormatError, match="out of the allowed range"):
        check_parameters(parameters, KdfBounds())


def test_lack_of_memory_is_one_documented_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> bytes:
        raise MemoryError

    monkeypatch.setattr("hashlib.scrypt", fail)
    with pytest.raises(StorageError, match="not enough memory"):
        derive_master("secret", SALT, ScryptParameters(log2_n=4))
