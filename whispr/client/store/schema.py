"""The tables of a profile database, as migrations: `MIGRATIONS[n]` leads from format n to n + 1.

A published migration is never edited; a change is a new entry. All times are relay time in unix
milliseconds. Enumerations are stored by number; their classes stand in the module of their noun.
"""

from __future__ import annotations

_CONTACTS = (
    """
    CREATE TABLE contact (
        contact_id INTEGER PRIMARY KEY AUTOINCREMENT,
        identity BLOB NOT NULL UNIQUE CHECK (length(identity) = 32),
        name TEXT NOT NULL,
        name_key TEXT NOT NULL UNIQUE,
        card BLOB NOT NULL,
        card_version INTEGER NOT NULL CHECK (card_version BETWEEN 0 AND 4294967295),
        device_key BLOB NOT NULL UNIQUE CHECK (length(device_key) = 32),
        mailbox BLOB NOT NULL CHECK (length(mailbox) = 32),
        state INTEGER NOT NULL,
        verified_at_ms INTEGER,
        answered INTEGER NOT NULL DEFAULT 0,
        key_changed INTEGER NOT NULL DEFAULT 0,
        created_ms INTEGER NOT NULL,
        last_seen_ms INTEGER,
        next_order INTEGER NOT NULL DEFAULT 1,
        highest_order INTEGER NOT NULL DEFAULT 0
    )
    """,
    "CREATE INDEX contact_state ON contact (state, contact_id)",
    """
    CREATE TABLE order_gap (
        contact_id INTEGER NOT NULL REFERENCES contact ON DELETE CASCADE,
        first_order INTEGER NOT NULL,
        last_order INTEGER NOT NULL CHECK (last_order >= first_order),
        PRIMARY KEY (contact_id, first_order)
    ) WITHOUT ROWID
    """,
)

