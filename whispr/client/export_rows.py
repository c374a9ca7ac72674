"""What an export holds, as lines of JSON: keys, settings, contacts, history, what was seen.

One object a line, `type` first. Bytes are hexadecimal. Unknown types and fields are skipped, so
that an older version reads what it knows. Sessions, prekeys and the files of attachments are not
part of an export.
"""

from __future__ import annotations

import contextlib
import heapq
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from whispr.client.crypto.key_material import (
    KeyMaterial,
    decode_key_material,
    encode_key_material,
)
from whispr.client.own_card import CARD, RELAY
from whispr.client.places import FORMER_RELAYS
from whispr.client.store.contacts import Contact, ContactState
from whispr.client.store.cursors import MESSAGES_PRINTED
from whispr.client.store.message import Direction, Fate, Message, MessageKind
from whispr.errors import CorruptFileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from whispr.client.profile import Profile
    from whispr.client.store.profile_store import ProfileStore

_OF_THIS_DEVICE = (
    *(CARD.name, RELAY.name, FORMER_RELAYS.name),
    *("moved_to_card_version", "replaced_card"),
)
_OF_THIS_DEVICE_PREFIXES = ("epoch:", "asked_again:")
STRANDED = "not delivered before the move to this device"


@dataclass(frozen=True, slots=True)
class Former:
    """The device that an export was made on."""

    material: KeyMaterial
    card: bytes = field(repr=False)
    """Its current card; empty if it never had one."""
    relay_address: str = field(repr=False)
    """With the access token, if the relay wants one."""
    former_relays: str = field(default="", repr=False)
    """Where its mailbox lay before and is still read, as the setting has it."""


def export_lines(profile: Profile) -> Iterator[bytes]:
    """Everything that an export holds of a profile."""
    store = profile.store
    material = profile.material
    yield _line(
        type="former",
        material=encode_key_material(material).hex(),
        card=store.settings.get(CARD).hex(),
        relay=store.settings.get(RELAY) or material.relay_address,
        former_relays=store.settings.get(FORMER_RELAYS),
    )
    for name, value in store.settings.all().items():
        if name not in _OF_THIS_DEVICE and not name.startswith(_OF_THIS_DEVICE_PREFIXES):
            is_bytes = isinstance(value, bytes)
            yield _line(
                type="setting", name=name, value=value.hex() if is_bytes else value, hex=is_bytes
            )
    contacts = {contact.contact_id: contact for contact in store.contacts.list()}
    for contact in contacts.values():
        _, highest_order = store.orders.counters(contact.contact_id)
        yield _contact_line(contact, highest_order)
    yield from _history_lines(store, contacts)
    for sender, content_id, forget_at_ms in store.seen.iterate():
        yield _line(
            type="seen", sender=sender.hex(), content_id=content_id.hex(), forget_at_ms=forget_at_ms
        )


def _history_lines(store: ProfileStore, contacts: dict[int, Contact]) -> Iterator[bytes]:
    """Messages in the order in which they came: the new database numbers them by it.

    The line of the cursor stands where the cursor does.
    """
    printed_id = store.cursors.get(MESSAGES_PRINTED)
    cursor = [_line(type="cursor", name=MESSAGES_PRINTED)]
    conversations = (store.history.iterate(contact_id) for contact_id in contacts)
    for message in heapq.merge(*conversations, key=lambda message: message.message_id):
        if cursor and message.message_id > printed_id:
            yield cursor.pop()
        yield _message_line(contacts[message.contact_id], message)
    yield from cursor


def read_former(lines: Iterable[bytes]) -> Former:
    """The former device: the first line.

    Raises:
        CorruptFileError: it is not there.
    """
    for row in _rows(lines):
        if row["type"] != "former":
            break
        with _damage():
            return Former(
                decode_key_material(bytes.fromhex(row["material"])),
                bytes.fromhex(row["card"]),
                row["relay"],
                str(row.get("former_relays", "")),
            )
    raise CorruptFileError("the export holds no keys")


def import_lines(lines: Iterable[bytes], store: ProfileStore) -> None:
    """Fill a new database; call it in its transaction. A second time it adds nothing.

    Raises:
        CorruptFileError: a line that no export has.
    """
    contacts: dict[str, int] = {}
    for row in _rows(lines):
        with _damage():
            _import_row(row, store, contacts)
    store.history.fail_stranded(STRANDED)


