"""Sizes and windows that are part of the protocol.

What an operator may set is in the relay's configuration.
"""

from __future__ import annotations

PROTOCOL_VERSION = 1
ALPN = "whispr/1"
DEFAULT_PORT = 7443

FRAME_LENGTH_BYTES = 4
MAX_FRAME_BYTES_BEFORE_AUTH = 4 * 1024
MAX_FRAME_BYTES = 64 * 1024
MAX_FRAME_FIELDS = 24
"""Items of the outer array; room for trailing fields of later versions."""
MAX_FRAMES_BEFORE_AUTH = 8
"""More than a client has a use for before READY: PING, STATUS, AUTH, and a second attempt."""

HASH_BYTES = 32
KEY_BYTES = 32
SIGNATURE_BYTES = 64
NONCE_BYTES = 32
RELAY_ID_BYTES = 32
MAILBOX_BYTES = 32
ENVELOPE_ID_BYTES = 16
CONTENT_ID_BYTES = 16
EPOCH_BYTES = 16

MAX_ENVELOPE_BYTES = 65_472
"""Fits in a frame of 64 KiB with its header, and just under a 64 KiB allocation class."""

PART_BYTES = 65_472
"""A blob part on the wire; the last one may be shorter. Fits in a frame as an envelope does."""

BLOB_TOKEN_BYTES = 32
MAX_BLOB_HEADER_BYTES = 128
MAX_BLOB_PARTS = 4096

KEM_KEY_BYTES = 1184
"""A public key of ML-KEM-768."""
PREKEY_RECORD_BYTES = 108
"""An X25519 prekey: id u32, expires_ms u64, key 32, signature 64."""
KEM_PREKEY_RECORD_BYTES = 1260
"""An ML-KEM-768 prekey: id u32, expires_ms u64, key 1,184, signature 64."""
MAX_ONE_TIME_PREKEYS = 100
"""That a relay holds for a mailbox, and that fit in one frame."""
MAX_ONE_TIME_KEM_PREKEYS = 40
"""As above; together with all the others they stay below 64 KiB."""
LOW_PREKEYS = 10
"""One-time prekeys of a sort below which the owner is told."""
CLAIM_ID_BYTES = 16

MAX_ACCESS_TOKEN_BYTES = 64
MAX_ALLOWED_SENDERS = 1024
MAX_ERROR_TEXT_BYTES = 200

CLOCK_WINDOW_MS = 120_000
"""How far an envelope's time may lie from the relay's clock, either way."""

DEFAULT_CREDIT_MESSAGES = 64
DEFAULT_CREDIT_BYTES = 256 * 1024
