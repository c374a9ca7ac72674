"""Whom this profile knows: accepted contacts, message requests and blocked people."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from whispr.client.store.names import name_key, numbered_name, safe_name
from whispr.client.store.orders import OrderGap, Orders
from whispr.errors import ContactConflictError, UnknownContactError

if TYPE_CHECKING:
    from whispr.client.store.database import Database, Row

MAX_ALLOWED_KEYS = 1024
"""As many sender keys as a relay takes (`docs/protocol.md`, ALLOW)."""

_COLUMNS = (
    "contact_id, identity, name, card, card_version, device_key, mailbox, state, verified_at_ms,"
    " answered, key_changed, created_ms, last_seen_ms, next_order"
)


class ContactState(enum.IntEnum):
    """How far somebody is let in."""

    ACCEPTED = 1
    REQUEST = 2
    """A stranger who wrote; nothing goes back to him."""
    BLOCKED = 3
    """Remembered so that what he sends is dropped."""


class CardChange(enum.Enum):
    """What became of a card that arrived for a known contact."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    """Older than the known one, or another card of the same version."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody this profile knows; the state of one moment."""

    contact_id: int
    identity: bytes
    """Ed25519 root key, 32 bytes."""
    name: str
    """Chosen on this computer, unique without regard to case."""
    card: bytes
    card_version: int
    device_key: bytes
    """Signs his envelopes, 32 bytes."""
    mailbox: bytes
    state: ContactState
    verified_at_ms: int | None
    """When the safety numbers were compared."""
    answered: bool
    """Until he has answered once, every content to him carries the own card."""
    key_changed: bool
    """His device is another one than before, and the person has not been told yet."""
    created_ms: int
    last_seen_ms: int | None
    """The last sign of him."""
    next_order: int


