"""Makes items for the views out of what the client's store holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whispr.client.store.attachment import Attachment, AttachmentState
from whispr.client.store.contacts import Contact, ContactState
from whispr.client.store.message import Direction, Fate, Message, MessageKind
from whispr.gui.items import (
    ConversationItem,
    FateName,
    FileItem,
    FileState,
    MessageItem,
    MessageItemKind,
    OwnItem,
    RequestItem,
)
from whispr.protocol.bech32m import identity_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from whispr.client.client import Client
    from whispr.client.store.profile_store import ProfileStore

PREVIEWED_TYPES = ("image/png", "image/gif")
"""What Tk decodes."""
LAST_LINE_CHARACTERS = 200
_KINDS: dict[MessageKind, MessageItemKind] = {
    MessageKind.TEXT: "text",
    MessageKind.ATTACHMENT: "file",
    MessageKind.NOTICE: "notice",
    MessageKind.UNSUPPORTED: "unsupported",
    MessageKind.UNDECRYPTABLE: "undecryptable",
}
_FATES: dict[Fate, FateName] = {
    Fate.QUEUED: "queued",
    Fate.ACCEPTED: "accepted",
    Fate.DELIVERED: "delivered",
    Fate.READ: "read",
    Fate.EXPIRED: "expired",
    Fate.FAILED: "failed",
}
_FILE_STATES: dict[AttachmentState, FileState] = {
    AttachmentState.STAGED: "staged",
    AttachmentState.UPLOADING: "uploading",
    AttachmentState.UPLOADED: "sent",
    AttachmentState.OFFERED: "offered",
    AttachmentState.DOWNLOADING: "downloading",
    AttachmentState.STORED: "saved",
    AttachmentState.GONE: "gone",
    AttachmentState.FAILED: "failed",
    AttachmentState.REFUSED: "refused",
}


def message_item(
    message: Message,
    attachment: Attachment | None = None,
    *,
    done_bytes: int = 0,
    preview: bytes | None = None,
) -> MessageItem:
    """The row of a message; `done_bytes` of a transfer that is under way."""
    outgoing = message.direction is Direction.OUT
    file = None
    kind = _KINDS[message.kind]
    if attachment is not None:
        file = file_item(attachment, outgoing=outgoing, done_bytes=done_bytes, preview=preview)
        kind = "image" if preview is not None else "file"
    return MessageItem(
        message_id=message.message_id,
        contact_id=message.contact_id,
        outgoing=outgoing,
        kind=kind,
        text=message.text,
        sent_at_ms=message.sent_at_ms,
        stored_at_ms=message.stored_at_ms,
        fate=None if message.fate is None else _FATES[message.fate],
        reason=message.reason,
        file=file,
        read=message.read,
    )


def file_item(
    attachment: Attachment, *, outgoing: bool, done_bytes: int, preview: bytes | None
) -> FileItem:
    """The file of a message."""
    state = _FILE_STATES[attachment.state]
    if outgoing and state == "saved":
        state = "sent"
    return FileItem(
        name=attachment.name,
        size_bytes=attachment.size_bytes,
        state=state,
        done_bytes=max(done_bytes, attachment.bytes_done),
        preview=preview,
        reason=attachment.reason,
    )


def conversation_items(store: ProfileStore) -> tuple[ConversationItem, ...]:
    """The rows of the contact list, the latest conversation first."""
    contacts = {contact.contact_id: contact for contact in store.contacts.list()}
    drafts = store.drafts.all()
    waiting = waiting_counts(store)
    rows = [
        (
            contacts[summary.contact_id],
            conversation_item(
                contacts[summary.contact_id],
                summary.last_message,
                unread=summary.unread,
                draft=drafts.get(summary.contact_id, ""),
                waiting=waiting.get(summary.contact_id, 0),
            ),
        )
        for summary in store.history.summaries()
    ]
    rows.sort(key=lambda row: -(row[1].time_ms or row[0].created_ms))
    return tuple(item for _, item in rows)


def waiting_counts(store: ProfileStore) -> Mapping[int, int]:
    """How many messages to each contact the relay does not have yet."""
    counts: dict[int, int] = {}
    for row in store.outbox.pending():
        message = store.history.find(row.contact_id, Direction.OUT, row.content_id)
        if message is not None and message.fate is Fate.QUEUED:
            counts[row.contact_id] = counts.get(row.contact_id, 0) + 1
    return counts


def conversation_item(
    contact: Contact, last: Message | None, *, unread: int, draft: str, waiting: int
) -> ConversationItem:
    """One row of the contact list."""
    outgoing = last is not None and last.direction is Direction.OUT
    return ConversationItem(
        contact_id=contact.contact_id,
        name=contact.name,
        identity=contact.identity,
        last_line="" if last is None else last_line(last),
        last_outgoing=outgoing,
        last_fate=_FATES[last.fate] if last is not None and last.fate is not None else None,
        last_kind=None if last is None else _KINDS[last.kind],
        time_ms=None if last is None else last.stored_at_ms,
        unread=unread,
        draft=draft,
        verified=contact.verified_at_ms is not None,
        key_changed=contact.key_changed,
        state="accepted",
        address=identity_text(contact.identity),
        waiting=waiting,
    )


def last_line(message: Message) -> str:
    """What a message says, on one line."""
    if message.kind is MessageKind.ATTACHMENT:
        return message.file_name
    if message.kind is MessageKind.UNSUPPORTED:
        return "Needs a newer Whispr"
    if message.kind is MessageKind.UNDECRYPTABLE:
        return "Could not be decrypted"
    return " ".join(message.text[: 4 * LAST_LINE_CHARACTERS].split())[:LAST_LINE_CHARACTERS]


def request_items(store: ProfileStore) -> tuple[RequestItem, ...]:
    """Strangers who wrote, the latest first."""
    return tuple(_request_item(store, stranger) for stranger in store.requests.list())


def _request_item(store: ProfileStore, stranger: Contact) -> RequestItem:
    messages = store.history.conversation(stranger.contact_id)
    return RequestItem(
        contact_id=stranger.contact_id,
        name=stranger.name,
        identity=stranger.identity,
        address=identity_text(stranger.identity),
        texts=tuple(message.text for message in messages if message.kind is MessageKind.TEXT),
        time_ms=messages[-1].stored_at_ms if messages else stranger.created_ms,
    )


def blocked_items(store: ProfileStore) -> tuple[RequestItem, ...]:
    """People who are blocked, by name."""
    return tuple(
        RequestItem(
            contact.contact_id, contact.name, contact.identity, identity_text(contact.identity)
        )
        for contact in store.contacts.list(ContactState.BLOCKED)
    )


def own_item(client: Client) -> OwnItem:
    """The person of this profile."""
    card = client.card
    return OwnItem(
        name=client.name,
        identity=client.identity,
        address=identity_text(client.identity),
        card="" if card is None else card.text(),
    )
