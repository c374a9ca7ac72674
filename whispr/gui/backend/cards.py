"""Judges what was pasted into "add a contact" while it is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whispr.client.store.contacts import ContactState
from whispr.errors import InvalidCardError
from whispr.gui.checks import CardCheck
from whispr.protocol.bech32m import identity_text
from whispr.protocol.card import parse_card_text

if TYPE_CHECKING:
    from whispr.client.client import Client


def check_card(client: Client, text: str) -> CardCheck:
    """What a pasted text is; never raises."""
    if not text.strip():
        return CardCheck("empty")
    try:
        card = parse_card_text(text)
    except InvalidCardError as error:
        return CardCheck("invalid", _sentence(str(error)))
    address = identity_text(card.identity)
    if card.identity == client.identity:
        return CardCheck("own", "This is you.", card.identity, card.name, address)
    known = client.store.contacts.get_by_identity(card.identity)
    if known is not None and known.state is ContactState.ACCEPTED:
        said = f"Already in your list as {known.name}."
        return CardCheck("known", said, card.identity, known.name, address, known.contact_id)
    if known is not None and known.state is ContactState.BLOCKED:
        said = f"{known.name} is blocked. Unblock first, in Settings."
        return CardCheck("blocked", said, card.identity, known.name, address, known.contact_id)
    return CardCheck("valid", "Valid address", card.identity, card.name, address)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."
