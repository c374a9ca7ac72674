"""The schema: every format that was ever published is reached in the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whispr.client.store.schema import MIGRATIONS

if TYPE_CHECKING:
    from whispr.client.store.database import Database


def test_contact_takes_all_that_refers_to_him_along(database: Database) -> None:
    for (table,) in database.rows("SELECT name FROM sqlite_master WHERE type = 'table'"):
        for foreign_key in database.rows(f"PRAGMA foreign_key_list({table})"):
            assert foreign_key[6] == "CASCADE", table


def test_every_migration_has_statements() -> None:
    assert all(migration for migration in MIGRATIONS)
    assert all(statement.strip() for migration in MIGRATIONS for statement in migration)
