"""HKDF-SHA256 against the vectors of RFC 5869, appendix A."""

from __future__ import annotations

import pytest

from whispr.client.crypto.hkdf import hkdf_sha256

VECTORS = [
    pytest.param(
        "0b" * 22,
        "000102030405060708090a0b0c",
        "f0f1f2f3f4f5f6f7f8f9",
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        id="A.1",
    ),
    pytest.param(
        "0b" * 22,
        "",
        "",
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
        id="A.3",
    ),
]


@pytest.mark.parametrize(("key", "salt", "info", "expected"), VECTORS)
def test_hkdf_matches_the_published_vectors(key: str, salt: str, info: str, expected: str) -> None:
    derived = hkdf_sha256(
        bytes.fromhex(key), salt=bytes.fromhex(salt), info=bytes.fromhex(info), length=42
    )
    assert derived.hex() == expected


def test_each_purpose_gives_another_key() -> None:
    key = bytes(32)
    assert hkdf_sha256(key, info=b"one") != hkdf_sha256(key, info=b"two")
    assert hkdf_sha256(key, info=b"one") != hkdf_sha256(key, info=b"one", salt=b"s")
