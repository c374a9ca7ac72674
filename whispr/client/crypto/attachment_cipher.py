"""Encrypts a file part by part as it is read, and opens parts in any order.

The STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015) over XChaCha20-Poly1305:

    part  = XChaCha20-Poly1305(key, nonce, chunk, associated data)
    key   = HKDF-SHA256(attachment key, info = "whispr/1/att/key")
    nonce = nonce prefix 16 | index 7 | last 1        last = 1 for the final part, else 0
    associated data = SHA-256(header)

A part that is moved, cut, swapped with one of another file or wrongly said to be the last does not
open. The plaintext is the file, filled with zeros to a padded size (`padding.padded_file_size`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import BinaryIO

import nacl.exceptions
from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)

from whispr.client.crypto.attachment_header import (
    CHUNK_BYTES,
    MAX_PADDED_BYTES,
    NONCE_PREFIX_BYTES,
    TAG_BYTES,
    AttachmentHeader,
    AttachmentKey,
    chunk_bytes,
    part_count,
)
from whispr.client.crypto.padding import padded_file_size
from whispr.errors import (
    CorruptFileError,
    DecryptionError,
    FileTooLargeError,
    InvalidKeyError,
    LocalProtocolError,
    StorageError,
)

_INDEX_BYTES = 7


class _PartCipher:
    """Key, nonces and associated data that both directions share."""

    def __init__(self, header: AttachmentHeader, key: AttachmentKey) -> None:
        self._key = key.part_key()
        self._prefix = header.nonce_prefix
        self._associated_data = hashlib.sha256(header.encode()).digest()
        self._last_index = part_count(header.padded_bytes) - 1

    def _nonce(self, index: int) -> bytes:
        last = b"\1" if index == self._last_index else b"\0"
        return self._prefix + index.to_bytes(_INDEX_BYTES) + last

    def seal(self, index: int, chunk: bytes) -> bytes:
        return crypto_aead_xchacha20poly1305_ietf_encrypt(
            chunk, self._associated_data, self._nonce(index), self._key
        )

    def open(self, index: int, part: bytes) -> bytes:
        return crypto_aead_xchacha20poly1305_ietf_decrypt(
            part, self._associated_data, self._nonce(index), self._key
        )


class EncryptingReader(Iterator[bytes]):
    """Reads a file once from start to end and yields its encrypted parts; constant memory.

    `size_bytes` is the size of the file now, `key` and `nonce_prefix` (16 bytes) are fresh random.
    A key encrypts one reading of one file and no more: what is yielded goes to a spool, and every
    repetition sends the spooled bytes. So this iterator runs once, and a file that shrinks or
    grows meanwhile ends it with CorruptFileError: drop the spool and begin again with a new key.

    Blocks while it reads: call `next` in a thread.
    Raises FileTooLargeError above 4,096 parts, InvalidKeyError for a prefix of another length,
    StorageError when the file cannot be read, LocalProtocolError when used again after an error.
    """

    def __init__(
        self, source: BinaryIO, size_bytes: int, key: AttachmentKey, nonce_prefix: bytes
    ) -> None:
        if len(nonce_prefix) != NONCE_PREFIX_BYTES:
            raise InvalidKeyError(f"nonce prefix has {len(nonce_prefix)} bytes")
        padded_bytes = padded_file_size(size_bytes)
        if padded_bytes > MAX_PADDED_BYTES:
            raise FileTooLargeError(f"a file of {size_bytes} bytes has too many parts")
        self.header = AttachmentHeader(key.commitment(), nonce_prefix, padded_bytes)
        self.size_bytes = size_bytes
        self.part_count = part_count(padded_bytes)
        self._source = source
        self._cipher = _PartCipher(self.header, key)
        self._digest = hashlib.sha256()
        self._index = 0
        self._unread_bytes = size_bytes
        self._failed = False

    def __iter__(self) -> EncryptingReader:
        return self

    def __next__(self) -> bytes:
        if self._failed:
            raise LocalProtocolError("an attachment that failed must get a new key")
        if self._index == self.part_count:
            raise StopIteration
        self._failed = True
        chunk = self._read_chunk()
        part = self._cipher.seal(self._index, chunk)
        self._index += 1
        self._failed = False
        return part

    def file_digest(self) -> bytes:
        """Return the SHA-256 of the file as it was encrypted, without padding, for the descriptor.

        Raises LocalProtocolError before the last part.
        """
        if self._index < self.part_count or self._failed:
            raise LocalProtocolError("the digest is known after the last part")
        return self._digest.digest()

    def _read_chunk(self) -> bytes:
        """Return the padded plaintext of the next part."""
        size = chunk_bytes(self.header.padded_bytes, self._index)
        wanted = min(size, self._unread_bytes)
        data = self._read(wanted)
        self._unread_bytes -= wanted
        if len(data) != wanted or (self._unread_bytes == 0 and self._grew()):
            raise CorruptFileError("the file changed while it was read")
        self._digest.update(data)
        return data.ljust(size, b"\0")

    def _grew(self) -> bool:
        """Say whether there is more to read than there was; asked at each part after the end."""
        return bool(self._read(1))

    def _read(self, wanted: int) -> bytes:
        """Read `wanted` bytes, fewer only at the end of the file; sources may give less at once."""
        pieces: list[bytes] = []
        try:
            while wanted > 0 and (piece := self._source.read(wanted)):
                pieces.append(piece)
                wanted -= len(piece)
        except OSError as error:
            raise StorageError(f"cannot read the file: {error.strerror}") from error
        return b"".join(pieces)


class PartOpener:
    """Opens the parts of one attachment, each on its own: any order, any number of times.

    `header` is the blob's header, `key` and `size_bytes` come from the descriptor inside the
    encrypted content. The header's version and sizes and the commitment to the key are checked
    first; the sizes must fit together as `padded_file_size` says, so that nobody makes a person
    fetch more than the descriptor shows. The SHA-256 of the whole file is checked by the caller.
    Raises DecryptionError.
    """

    def __init__(self, header: bytes, key: AttachmentKey, size_bytes: int) -> None:
        parsed = AttachmentHeader.decode(header)
        parsed.require_key(key)
        if size_bytes < 0 or padded_file_size(size_bytes) != parsed.padded_bytes:
            raise DecryptionError("attachment has another size than its description")
        self.header = parsed
        self.size_bytes = size_bytes
        self.part_count = part_count(parsed.padded_bytes)
        self._cipher = _PartCipher(parsed, key)

    def open_part(self, index: int, part: bytes) -> bytes:
        """Return the bytes of the file in part `index`, at offset `index * CHUNK_BYTES` of it.

        Padding is taken off; parts that are only padding give b"". Raises DecryptionError for an
        index, a length or bytes that are not those of this part.
        """
        if not 0 <= index < self.part_count:
            raise DecryptionError(f"attachment has no part {index}")
        if len(part) != chunk_bytes(self.header.padded_bytes, index) + TAG_BYTES:
            raise DecryptionError(f"part {index} of the attachment has another length")
        try:
            chunk = self._cipher.open(index, part)
        except nacl.exceptions.CryptoError as error:
            raise DecryptionError(f"part {index} of the attachment does not open") from error
        return chunk[: max(0, self.size_bytes - index * CHUNK_BYTES)]
