"""Encrypts one message under one message key: mixed with the epoch key, and key-committing.

    key 32 | com 32 | nonce 24 = HKDF(message key, salt = K[e], info = label | e u32 | SHA-256(AD))
    sealed = com | XChaCha20-Poly1305(key, nonce, padded content, AD)
    AD     = label | e u32 | T 32 | session id 16 | direction u8 | envelope_id 16 | time_ms u64
           | ratchet header 40

A message key is used once, so the derived nonce is. Should a database be set back, the key of a
message comes again, but in an envelope with another random id: AD goes into the derivation, so that
no key stream does. Poly1305 alone lets somebody make a ciphertext that opens under two keys; `com`
is the promise of one key and one AD, compared in constant time before anything is decrypted.
`docs/protocol.md` §16.
"""

from __future__ import annotations

import hmac
import struct
from dataclasses import dataclass

import nacl.exceptions
from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)

from whispr.client.crypto.hkdf import hkdf_sha256
from whispr.client.crypto.suite2.ratchet_state import RatchetHeader
from whispr.errors import DecryptionError
from whispr.protocol.limits import ENVELOPE_ID_BYTES
from whispr.protocol.signing import LABEL_S2_DATA, LABEL_S2_MESSAGE, expect_size, sha256

COMMITMENT_BYTES = 32
TAG_BYTES = 16
_KEYS = struct.Struct(">32s32s24s")
_DATA = struct.Struct(">I32s16sB16sQ")


@dataclass(frozen=True, slots=True, repr=False)
class MessageCipher:
    """All that a message is bound to beside its ratchet header."""

    epoch: int
    epoch_key: bytes
    transcript: bytes
    session_id: bytes
    direction: int
    envelope_id: bytes
    time_ms: int

    def __post_init__(self) -> None:
        # struct would pad or cut silently.
        expect_size(self.transcript, 32)
        expect_size(self.session_id, 16)
        expect_size(self.envelope_id, ENVELOPE_ID_BYTES)

    def associated_data(self, header: RatchetHeader) -> bytes:
        """What is authenticated without being sent here."""
        data = _DATA.pack(
            self.epoch,
            self.transcript,
            self.session_id,
            self.direction,
            self.envelope_id,
            self.time_ms,
        )
        return LABEL_S2_DATA + data + header.encode()

    def _keys(self, message_key: bytes, data: bytes) -> tuple[bytes, bytes, bytes]:
        info = LABEL_S2_MESSAGE + self.epoch.to_bytes(4, "big") + sha256(data)
        derived = hkdf_sha256(message_key, salt=self.epoch_key, info=info, length=_KEYS.size)
        key, commitment, nonce = _KEYS.unpack(derived)
        return key, commitment, nonce

    def seal(self, message_key: bytes, header: RatchetHeader, padded: bytes) -> bytes:
        """Commitment and ciphertext, 48 bytes more than what is sealed."""
        data = self.associated_data(header)
        key, commitment, nonce = self._keys(message_key, data)
        return commitment + crypto_aead_xchacha20poly1305_ietf_encrypt(padded, data, nonce, key)

    def open(self, message_key: bytes, header: RatchetHeader, sealed: bytes) -> bytes:
        """What `seal` was given.

        Raises:
            DecryptionError: another key, or anything was changed.
        """
        data = self.associated_data(header)
        key, commitment, nonce = self._keys(message_key, data)
        if not hmac.compare_digest(commitment, sealed[:COMMITMENT_BYTES]):
            raise DecryptionError("the message is committed to another key")
        try:
            return crypto_aead_xchacha20poly1305_ietf_decrypt(
                sealed[COMMITMENT_BYTES:], data, nonce, key
            )
        except (nacl.exceptions.CryptoError, ValueError) as error:
            raise DecryptionError("the message does not open") from error
