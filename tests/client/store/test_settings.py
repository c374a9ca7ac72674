"""Settings keep their types, and those of another version."""

from __future__ import annotations

import pytest

from whispr.client.store.profile_store import ProfileStore
from whispr.client.store.settings import MESSAGE_LIFE_MS, READ_RECEIPTS, SEND_HERE, Setting
from whispr.errors import CorruptFileError, LocalProtocolError

TEXT = Setting("text", "default")
NUMBER = Setting("number", 7)
BYTES = Setting("bytes", b"default")


def test_setting_has_its_default_until_it_is_set(store: ProfileStore) -> None:
    assert store.settings.get(READ_RECEIPTS) is False
    assert store.settings.get(SEND_HERE) is True
    assert store.settings.get(MESSAGE_LIFE_MS) == 7 * 24 * 3600 * 1000
    store.settings.set(READ_RECEIPTS, True)
    assert store.settings.get(READ_RECEIPTS) is True
    store.settings.set(READ_RECEIPTS, False)
    assert store.settings.get(READ_RECEIPTS) is False


def test_values_keep_their_types(store: ProfileStore) -> None:
    store.settings.set(TEXT, "7")
    store.settings.set(NUMBER, 2**40)
    store.settings.set(BYTES, b"7\x00")
    assert store.settings.get(TEXT) == "7"
    assert store.settings.get(NUMBER) == 2**40
    assert store.settings.get(BYTES) == b"7\x00"


def test_value_of_another_type_is_refused(store: ProfileStore) -> None:
    with pytest.raises(LocalProtocolError):
        store.settings.set(NUMBER, True)
    store.settings.set(Setting("number", "x"), "seven")
    with pytest.raises(CorruptFileError):
        store.settings.get(NUMBER)
    store.settings.set(Setting("send_here", 2), 2)
    with pytest.raises(CorruptFileError):
        store.settings.get(SEND_HERE)


def test_unknown_settings_travel_with_an_export(store: ProfileStore) -> None:
    store.settings.set(TEXT, "kept")
    store.settings.import_rows({"of_a_later_version": b"\x01", "number": 9})
    assert store.settings.all() == {"of_a_later_version": b"\x01", "number": 9, "text": "kept"}
    assert store.settings.get(NUMBER) == 9