class Contacts:
    """The contacts of a profile; every change is one transaction or joins the caller's."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._orders = Orders(database)

    def add(
        self,
        *,
        identity: bytes,
        name: str,
        card: bytes,
        card_version: int,
        device_key: bytes,
        mailbox: bytes,
        created_ms: int,
        state: ContactState = ContactState.ACCEPTED,
    ) -> Contact:
        """Add somebody; a name that is taken becomes `name (2)`.

        Raises ContactConflictError when the identity or the device is known already, and
        UserInputError for a name with nothing to see in it.
        """
        with self._database.transaction():
            self._refuse_known(identity, device_key)
            free_name = self._free_name(safe_name(name))
            contact_id = self._database.insert(
                "INSERT INTO contact (identity, name, name_key, card, card_version, device_key,"
                " mailbox, state, created_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(identity, free_name, name_key(free_name)),
                    *(card, card_version, device_key, mailbox, state, created_ms),
                ),
            )
            return self.get(contact_id)

    def import_row(self, contact: Contact) -> Contact:
        """Take over a contact of an export with all that is known of him; his id is given anew."""
        with self._database.transaction():
            added = self.add(
                identity=contact.identity,
                name=contact.name,
                card=contact.card,
                card_version=contact.card_version,
                device_key=contact.device_key,
                mailbox=contact.mailbox,
                created_ms=contact.created_ms,
                state=contact.state,
            )
            self._set(
                added.contact_id,
                "verified_at_ms = ?, answered = ?, key_changed = ?, last_seen_ms = ?,"
                " next_order = ?",
                contact.verified_at_ms,
                contact.answered,
                contact.key_changed,
                contact.last_seen_ms,
                contact.next_order,
            )
            return self.get(added.contact_id)

    def get(self, contact_id: int) -> Contact:
        """The contact of that id; UnknownContactError when there is none."""
        found = self._one("contact_id = ?", contact_id)
        if found is None:
            raise UnknownContactError("no such contact")
        return found

    def get_by_name(self, name: str) -> Contact | None:
        """The contact that is called so, without regard to case, or None."""
        return self._one("name_key = ?", name_key(name))

    def get_by_identity(self, identity: bytes) -> Contact | None:
        """The contact of that root key, or None."""
        return self._one("identity = ?", identity)

    def get_by_device_key(self, device_key: bytes) -> Contact | None:
        """The contact whose envelopes this key signs, or None."""
        return self._one("device_key = ?", device_key)

    def list(self, state: ContactState | None = None) -> tuple[Contact, ...]:
        """All contacts, or those of one state, by name."""
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM contact WHERE ?1 IS NULL OR state = ?1 ORDER BY name_key",
            (state,),
        )
        return tuple(_contact(row) for row in rows)

    def count(self, state: ContactState) -> int:
        """How many contacts are in that state."""
        return int(self._database.value("SELECT count(*) FROM contact WHERE state = ?", (state,)))

    def allowed_keys(self, limit: int = MAX_ALLOWED_KEYS) -> tuple[bytes, ...]:
        """Device keys of accepted contacts for the relay's ALLOW, the latest heard of first."""
        rows = self._database.rows(
            "SELECT device_key FROM contact WHERE state = ?"
            " ORDER BY coalesce(last_seen_ms, created_ms) DESC, contact_id LIMIT ?",
            (ContactState.ACCEPTED, limit),
        )
        return tuple(device_key for (device_key,) in rows)

    def rename(self, contact_id: int, name: str) -> Contact:
        """Give a contact another name; ContactConflictError when somebody else has it."""
        wanted = safe_name(name)
        with self._database.transaction():
            holder = self.get_by_name(wanted)
            if holder is not None and holder.contact_id != contact_id:
                raise ContactConflictError("another contact has that name")
            self._set(contact_id, "name = ?, name_key = ?", wanted, name_key(wanted))
            return self.get(contact_id)

    def remove(self, contact_id: int) -> None:
        """Forget a contact with his history, files and outbox; the seen rows stay."""
        with self._database.transaction():
            # First the messages: their triggers clear the search index and note files to delete.
            self._database.change("DELETE FROM message WHERE contact_id = ?", (contact_id,))
            if not self._database.change("DELETE FROM contact WHERE contact_id = ?", (contact_id,)):
                raise UnknownContactError("no such contact")

    def set_state(self, contact_id: int, state: ContactState) -> None:
        """Move a contact; what else a block or an acceptance does is in `requests.py`."""
        self._set(contact_id, "state = ?", state)

    def update_card(
        self, contact_id: int, *, card: bytes, card_version: int, device_key: bytes, mailbox: bytes
    ) -> CardChange:
        """Take over a newer card; the version only rises.

        A new device sets `key_changed`; a verification stays, because it is of the identity, and
        the identity signed the new device. Raises ContactConflictError when the device is that of
        another contact.
        """
        with self._database.transaction():
            known = self.get(contact_id)
            if (known.card_version, known.card) == (card_version, card):
                return CardChange.UNCHANGED
            if card_version <= known.card_version:
                return CardChange.REFUSED
            holder = self.get_by_device_key(device_key)
            if holder is not None and holder.contact_id != contact_id:
                raise ContactConflictError("that card names the device of another contact")
            changed = known.key_changed or device_key != known.device_key
            self._set(
                contact_id,
                "card = ?, card_version = ?, device_key = ?, mailbox = ?, key_changed = ?",
                *(card, card_version, device_key, mailbox, changed),
            )
            return CardChange.APPLIED

    def set_verified(self, contact_id: int, verified_at_ms: int) -> None:
        """The safety numbers were compared and match; also acknowledges a changed device."""
        self._set(contact_id, "verified_at_ms = ?, key_changed = 0", verified_at_ms)

    def clear_verified(self, contact_id: int) -> None:
        """Take back a verification."""
        self._set(contact_id, "verified_at_ms = NULL")

    def acknowledge_key_change(self, contact_id: int) -> None:
        """The person was told that the contact has another device."""
        self._set(contact_id, "key_changed = 0")

    def mark_answered(self, contact_id: int) -> None:
        """He has our card: it need not ride along any more."""
        self._set(contact_id, "answered = 1")

    def touch_seen(self, contact_id: int, seen_ms: int) -> None:
        """Note a sign of him; an older one than the last changes nothing."""
        self._set(contact_id, "last_seen_ms = max(coalesce(last_seen_ms, 0), ?)", seen_ms)

    def take_order(self, contact_id: int) -> int:
        """The next `order` number for a content to him; see `orders.py`."""
        return self._orders.take(contact_id)

    def note_order(self, contact_id: int, order_number: int) -> None:
        """Remember the `order` number of a content from him."""
        self._orders.note(contact_id, order_number)

    def gaps(self, contact_id: int) -> tuple[OrderGap, ...]:
        """The numbers of his that have not come."""
        return self._orders.gaps(contact_id)

    def _one(self, condition: str, value: Any) -> Contact | None:
        row = self._database.row(f"SELECT {_COLUMNS} FROM contact WHERE {condition}", (value,))
        return None if row is None else _contact(row)

    def _set(self, contact_id: int, assignments: str, *values: Any) -> None:
        if not self._database.change(
            f"UPDATE contact SET {assignments} WHERE contact_id = ?", (*values, contact_id)
        ):
            raise UnknownContactError("no such contact")

    def _refuse_known(self, identity: bytes, device_key: bytes) -> None:
        if self.get_by_identity(identity) is not None:
            raise ContactConflictError("that identity is a contact already")
        if self.get_by_device_key(device_key) is not None:
            raise ContactConflictError("that card names the device of another contact")

    def _free_name(self, name: str) -> str:
        candidate, number = name, 2
        while self.get_by_name(candidate) is not None:
            candidate, number = numbered_name(name, number), number + 1
        return candidate


def _contact(row: Row) -> Contact:
    (contact_id, identity, name, card, card_version, device_key, mailbox, *state_and_more) = row
    state, verified_at_ms, answered, key_changed, *times_and_order = state_and_more
    created_ms, last_seen_ms, next_order = times_and_order
    return Contact(
        contact_id,
        identity,
        name,
        card,
        card_version,
        device_key,
        mailbox,
        ContactState(state),
        verified_at_ms,
        bool(answered),
        bool(key_changed),
        created_ms,
        last_seen_ms,
        next_order,
    )
