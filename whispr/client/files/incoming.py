"""What an offered file must be like, what became of its download, and what was received so far."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from whispr.client.content import Attachment
from whispr.client.crypto.attachment_cipher import PartOpener
from whispr.client.crypto.attachment_header import AttachmentKey, ciphertext_bytes
from whispr.client.crypto.padding import padded_file_size
from whispr.client.files.outgoing import DEFAULT_MAX_FILE_BYTES
from whispr.client.store.attachment import AttachmentState
from whispr.client.store.profile_store import ProfileStore
from whispr.errors import CryptoError

DEFAULT_MAX_BLOB_BYTES = 12 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class DownloadLimits:
    """What is fetched without asking the person."""

    max_file_bytes: int = DEFAULT_MAX_FILE_BYTES
    max_blob_bytes: int = DEFAULT_MAX_BLOB_BYTES


DEFAULT_LIMITS = DownloadLimits()


@dataclass(frozen=True, slots=True)
class DownloadOutcome:
    """How a download ended: STORED, GONE, REFUSED or FAILED."""

    state: AttachmentState
    reason: str = ""
    """In plain words; empty when it is stored."""


STORED = DownloadOutcome(AttachmentState.STORED)
GONE = DownloadOutcome(
    AttachmentState.GONE,
    "no longer on the relay; it is sent again when the sender's device is connected",
)


def offered_problem(attachment: Attachment, limits: DownloadLimits) -> str | None:
    """Why an offered file is not fetched at all; None for one whose description makes sense.

    Numbers first: nothing is computed, allocated or asked for what is over a limit.
    """
    if attachment.size_bytes > limits.max_file_bytes:
        return f"the file is larger than {limits.max_file_bytes:,} bytes"
    if attachment.blob_bytes > limits.max_blob_bytes:
        return f"the encrypted file is larger than {limits.max_blob_bytes:,} bytes"
    if attachment.blob_bytes != ciphertext_bytes(padded_file_size(attachment.size_bytes)):
        return "the description of the file contradicts itself"
    try:
        part_opener(attachment)
    except CryptoError:
        return "the description of the file contradicts itself"
    return None


def part_opener(attachment: Attachment) -> PartOpener:
    """What opens the parts of this file. Raises CryptoError for a description that is no good."""
    return PartOpener(attachment.header, AttachmentKey(attachment.key), attachment.size_bytes)


class ReceivedParts(Protocol):
    """The memory of a download that outlives the process."""

    @property
    def spool_name(self) -> str:
        """The spool file of this download; empty before it has one."""

    def begin(self, spool_name: str) -> None:
        """Name the spool file; parts of another one are forgotten."""

    def received(self) -> frozenset[int]:
        """Indexes of the parts that were recorded."""

    def record(self, indexes: Collection[int], *, done_bytes: int) -> None:
        """These parts are in the spool file, too."""


class AttachmentRow:
    """`ReceivedParts` in the profile's database: the row of one message.

    The row's `local_path` is the name of the spool file.
    """

    def __init__(self, store: ProfileStore, message_id: int) -> None:
        self._store = store
        self._message_id = message_id

    @property
    def spool_name(self) -> str:
        """The spool file of this download; empty before it has one."""
        row = self._store.attachments.get(self._message_id)
        return "" if row is None else row.local_path

    def begin(self, spool_name: str) -> None:
        """Name the spool file; parts of another one are forgotten."""
        with self._store.transaction():
            self._store.attachments.forget_parts(self._message_id)
            self._store.attachments.set_paths(self._message_id, local_path=spool_name)

    def received(self) -> frozenset[int]:
        return self._store.attachments.received_parts(self._message_id)

    def record(self, indexes: Collection[int], *, done_bytes: int) -> None:
        """These parts are in the spool file, too; nothing when the message was wiped meanwhile."""
        attachments = self._store.attachments
        with self._store.transaction():  # one for all of them: one flush of the disk
            if attachments.get(self._message_id) is None:
                return
            for index in indexes:
                attachments.record_part(self._message_id, index, bytes_done=done_bytes)
