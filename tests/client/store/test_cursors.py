"""Cursors move forward only and survive a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whispr.client.store.profile_store import ProfileStore

if TYPE_CHECKING:
    from pathlib import Path


def test_cursor_moves_forward_only(
    tmp_path: Path, database_key: bytes, store: ProfileStore
) -> None:
    assert store.cursors.get("listen") == 0
    for position, stands_at in ((5, 5), (3, 5), (6, 6)):
        store.cursors.advance("listen", position)
        assert store.cursors.get("listen") == stands_at
    assert store.cursors.get("other") == 0
    store.close()
    again = ProfileStore.open(tmp_path / "profile.db", database_key)
    assert again.cursors.get("listen") == 6
    again.close()
