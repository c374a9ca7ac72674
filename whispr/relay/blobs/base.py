"""What a blob store promises: parts of file ciphertext under one verified id, for a limited life.

* An upload is known by its blob id; beginning it twice is asking how far it is.
* Parts come in any order; a part that is there is not replaced.
* At the last missing part the id is computed over header and part hashes. If it differs,
  everything of it is deleted: `BlobMismatchError`.
* Life counts from the last part, begins again when the uploader asks for the same upload again,
  and pauses while a download goes on (bounded).
* An unfinished upload is forgotten after a while without a new part.
* Reading takes the token whose hash the uploader left. A wrong token and an unknown blob give the
  same `NotFoundError`.
* Bytes are charged when an upload begins: what was accepted has room to finish.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class UploadRequest:
    """What an UPLOAD asks for; checked against the limits by the blob store."""

    blob_id: bytes
    mailbox: bytes
    size_bytes: int
    header: bytes
    token_hash: bytes
    life_ms: int
    """How long to keep it from the last part, already cut to the relay's own limit."""
    uploader: bytes
    """The device key it is charged to, 32 bytes."""


@dataclass(frozen=True, slots=True)
class UploadProgress:
    """Which parts are there."""

    received: bytes
    """Bitmap, bit 7 of byte 0 is part 0."""
    complete: bool
    expires_in_ms: int


@dataclass(frozen=True, slots=True)
class BlobDescription:
    """A complete blob that a token opened."""

    size_bytes: int
    header: bytes
    expires_in_ms: int


@dataclass(frozen=True, slots=True)
class BlobUsage:
    """What the metrics tell about a blob store."""

    blobs: int
    """Blobs, finished or not."""
    stored_bytes: int
    """Bytes charged for them, with overhead."""
    limit_bytes: int
    """What `stored_bytes` never passes."""


class BlobStore(Protocol):
    """Where file ciphertext waits.

    Raises (all methods):
        RelayUnavailableError: the store does not answer or the disk fails.
    """

    async def begin(self, request: UploadRequest) -> UploadProgress:
        """Begin or resume an upload.

        Raises:
            PayloadTooLargeError: over the largest blob.
            RelayFullError: no room in the budget, or in the share of this uploader or mailbox.
            BlobMismatchError: the id is known with another size, header or token.
        """

    async def put_part(self, blob_id: bytes, index: int, data: bytes) -> UploadProgress | None:
        """Keep one part; returns the progress when it was the last missing one.

        Raises:
            NotFoundError: no such upload.
            PayloadTooLargeError: wrong index or size.
            BlobMismatchError: the parts do not make up the id; everything of it is gone.
        """

    async def open(self, blob_id: bytes, token: bytes) -> BlobDescription:
        """Open a complete blob for reading.

        Raises:
            NotFoundError: no such blob, not complete, expired, or the wrong token.
        """

    async def get_part(self, blob_id: bytes, token: bytes, index: int) -> bytes:
        """Read one part.

        Raises:
            NotFoundError: as for `open`, or no such part.
        """

    def usage(self) -> BlobUsage:
        """How full it is; costs nothing and waits for nothing."""

    async def sweep(self) -> None:
        """Drop what expired."""

    async def close(self) -> None:
        """Let go of everything; a spool folder is emptied."""
