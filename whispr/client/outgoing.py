"""Puts contents into the outbox: texts, files, receipts, cards, requests to send again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whispr.client.content import (
    MAX_RECEIPT_IDS,
    MAX_TEXT_BYTES,
    Attachment,
    Content,
    ContentType,
    Receipt,
    ReceiptKind,
    decode_attachment,
    decode_content,
    decode_receipt,
)
from whispr.client.store.attachment import AttachmentState
from whispr.client.store.contacts import Contact, ContactState
from whispr.client.store.message import Fate, MessageKind
from whispr.client.store.outbox_row import OutboxKind
from whispr.client.store.settings import MESSAGE_LIFE_MS
from whispr.errors import TextTooLongError, UserInputError
from whispr.protocol.limits import CONTENT_ID_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from whispr.client.core import Core
    from whispr.client.files.outgoing import PreparedFile
    from whispr.client.store.message import Message

RECEIPT_LIFE_MS = 7 * 24 * 3600 * 1000
CARD_LIFE_MS = 30 * 24 * 3600 * 1000
SEND_AGAIN_LIFE_MS = 24 * 3600 * 1000
MAX_LIFE_MS = 30 * 24 * 3600 * 1000
MIN_LIFE_MS = 1000


class Outgoing:
    """Makes contents; each is on the disk, with its message, when its method returns."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def text(
        self,
        contact: Contact,
        text: str,
        life_ms: int | None = None,
        *,
        older_protection: bool = False,
    ) -> Message:
        """Queue a text of at most 48 KiB.

        Raises:
            TextTooLongError: send it as a file instead.
            UserInputError: empty, not UTF-8, not an accepted contact, or the older protection for
                somebody who has used the strong one.
        """
        try:
            body = text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise UserInputError("the text holds characters that cannot be sent") from error
        if not text:
            raise UserInputError("the text is empty")
        if len(body) > MAX_TEXT_BYTES:
            raise TextTooLongError(
                f"the text has {len(body)} bytes; up to {MAX_TEXT_BYTES} fit: send it as a file"
            )
        if older_protection:
            check_may_be_older(self._core, contact)
        return self._message(
            *(contact, ContentType.TEXT, body, MessageKind.TEXT, text, life_ms),
            older_protection=older_protection,
        )

    def file(
        self,
        contact: Contact,
        prepared: PreparedFile,
        life_ms: int | None = None,
        *,
        older_protection: bool = False,
    ) -> Message:
        """Queue a file whose ciphertext lies in the spool.

        Raises:
            UserInputError: not an accepted contact, or the older protection as for `text`.
        """
        if older_protection:
            check_may_be_older(self._core, contact)
        return self._file(
            *(contact, prepared.attachment, prepared.spool_name, life_ms),
            older_protection=older_protection,
        )

    def _file(
        self,
        contact: Contact,
        attachment: Attachment,
        spool_name: str,
        life_ms: int | None,
        *,
        older_protection: bool = False,
    ) -> Message:
        body = attachment.encode()
        store = self._core.store
        with store.transaction():
            message = self._message(
                *(contact, ContentType.ATTACHMENT, body, MessageKind.ATTACHMENT, "", life_ms),
                older_protection=older_protection,
            )
            store.attachments.add(
                message.message_id,
                name=attachment.name,
                size_bytes=attachment.size_bytes,
                media_type=attachment.media_type,
                descriptor=body,
                blob_id=attachment.blob_id,
                state=AttachmentState.STAGED,
                file_sha256=attachment.file_sha256,
                local_path=spool_name,
                spool_path=spool_name,
            )
        return message

    def again(self, message_id: int) -> Message:
        """Queue an expired or failed message as a new one; a file from its copy in the spool.

        Raises:
            UserInputError: there is no such message, or it has not ended.
        """
        store = self._core.store
        message = store.history.get(message_id)
        if message is None or message.fate not in (Fate.EXPIRED, Fate.FAILED):
            raise UserInputError("only a message that expired or failed can be sent again")
        contact = store.contacts.get(message.contact_id)
        if message.kind is MessageKind.TEXT:
            return self.text(contact, message.text)
        known = store.attachments.get(message_id)
        if known is None or not known.local_path:
            raise UserInputError("the file is no longer here: choose it again")
        return self._file(contact, decode_attachment(known.descriptor), known.local_path, None)

    def _message(
        self,
        contact: Contact,
        content_type: ContentType,
        body: bytes,
        kind: MessageKind,
        text: str,
        life_ms: int | None,
        *,
        older_protection: bool = False,
    ) -> Message:
        store = self._core.store
        check_writable(contact)
        life_ms = store.settings.get(MESSAGE_LIFE_MS) if life_ms is None else life_ms
        now_ms = self._core.now_ms()
        expires_at_ms = now_ms + max(MIN_LIFE_MS, min(life_ms, MAX_LIFE_MS))
        content_id = self._core.random_bytes(CONTENT_ID_BYTES)
        with store.transaction():
            order = store.contacts.take_order(contact.contact_id)
            content = Content(content_type, content_id, now_ms, expires_at_ms, order, body)
            message = store.history.add_outgoing(
                contact.contact_id,
                content_id,
                kind=kind,
                text=text,
                sent_at_ms=now_ms,
                order_number=order,
            )
            assert message is not None, "a random content id is new"
            self._put(
                *(contact.contact_id, content, OUTBOX_KINDS[content_type]),
                older_protection=older_protection,
            )
        return message

    def receipt(self, contact_id: int, kind: ReceiptKind, content_ids: Iterable[bytes]) -> None:
        """Owe a contact receipts; joined with those that have not left yet, up to 64 in one."""
        owed = list(dict.fromkeys(content_ids))
        outbox = self._core.store.outbox
        with self._core.store.transaction():
            for row in outbox.waiting_receipts(contact_id):
                waiting = decode_receipt(decode_content(row.content).body)
                if waiting.kind is kind and len(waiting.content_ids) < MAX_RECEIPT_IDS:
                    owed = [*waiting.content_ids, *owed]
                    outbox.cancel(contact_id, row.content_id)
                    break
            owed = list(dict.fromkeys(owed))
            for start in range(0, len(owed), MAX_RECEIPT_IDS):
                receipt = Receipt(kind, tuple(owed[start : start + MAX_RECEIPT_IDS]))
                self._plain(contact_id, ContentType.RECEIPT, receipt.encode(), RECEIPT_LIFE_MS)

    def card(self, contact_id: int) -> None:
        """Tell a contact our current card; an older one that still waits is replaced.

        The current one that waits already stays as it is.
        """
        card = self._core.own_card.current
        if card is None:
            return
        outbox = self._core.store.outbox
        with self._core.store.transaction():
            for row in outbox.pending(contact_id):
                if row.kind is OutboxKind.CARD:
                    if decode_content(row.content).body == card.data:
                        return
                    outbox.cancel(contact_id, row.content_id)
            self._plain(contact_id, ContentType.CARD, card.data, CARD_LIFE_MS)

    def send_again(self, contact_id: int, envelope_digest: bytes) -> None:
        """Ask a contact to send again what could not be opened."""
        self._plain(contact_id, ContentType.SEND_AGAIN, envelope_digest, SEND_AGAIN_LIFE_MS)

    def here(self, now_ms: int, life_ms: int) -> Content:
        """The content of an EPHEMERAL "here"; never queued."""
        content_id = self._core.random_bytes(CONTENT_ID_BYTES)
        return Content(ContentType.HERE, content_id, now_ms, now_ms + life_ms, 0, b"")

    def _plain(self, contact_id: int, content_type: ContentType, body: bytes, life_ms: int) -> None:
        now_ms = self._core.now_ms()
        content_id = self._core.random_bytes(CONTENT_ID_BYTES)
        content = Content(content_type, content_id, now_ms, now_ms + life_ms, 0, body)
        self._put(contact_id, content, OUTBOX_KINDS[content_type])

    def _put(
        self,
        contact_id: int,
        content: Content,
        kind: OutboxKind,
        *,
        older_protection: bool = False,
    ) -> None:
        self._core.store.outbox.put(
            contact_id,
            content.content_id,
            kind=kind,
            content=content.encode(),
            now_ms=content.sent_at_ms,
            expires_at_ms=content.expires_at_ms,
            older_protection=older_protection,
        )


OUTBOX_KINDS = {
    ContentType.TEXT: OutboxKind.TEXT,
    ContentType.ATTACHMENT: OutboxKind.ATTACHMENT,
    ContentType.RECEIPT: OutboxKind.RECEIPT,
    ContentType.CARD: OutboxKind.CARD,
    ContentType.SEND_AGAIN: OutboxKind.REQUEST_AGAIN,
}


def check_writable(contact: Contact) -> None:
    """Refuse to write to somebody who is not an accepted contact.

    Raises:
        UserInputError: says what to do first.
    """
    if contact.state is ContactState.BLOCKED:
        raise UserInputError(f"{contact.name} is blocked: unblock first")
    if contact.state is ContactState.REQUEST:
        raise UserInputError(f"{contact.name} is a message request: accept it first")


def check_may_be_older(core: Core, contact: Contact) -> None:
    """Refuse to send with suite 1 to a device that has spoken suite 2.

    Raises:
        UserInputError: says why.
    """
    if core.store.ratchets.spoke_suite_2(contact.device_key):
        raise UserInputError(
            f"{contact.name} has used the strong protection: nothing goes with the older one"
        )