def _import_row(row: dict[str, Any], store: ProfileStore, contacts: dict[str, int]) -> None:
    match row["type"]:
        case "setting":
            value = bytes.fromhex(row["value"]) if row["hex"] else row["value"]
            store.settings.import_rows({row["name"]: value})
        case "contact":
            contacts[row["identity"]] = _import_contact(row, store)
        case "message":
            store.history.import_rows(contacts[row["contact"]], [_message(row)])
        case "cursor":
            store.cursors.advance(row["name"], store.history.last_id())
        case "seen":
            store.seen.mark(
                bytes.fromhex(row["sender"]), bytes.fromhex(row["content_id"]), row["forget_at_ms"]
            )


def _import_contact(row: dict[str, Any], store: ProfileStore) -> int:
    contact = _contact(row)
    known = store.contacts.get_by_identity(contact.identity)
    known = known or store.contacts.import_row(contact)
    store.orders.restore(
        known.contact_id, next_order=row["next_order"], highest_order=row["highest_order"]
    )
    return known.contact_id


@contextlib.contextmanager
def _damage() -> Iterator[None]:
    try:
        yield
    except (ValueError, KeyError, TypeError) as error:
        raise CorruptFileError("the export holds a line that cannot be read") from error


def _rows(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    for line in lines:
        with _damage():
            row: dict[str, Any] = json.loads(line)
            row["type"]
        yield row


def _line(**fields: object) -> bytes:
    return json.dumps(fields, ensure_ascii=True, separators=(",", ":")).encode("ascii") + b"\n"


def _contact_line(contact: Contact, highest_order: int) -> bytes:
    return _line(
        type="contact",
        identity=contact.identity.hex(),
        name=contact.name,
        card=contact.card.hex(),
        card_version=contact.card_version,
        device_key=contact.device_key.hex(),
        mailbox=contact.mailbox.hex(),
        state=int(contact.state),
        verified_at_ms=contact.verified_at_ms,
        answered=contact.answered,
        key_changed=contact.key_changed,
        created_ms=contact.created_ms,
        last_seen_ms=contact.last_seen_ms,
        next_order=contact.next_order,
        highest_order=highest_order,
    )


def _contact(row: dict[str, Any]) -> Contact:
    """The contact as the new device knows him: he has not its card yet."""
    return Contact(
        contact_id=0,
        identity=bytes.fromhex(row["identity"]),
        name=row["name"],
        card=bytes.fromhex(row["card"]),
        card_version=row["card_version"],
        device_key=bytes.fromhex(row["device_key"]),
        mailbox=bytes.fromhex(row["mailbox"]),
        state=ContactState(row["state"]),
        verified_at_ms=row["verified_at_ms"],
        answered=False,
        key_changed=row["key_changed"],
        created_ms=row["created_ms"],
        last_seen_ms=row["last_seen_ms"],
        next_order=row["next_order"],
    )


def _message_line(contact: Contact, message: Message) -> bytes:
    return _line(
        type="message",
        contact=contact.identity.hex(),
        direction=int(message.direction),
        content_id=message.content_id.hex(),
        kind=int(message.kind),
        text=message.text,
        file_name=message.file_name,
        sent_at_ms=message.sent_at_ms,
        stored_at_ms=message.stored_at_ms,
        order_number=message.order_number,
        fate=None if message.fate is None else int(message.fate),
        reason=message.reason,
        verified=message.verified,
        read=message.read,
    )


def _message(row: dict[str, Any]) -> Message:
    return Message(
        message_id=0,
        contact_id=0,
        direction=Direction(row["direction"]),
        content_id=bytes.fromhex(row["content_id"]),
        kind=_kind(row["kind"]),
        text=row["text"],
        file_name=row["file_name"],
        sent_at_ms=row["sent_at_ms"],
        stored_at_ms=row["stored_at_ms"],
        order_number=row["order_number"],
        fate=None if row["fate"] is None else Fate(row["fate"]),
        reason=row["reason"],
        verified=row["verified"],
        read=row["read"],
    )


def _kind(number: int) -> MessageKind:
    """A kind of a later version is shown as what it is to this one."""
    try:
        return MessageKind(number)
    except ValueError:
        return MessageKind.UNSUPPORTED
