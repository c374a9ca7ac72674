"""Whose content is it: the contact that the opened keys belong to, known or by his card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whispr.client.content import Content, ContentType, Extension
from whispr.client.store.contacts import CardChange, Contact
from whispr.errors import (
    BadSignatureError,
    ContactConflictError,
    InvalidCardError,
    MalformedEnvelopeError,
)
from whispr.protocol import envelope as envelopes
from whispr.protocol.bech32m import identity_text
from whispr.protocol.card import Card, parse_card

if TYPE_CHECKING:
    from whispr.client.core import Core
    from whispr.client.opening import Message

_MAY_INTRODUCE = (ContentType.TEXT, ContentType.ATTACHMENT)
"""What a stranger may begin with."""


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
    return card.identity == opened.identity and any(
        (device.device_id, device.device_key) == (opened.device_id, opened.device_key)
        for device in card.devices
    )


def signer_of(core: Core, data: bytes) -> Contact | None:
    """The contact whose device signed an envelope, whatever mailbox it is for."""
    try:
        envelope = envelopes.decode(data)
        envelope.verify()
    except (MalformedEnvelopeError, BadSignatureError):
        return None
    return core.store.contacts.get_by_device_key(envelope.key_id)


def resolve(core: Core, message: Message) -> tuple[Contact, bool] | None:
    """The sender of a message, and whether his device is new; None if nothing vouches for it.

    A stranger with a good card is noted as a message request; a known person whose newer card
    names the device is followed. Call it in a transaction.
    """
    contacts = core.store.contacts
    known = contacts.get_by_identity(message.opened.identity)
    card = card_in(message.content)
    if card is not None and not names_device(card, message):
        card = None
    try:
        if known is not None:
            return _known(core, known, message, card)
        if card is None or message.content.type_number not in _MAY_INTRODUCE:
            return None
        return _admit(core, card), False
    except ContactConflictError:
        return None


def _known(
    core: Core, known: Contact, message: Message, card: Card | None
) -> tuple[Contact, bool] | None:
    contacts = core.store.contacts
    same_device = known.device_key == message.opened.device_key
    if card is not None and card.card_version > known.card_version:
        follow_card(core, known.contact_id, card)
        return contacts.get(known.contact_id), not same_device
    return (known, False) if same_device else None


def follow_card(core: Core, contact_id: int, card: Card) -> CardChange:
    """Take over a newer card of a contact.

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
