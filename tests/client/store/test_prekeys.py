from __future__ import annotations

import pytest

from whispr.client.crypto.suite2.prekey import PrekeyKind, PrekeySecret
from whispr.client.store.profile_store import ProfileStore
from whispr.errors import StorageError


def secret(number: int, kind: PrekeyKind = PrekeyKind.ONE_TIME) -> PrekeySecret:
    return PrekeySecret(kind, number, 1000, bytes([number]) * kind.secret_bytes)


def test_a_secret_comes_back_by_kind_and_id(store: ProfileStore) -> None:
    store.prekeys.add([secret(1), secret(2)], now_ms=5, delete_at_ms=100)
    found = store.prekeys.get(PrekeyKind.ONE_TIME, 2)
    assert found is not None and found.secret == b"\x02" * 32
    assert store.prekeys.get(PrekeyKind.SIGNED, 2) is None
    assert store.prekeys.get(PrekeyKind.ONE_TIME, 3) is None
    assert store.prekeys.count(PrekeyKind.ONE_TIME) == 2


def test_an_id_is_given_once(store: ProfileStore) -> None:
    store.prekeys.add([secret(1)], now_ms=5, delete_at_ms=100)
    with pytest.raises(StorageError):
        store.prekeys.add([secret(2), secret(1)], now_ms=6, delete_at_ms=100)
    assert store.prekeys.get(PrekeyKind.ONE_TIME, 2) is None, "all of them or none"


def test_used_up_is_gone(store: ProfileStore) -> None:
    store.prekeys.add([secret(1), secret(2)], now_ms=5, delete_at_ms=100)
    store.prekeys.use_up([(PrekeyKind.ONE_TIME, 1), (PrekeyKind.SIGNED, 2)])
    assert store.prekeys.get(PrekeyKind.ONE_TIME, 1) is None
    assert store.prekeys.get(PrekeyKind.ONE_TIME, 2) is not None


def test_the_newest_is_that_of_the_latest_time(store: ProfileStore) -> None:
    assert store.prekeys.newest(PrekeyKind.SIGNED) is None
    store.prekeys.add([secret(9, PrekeyKind.SIGNED)], now_ms=5, delete_at_ms=100)
    store.prekeys.add([secret(3, PrekeyKind.SIGNED)], now_ms=6, delete_at_ms=100)
    assert store.prekeys.newest(PrekeyKind.SIGNED) == (3, 6)


def test_superseded_goes_at_its_time_and_not_later(store: ProfileStore) -> None:
    store.prekeys.add([secret(1)], now_ms=5, delete_at_ms=50)
    store.prekeys.add([secret(2)], now_ms=5, delete_at_ms=500)
    store.prekeys.supersede(100)
    store.prekeys.add([secret(3)], now_ms=6, delete_at_ms=500)
    assert store.prekeys.purge(49) == 0
    assert store.prekeys.purge(50) == 1
    assert store.prekeys.purge(99) == 0
    assert store.prekeys.purge(100) == 1
    assert store.prekeys.get(PrekeyKind.ONE_TIME, 3) is not None


def test_the_device_has_one_kem_key(store: ProfileStore) -> None:
    assert store.prekeys.kem_seed() is None
    store.prekeys.set_kem_seed(b"k" * 64)
    assert store.prekeys.kem_seed() == b"k" * 64
    with pytest.raises(StorageError):
        store.prekeys.set_kem_seed(b"l" * 64)
    assert store.prekeys.kem_seed() == b"k" * 64
