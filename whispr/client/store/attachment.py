"""What a file of a message is: its state, how far its transfer has come."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from whispr.client.store.message import Direction

if TYPE_CHECKING:
    from whispr.client.store.database import Row

ATTACHMENT_COLUMNS = (
    "attachment.message_id, message.contact_id, message.direction, message.content_id,"
    " message.file_name, size_bytes, media_type, descriptor, state, attachment.reason,"
    " bytes_done, file_sha256, blob_id, local_path, spool_path"
)


class AttachmentState(enum.IntEnum):
    """How far a file has come; `TRANSITIONS` says what may follow what."""

    STAGED = 1
    """Ours, encrypted on this disk, nothing of it on the relay."""
    UPLOADING = 2
    UPLOADED = 3
    OFFERED = 4
    """Theirs, described in a message, nothing of it here."""
    DOWNLOADING = 5
    STORED = 6
    """Complete and verified, at the end of both directions."""
    GONE = 7
    """No longer on the relay; comes again when the sender uploads it again."""
    FAILED = 8
    REFUSED = 9
    """Theirs, and not wanted, or over the limit: until the person asks for it."""


TRANSITIONS: dict[AttachmentState, frozenset[AttachmentState]] = {
    AttachmentState.STAGED: frozenset(
        {AttachmentState.UPLOADING, AttachmentState.STORED, AttachmentState.FAILED}
    ),
    AttachmentState.UPLOADING: frozenset(
        {AttachmentState.UPLOADED, AttachmentState.STORED, AttachmentState.FAILED}
    ),
    # The relay's copy ends before the message does: the same bytes are uploaded again.
    AttachmentState.UPLOADED: frozenset(
        {AttachmentState.UPLOADING, AttachmentState.STORED, AttachmentState.FAILED}
    ),
    AttachmentState.OFFERED: frozenset(
        {
            AttachmentState.DOWNLOADING,
            AttachmentState.GONE,
            AttachmentState.FAILED,
            AttachmentState.REFUSED,
        }
    ),
    AttachmentState.DOWNLOADING: frozenset(
        {
            AttachmentState.STORED,
            AttachmentState.GONE,
            AttachmentState.FAILED,
            AttachmentState.REFUSED,
        }
    ),
    AttachmentState.GONE: frozenset(
        {AttachmentState.OFFERED, AttachmentState.DOWNLOADING, AttachmentState.FAILED}
    ),
    AttachmentState.REFUSED: frozenset({AttachmentState.DOWNLOADING}),
    # A late receipt overrides a failed upload, and a person may try a failed download again.
    AttachmentState.FAILED: frozenset(
        {AttachmentState.OFFERED, AttachmentState.DOWNLOADING, AttachmentState.STORED}
    ),
    AttachmentState.STORED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a conversation; the state of one moment."""

    message_id: int
    contact_id: int
    direction: Direction
    content_id: bytes
    name: str = field(repr=False)
    """Made safe by whoever added it."""
    size_bytes: int
    media_type: str
    descriptor: bytes = field(repr=False)
    """What opens the file: key, blob, digests, as the content carries it."""
    state: AttachmentState
    reason: str
    bytes_done: int
    file_sha256: bytes | None
    blob_id: bytes
    local_path: str
    """The encrypted copy, relative to the profile; empty while there is none."""
    spool_path: str
    """The ciphertext of an upload that may have to be repeated; empty when it is not kept."""


def attachment_of(row: Row) -> Attachment:
    """The attachment in a row of `ATTACHMENT_COLUMNS`."""
    message_id, contact_id, direction, content_id, name, size_bytes, media_type, *more = row
    descriptor, state, *rest = more
    return Attachment(
        *(message_id, contact_id, Direction(direction), content_id, name, size_bytes),
        *(media_type, descriptor, AttachmentState(state)),
        *rest,
    )
