"""Whose content is it: the contact that the opened keys belong to, known or by his card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whispr.client.content import Content, ContentType, Extension, decode_text
from whispr.client.store.contacts import CardChange, Contact
from whispr.errors import (
    BadSignatureError,
    ContactConflictError,
    InvalidCardError,
    MalformedContentError,
    MalformedEnvelopeError,
)
from whispr.protocol import envelope as envelopes
from whispr.protocol.bech32m import identity_text
from whispr.protocol.card import Card, parse_card

if TYPE_CHECKING:
    from whispr.client.core import Core
    from whispr.client.opening import Message


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose content it is, and what it changed about him."""

    contact: Contact
    card_followed: bool = False
    """A newer card of his came along and is the known one now."""
    new_device: bool = False
    """By that card he is reached at another device than before."""
    new_request: bool = False
    """A stranger who was noted just now."""


def card_in(content: Content) -> Card | None:
    """The sender's card, if the content is one or carries one, and it is good."""
    data = content.body if content.type_number == ContentType.CARD else None
    data = data or content.extension(Extension.CARD)
    if not data:
        return None
    try:
        return parse_card(data)
    except InvalidCardError:
        return None


def names_device(card: Card, message: Message) -> bool:
    """Whether a card vouches for the device that signed a message."""
    opened = message.opened
    named = card.identity == opened.identity and any(
        (device.device_id, device.device_key) == (opened.device_id, opened.device_key)
        for device in card.devices
    )
    return named and (message.unlocked is None or message.unlocked.stands_on(card))


def signer_of(core: Core, data: bytes) -> Contact | None:
    """The contact whose device signed an envelope, whatever mailbox it is for."""
    try:
        envelope = envelopes.decode(data)
        envelope.verify()
    except (MalformedEnvelopeError, BadSignatureError):
        return None
    return core.store.contacts.get_by_device_key(envelope.key_id)


def resolve(core: Core, message: Message) -> Sender | None:
    """The sender of a message; None if nothing vouches for him.

    A stranger with a good card is noted as a message request; a known person whose newer card
    names the device is followed. Call it in a transaction.
    """
    known = core.store.contacts.get_by_identity(message.opened.identity)
    card = card_in(message.content)
    if card is not None and not names_device(card, message):
        card = None
    try:
        if known is not None:
            return _known(core, known, message, card)
        if card is None or not _may_introduce(message.content):
            return None
        return Sender(_admit(core, card), new_request=True)
    except ContactConflictError:
        return None


def _may_introduce(content: Content) -> bool:
    """What a stranger may begin with: a text that is one, or an attachment."""
    if content.type_number == ContentType.ATTACHMENT:
        return True
    if content.type_number != ContentType.TEXT:
        return False
    try:
        return bool(decode_text(content.body))
    except MalformedContentError:
        return False


def _known(core: Core, known: Contact, message: Message, card: Card | None) -> Sender | None:
    if card is not None and follow_card(core, known.contact_id, card) is CardChange.APPLIED:
        contact = core.store.contacts.get(known.contact_id)
        new_device = contact.device_key != known.device_key
        return Sender(contact, card_followed=True, new_device=new_device)
    begins = message.unlocked is not None and message.unlocked.begins is not None
    same_device = known.device_key == message.opened.device_key and not begins
    if same_device or names_device(parse_card(known.card), message):
        return Sender(known)
    return None


def follow_card(core: Core, contact_id: int, card: Card) -> CardChange:
    """Take over a newer card of a contact; another one changes nothing.

    Raises:
        ContactConflictError: it names the device of another contact.
    """
    return core.store.contacts.update_card(
        contact_id,
        card=card.data,
        card_version=card.card_version,
        device_key=card.device.device_key,
        mailbox=card.device.mailbox,
    )


def _admit(core: Core, card: Card) -> Contact:
    return core.store.requests.admit(
        identity=card.identity,
        name=card.name,
        card=card.data,
        card_version=card.card_version,
        device_key=card.device.device_key,
        mailbox=card.device.mailbox,
        created_ms=core.now_ms(),
        fallback_name=identity_text(card.identity)[:12],
    )