_HISTORY = (
    """
    CREATE TABLE message (
        message_id INTEGER PRIMARY KEY AUTOINCREMENT,
        contact_id INTEGER NOT NULL REFERENCES contact ON DELETE CASCADE,
        direction INTEGER NOT NULL,
        content_id BLOB NOT NULL CHECK (length(content_id) = 16),
        kind INTEGER NOT NULL,
        text TEXT NOT NULL,
        file_name TEXT NOT NULL DEFAULT '',
        sent_at_ms INTEGER NOT NULL,
        stored_at_ms INTEGER NOT NULL,
        order_number INTEGER NOT NULL,
        fate INTEGER,
        reason TEXT NOT NULL DEFAULT '',
        verified INTEGER NOT NULL DEFAULT 0,
        is_read INTEGER NOT NULL DEFAULT 0,
        UNIQUE (contact_id, direction, content_id)
    )
    """,
    "CREATE INDEX message_conversation ON message (contact_id, message_id)",
    "CREATE INDEX message_unread ON message (contact_id, message_id) WHERE is_read = 0",
    """
    CREATE TABLE seen (
        sender BLOB NOT NULL CHECK (length(sender) = 32),
        content_id BLOB NOT NULL CHECK (length(content_id) = 16),
        forget_at_ms INTEGER NOT NULL,
        PRIMARY KEY (sender, content_id)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX seen_forget ON seen (forget_at_ms)",
)

# The index holds no text of its own: it reads `message`, and the triggers keep the two alike.
# `secure-delete` overwrites the words of a deleted message instead of marking them deleted.
_SEARCH = (
    """
    CREATE VIRTUAL TABLE message_text USING fts5 (
        text, file_name,
        content = 'message', content_rowid = 'message_id',
        tokenize = 'unicode61 remove_diacritics 2'
    )
    """,
    "INSERT INTO message_text (message_text, rank) VALUES ('secure-delete', 1)",
    """
    CREATE TRIGGER message_text_insert AFTER INSERT ON message BEGIN
        INSERT INTO message_text (rowid, text, file_name)
        VALUES (new.message_id, new.text, new.file_name);
    END
    """,
    """
    CREATE TRIGGER message_text_delete AFTER DELETE ON message BEGIN
        INSERT INTO message_text (message_text, rowid, text, file_name)
        VALUES ('delete', old.message_id, old.text, old.file_name);
    END
    """,
    """
    CREATE TRIGGER message_text_update AFTER UPDATE OF text, file_name ON message BEGIN
        INSERT INTO message_text (message_text, rowid, text, file_name)
        VALUES ('delete', old.message_id, old.text, old.file_name);
        INSERT INTO message_text (rowid, text, file_name)
        VALUES (new.message_id, new.text, new.file_name);
    END
    """,
)

# A file on disk cannot be deleted inside a transaction: its path is noted in one instead.
_ATTACHMENTS = (
    """
    CREATE TABLE attachment (
        message_id INTEGER PRIMARY KEY REFERENCES message ON DELETE CASCADE,
        size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
        media_type TEXT NOT NULL,
        descriptor BLOB NOT NULL,
        state INTEGER NOT NULL,
        reason TEXT NOT NULL DEFAULT '',
        bytes_done INTEGER NOT NULL DEFAULT 0,
        parts_done BLOB NOT NULL DEFAULT x'',
        file_sha256 BLOB,
        blob_id BLOB NOT NULL CHECK (length(blob_id) = 32),
        local_path TEXT NOT NULL DEFAULT '',
        spool_path TEXT NOT NULL DEFAULT ''
    )
    """,
    "CREATE INDEX attachment_state ON attachment (state, message_id)",
    """
    CREATE TABLE stored_file (
        stored_id INTEGER PRIMARY KEY AUTOINCREMENT,
        message_id INTEGER NOT NULL UNIQUE REFERENCES attachment ON DELETE CASCADE
    )
    """,
    "CREATE TABLE discarded_file (path TEXT PRIMARY KEY) WITHOUT ROWID",
    """
    CREATE TRIGGER attachment_delete AFTER DELETE ON attachment BEGIN
        INSERT OR IGNORE INTO discarded_file (path)
        SELECT value FROM (SELECT old.local_path AS value UNION SELECT old.spool_path)
        WHERE value <> '';
    END
    """,
)

_OUTBOX = (
    """
    CREATE TABLE outbox (
        outbox_id INTEGER PRIMARY KEY AUTOINCREMENT,
        contact_id INTEGER NOT NULL REFERENCES contact ON DELETE CASCADE,
        content_id BLOB NOT NULL CHECK (length(content_id) = 16),
        kind INTEGER NOT NULL,
        content BLOB NOT NULL,
        state INTEGER NOT NULL,
        created_ms INTEGER NOT NULL,
        expires_at_ms INTEGER NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        rounds INTEGER NOT NULL DEFAULT 0,
        next_attempt_ms INTEGER NOT NULL,
        on_relay_until_ms INTEGER NOT NULL DEFAULT 0,
        envelope BLOB,
        envelope_id BLOB CHECK (length(envelope_id) = 16),
        envelope_time_ms INTEGER,
        UNIQUE (contact_id, content_id)
    )
    """,
    "CREATE INDEX outbox_envelope ON outbox (envelope_id)",
    "CREATE INDEX outbox_expiry ON outbox (expires_at_ms)",
)

_SETTINGS = (
    "CREATE TABLE setting (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE cursor (name TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID",
)

_DRAFTS = (
    """
    CREATE TABLE draft (
        contact_id INTEGER PRIMARY KEY REFERENCES contact ON DELETE CASCADE,
        text TEXT NOT NULL
    )
    """,
)

# Secrets of suite 2. None of it is ever part of an export.
_SUITE_2 = (
    """
    CREATE TABLE device_kem (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        seed BLOB NOT NULL CHECK (length(seed) = 64)
    )
    """,
    """
    CREATE TABLE prekey (
        kind INTEGER NOT NULL,
        prekey_id INTEGER NOT NULL,
        secret BLOB NOT NULL,
        created_ms INTEGER NOT NULL,
        delete_at_ms INTEGER NOT NULL,
        PRIMARY KEY (kind, prekey_id)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX prekey_delete ON prekey (delete_at_ms)",
    """
    CREATE TABLE ratchet (
        ratchet_id INTEGER PRIMARY KEY AUTOINCREMENT,
        session_id BLOB NOT NULL UNIQUE CHECK (length(session_id) = 16),
        contact_id INTEGER NOT NULL REFERENCES contact ON DELETE CASCADE,
        device_key BLOB NOT NULL CHECK (length(device_key) = 32),
        state BLOB NOT NULL,
        begun_here INTEGER NOT NULL,
        created_ms INTEGER NOT NULL,
        decrypted_ms INTEGER NOT NULL DEFAULT 0,
        is_retired INTEGER NOT NULL DEFAULT 0
    )
    """,
    "CREATE INDEX ratchet_device ON ratchet (device_key, ratchet_id)",
    """
    CREATE TABLE taken_once (
        digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
        forget_at_ms INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
    "CREATE INDEX taken_once_forget ON taken_once (forget_at_ms)",
    """
    CREATE TABLE suite_2_device (
        device_key BLOB PRIMARY KEY CHECK (length(device_key) = 32)
    ) WITHOUT ROWID
    """,
    "ALTER TABLE message ADD COLUMN protection INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE outbox ADD COLUMN older_protection INTEGER NOT NULL DEFAULT 0",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    _CONTACTS + _HISTORY + _SEARCH + _ATTACHMENTS + _OUTBOX + _SETTINGS,
    _DRAFTS,
    _SUITE_2,
)
