"""Which bytes are hashed and signed: domain labels, signing inputs, mailbox ids.

Every input begins with a NUL-terminated label, so that a signature made for one purpose is worth
nothing for another. Fields have fixed lengths; nothing is re-encoded to be verified.
"""

from __future__ import annotations

import hashlib

from whispr.protocol.limits import KEY_BYTES, NONCE_BYTES, RELAY_ID_BYTES

LABEL_AUTH = b"whispr/1/auth\0"
LABEL_SEND = b"whispr/1/send\0"
LABEL_MAILBOX = b"whispr/1/mailbox\0"
LABEL_DEVICE = b"whispr/1/device\0"
LABEL_CARD = b"whispr/1/card\0"
LABEL_CARD_CHECK = b"whispr/1/card-check\0"
LABEL_BLOB = b"whispr/1/blob\0"
LABEL_BLOB_TOKEN = b"whispr/1/blob-token\0"
LABEL_SUITE_1 = b"whispr/1/s1\0"
LABEL_SIGNED_PREKEY = b"whispr/1/s2/spk\0"
LABEL_ONE_TIME_PREKEY = b"whispr/1/s2/opk\0"
LABEL_KEM_LAST_RESORT = b"whispr/1/s2/kem-last\0"
LABEL_KEM_ONE_TIME = b"whispr/1/s2/kem-once\0"
LABEL_S2_HANDSHAKE = b"whispr/1/s2/hs\0"
LABEL_S2_HEADER = b"whispr/1/s2/hdr\0"
LABEL_S2_SESSION = b"whispr/1/s2/sk\0"
LABEL_S2_ROOT = b"whispr/1/s2/root\0"
LABEL_S2_MESSAGE = b"whispr/1/s2/msg\0"
LABEL_S2_DATA = b"whispr/1/s2/ad\0"

ALL_LABELS = (
    LABEL_AUTH,
    LABEL_SEND,
    LABEL_MAILBOX,
    LABEL_DEVICE,
    LABEL_CARD,
    LABEL_CARD_CHECK,
    LABEL_BLOB,
    LABEL_BLOB_TOKEN,
    LABEL_SUITE_1,
    LABEL_SIGNED_PREKEY,
    LABEL_ONE_TIME_PREKEY,
    LABEL_KEM_LAST_RESORT,
    LABEL_KEM_ONE_TIME,
    LABEL_S2_HANDSHAKE,
    LABEL_S2_HEADER,
    LABEL_S2_SESSION,
    LABEL_S2_ROOT,
    LABEL_S2_MESSAGE,
    LABEL_S2_DATA,
)


def sha256(*parts: bytes) -> bytes:
    """SHA-256 of the parts in a row, 32 bytes."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.digest()


def mailbox_id(mailbox_key: bytes) -> bytes:
    """The mailbox of an Ed25519 mailbox key: 32 bytes, the same on every relay."""
    expect_size(mailbox_key, KEY_BYTES)
    return sha256(LABEL_MAILBOX, mailbox_key)


def auth_input(
    *,
    version: int,
    scope: int,
    relay_id: bytes,
    relay_nonce: bytes,
    client_nonce: bytes,
    key: bytes,
    time_ms: int,
) -> bytes:
    """What an AUTH signs (`docs/protocol.md` §5).

    `relay_id` is computed from the certificate of *this* connection, never taken from HELLO: a
    relay in the middle cannot pass the proof on.
    """
    expect_size(relay_id, RELAY_ID_BYTES)
    expect_size(relay_nonce, NONCE_BYTES)
    expect_size(client_nonce, NONCE_BYTES)
    expect_size(key, KEY_BYTES)
    return b"".join(
        (
            LABEL_AUTH,
            version.to_bytes(1, "big"),
            scope.to_bytes(1, "big"),
            relay_id,
            relay_nonce,
            client_nonce,
            key,
            time_ms.to_bytes(8, "big"),
        )
    )


def expect_size(value: bytes, size: int) -> None:
    """Raise ValueError unless `value` has exactly `size` bytes: a bug of the caller."""
    if len(value) != size:
        raise ValueError(f"expected {size} bytes, got {len(value)}")
