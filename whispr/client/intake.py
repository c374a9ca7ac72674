"""Stores what one sender sent, by the type of its content; inside the receiver's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whispr.client import fates, senders
from whispr.client.content import (
    Content,
    ContentType,
    ReceiptKind,
    decode_attachment,
    decode_receipt,
    decode_send_again,
    decode_text,
)
from whispr.client.events import (
    ContactChanged,
    ContactHere,
    Event,
    MessageReceived,
    RequestReceived,
)
from whispr.client.safe_filename import safe_filename
from whispr.client.store.attachment import AttachmentState
from whispr.client.store.contacts import CardChange
from whispr.client.store.message import Direction, Fate, MessageKind
from whispr.errors import ContactConflictError, MalformedContentError
from whispr.protocol.limits import CONTENT_ID_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from whispr.client.core import Core
    from whispr.client.outgoing import Outgoing
    from whispr.client.receiver import Reactions
    from whispr.client.store.contacts import Contact
    from whispr.client.store.message import Message

SEEN_AFTER_EXPIRY_MS = 24 * 3600 * 1000
UNREADABLE_SEEN_MS = 31 * 24 * 3600 * 1000


class Intake:
    """One sender's content on its way into the database; `then` runs after the commit."""

    def __init__(
        self,
        core: Core,
        outgoing: Outgoing,
        reactions: Reactions,
        contact: Contact,
        then: list[Callable[[], None]],
    ) -> None:
        self._core = core
        self._store = core.store
        self._outgoing = outgoing
        self._reactions = reactions
        self._contact = contact
        self._then = then

    def from_contact(self, content: Content, *, ephemeral: bool) -> None:
        """Store a content of an accepted contact.

        Raises:
            MalformedContentError: its body is not what its type says.
        """
        match content.type_number:
            case ContentType.TEXT:
                text = decode_text(content.body)
                self._message(content, MessageKind.TEXT, text)
            case ContentType.ATTACHMENT:
                self._attachment(content)
            case ContentType.RECEIPT:
                self._receipt(content)
            case ContentType.CARD:
                self._card(content)
            case ContentType.HERE:
                self._here()
            case ContentType.SEND_AGAIN:
                self._send_again(content)
            case _ if not ephemeral:
                self._message(content, MessageKind.UNSUPPORTED, "")

    def from_stranger(self, content: Content, *, is_new: bool) -> None:
        """Keep what a message request may hold: texts, few and short. No receipt goes out.

        What is not kept is not marked as seen: it comes again once the person let him in.
        """
        message = None
        if content.type_number == ContentType.TEXT:
            try:
                message = self._request_text(content)
            except MalformedContentError:
                self._core.counters.count("a malformed text of a stranger")
        if message is not None:
            self._emit(RequestReceived(self._contact.contact_id, message.message_id))
        elif is_new:
            self._emit(RequestReceived(self._contact.contact_id, 0))

    def _request_text(self, content: Content) -> Message | None:
        text = decode_text(content.body)
        return self._store.requests.add_text(
            self._contact.contact_id,
            content.content_id,
            text,
            sent_at_ms=content.sent_at_ms,
            stored_at_ms=self._core.now_ms(),
            order_number=content.order,
            forget_at_ms=content.expires_at_ms + SEEN_AFTER_EXPIRY_MS,
        )

    def note_card(self, *, new_device: bool) -> None:
        """A newer card is known; a new device is said in the conversation too."""
        if new_device:
            text = f"{self._contact.name} uses a new device"
            content_id = self._core.random_bytes(CONTENT_ID_BYTES)
            self._add(content_id, MessageKind.NOTICE, text, self._core.now_ms(), 0)
        self._emit(ContactChanged(self._contact.contact_id))

    def keep_malformed(self, content: Content) -> None:
        """A message that this version cannot read: shown as such, once, and confirmed."""
        if content.type_number in (ContentType.TEXT, ContentType.ATTACHMENT):
            self._message(content, MessageKind.UNSUPPORTED, "")
        else:
            self._core.counters.count("a malformed content of a contact")

    def refuse_older(self, notice_id: bytes) -> bool:
        """Say that something with the older protection was refused; returns whether that is new."""
        contact = self._contact
        now_ms = self._core.now_ms()
        if not self._store.seen.mark(contact.identity, notice_id, now_ms + UNREADABLE_SEEN_MS):
            return False
        text = (
            f"A message with the older protection was refused: {contact.name} has used the strong"
            " one. It was asked for again."
        )
        return self._add(notice_id, MessageKind.NOTICE, text, now_ms, 0) is not None

    def keep_unreadable(self, content_id: bytes, kind: MessageKind) -> bool:
        """Show that something came which cannot be shown; returns whether it is new."""
        now_ms = self._core.now_ms()
        contact = self._contact
        if not self._store.seen.mark(contact.identity, content_id, now_ms + UNREADABLE_SEEN_MS):
            return False
        message = self._add(content_id, kind, "", now_ms, 0)
        return message is not None

    def _message(self, content: Content, kind: MessageKind, text: str) -> Message | None:
        """One row for a content, however often it comes; a receipt each time."""
        contact = self._contact
        forget_at_ms = content.expires_at_ms + SEEN_AFTER_EXPIRY_MS
        message: Message | None = None
        if self._store.seen.mark(contact.identity, content.content_id, forget_at_ms):
            self._store.contacts.note_order(contact.contact_id, content.order)
            message = self._add(content.content_id, kind, text, content.sent_at_ms, content.order)
        if kind is not MessageKind.ATTACHMENT:
            self._owe_receipt(content.content_id)
        return message

    def _add(
        self, content_id: bytes, kind: MessageKind, text: str, sent_at_ms: int, order: int
    ) -> Message | None:
        message = self._store.history.add_incoming(
            self._contact.contact_id,
            content_id,
            kind=kind,
            text=text,
            sent_at_ms=sent_at_ms,
            stored_at_ms=self._core.now_ms(),
            order_number=order,
        )
        if message is not None:
            self._emit(MessageReceived(message.message_id, self._contact.contact_id))
        return message

    def _owe_receipt(self, content_id: bytes) -> None:
        self._outgoing.receipt(self._contact.contact_id, ReceiptKind.DELIVERED, (content_id,))
        self._then.append(self._reactions.outbox_changed)

    def _attachment(self, content: Content) -> None:
        attachment = decode_attachment(content.body)
        message = self._message(content, MessageKind.ATTACHMENT, "")
        attachments = self._store.attachments
        if message is not None:
            attachments.add(
                message.message_id,
                name=safe_filename(attachment.name),
                size_bytes=attachment.size_bytes,
                media_type=attachment.media_type,
                descriptor=content.body,
                blob_id=attachment.blob_id,
                state=AttachmentState.OFFERED,
                file_sha256=attachment.file_sha256,
            )
            self._offer(message.message_id)
            return
        known = attachments.find(self._contact.contact_id, Direction.IN, content.content_id)
        if known is None or known.state is AttachmentState.STORED:
            self._owe_receipt(content.content_id)
        elif known.state in (AttachmentState.GONE, AttachmentState.FAILED):
            attachments.set_state(known.message_id, AttachmentState.OFFERED)
            self._offer(known.message_id)

    def _offer(self, message_id: int) -> None:
        self._then.append(lambda: self._reactions.attachment_offered(message_id))

    def _receipt(self, content: Content) -> None:
        """Contents of ours that he has; he can speak for messages to himself only."""
        receipt = decode_receipt(content.body)
        fate = Fate.READ if receipt.kind is ReceiptKind.READ else Fate.DELIVERED
        contact_id = self._contact.contact_id
        self._store.outbox.record_delivered(contact_id, receipt.content_ids)
        for content_id in receipt.content_ids:
            changed = fates.advance(self._store, contact_id, content_id, fate)
            if changed is not None:
                self._emit(changed)
            self._finish_upload(content_id)
        self._then.append(self._reactions.outbox_changed)

    def _finish_upload(self, content_id: bytes) -> None:
        known = self._store.attachments.find(self._contact.contact_id, Direction.OUT, content_id)
        if known is not None and known.state is not AttachmentState.STORED:
            self._store.attachments.set_state(known.message_id, AttachmentState.STORED)

    def _card(self, content: Content) -> None:
        card = senders.card_in(content)
        if card is None or card.identity != self._contact.identity:
            raise MalformedContentError("not the sender's own card")
        try:
            change = senders.follow_card(self._core, self._contact.contact_id, card)
        except ContactConflictError:
            self._core.counters.count("a card with the device of another contact")
            return
        if change is CardChange.APPLIED:
            # His former device announces the next one; else `senders` has followed it already.
            self.note_card(new_device=card.device.device_key != self._contact.device_key)
        elif change is CardChange.REFUSED:
            self._core.counters.count("an older card, or another one of the same version")
        self._owe_receipt(content.content_id)

    def _send_again(self, content: Content) -> None:
        """What lay on our contact's relay is due; a replay of the request changes nothing."""
        decode_send_again(content.body)
        contact = self._contact
        forget_at_ms = content.expires_at_ms + SEEN_AFTER_EXPIRY_MS
        if self._store.seen.mark(contact.identity, content.content_id, forget_at_ms):
            self._store.outbox.record_forgotten(contact.contact_id, self._core.now_ms())
            self._then.append(self._reactions.outbox_changed)

    def _here(self) -> None:
        contact_id = self._contact.contact_id
        self._emit(ContactHere(contact_id))
        self._then.append(lambda: self._reactions.here(contact_id))

    def _emit(self, event: Event) -> None:
        self._then.append(lambda: self._core.emit(event))
