from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client.kit import NOW_MS, PIN, RELAY, Scene, key_file_access, material, send
from tests.client.sending_kit import OTHER_RELAY
from whispr.client.export_rows import Former, export_lines, import_lines, read_former
from whispr.client.own_card import CARD
from whispr.client.own_card import RELAY as RELAY_SETTING
from whispr.client.places import FormerPlaces, former_places
from whispr.client.profile import Profile
from whispr.client.store.contacts import ContactState
from whispr.client.store.cursors import MESSAGES_PRINTED
from whispr.client.store.message import Direction, Fate, MessageKind
from whispr.client.store.profile_store import ProfileStore
from whispr.client.store.settings import MESSAGE_LIFE_MS, READ_RECEIPTS
from whispr.errors import CorruptFileError, UnsupportedFormatError


@pytest.fixture
def lines(people: Scene) -> list[bytes]:
    """What Bob exports after a lively day."""
    alice, bob, mallory = people.alice, people.bob, people.mallory
    contact = bob.contact(alice)
    bob.store.settings.set(READ_RECEIPTS, True)
    bob.store.settings.set(MESSAGE_LIFE_MS, 5)
    bob.store.contacts.set_verified(contact.contact_id, NOW_MS)
    bob.store.contacts.rename(contact.contact_id, "Änne 🌻")
    send(alice, bob, alice.content(body=b"one\nline", order=1))
    send(mallory, bob, mallory.content(body=b"two", with_card=mallory.card))
    bob.outgoing.text(contact, "three")
    send(alice, bob, alice.content(body=b"four", order=4))
    delivered = bob.outgoing.text(contact, "five")
    bob.store.history.advance_fate(delivered.content_id, contact.contact_id, Fate.DELIVERED)
    bob.store.cursors.advance(MESSAGES_PRINTED, 3)
    return list(export_lines(bob.profile))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ProfileStore]:
    """Empty, of another device."""
    keys = material("Bob", device=2)
    with Profile.create(tmp_path / "new", keys, PIN, key_file_access("new")) as profile:
        yield profile.store


def everything(store: ProfileStore) -> list[object]:
    """Comparable content of a database; ids are of no account."""
    contacts = {contact.contact_id: contact.name for contact in store.contacts.list()}
    rows = store.database.rows(
        "SELECT contact_id, direction, content_id, kind, text, sent_at_ms, stored_at_ms,"
        " order_number, fate, reason, verified, is_read FROM message ORDER BY message_id"
    )
    return [
        [(contacts[row[0]], *row[1:]) for row in rows],
        sorted(store.seen.iterate()),
        [
            (one.identity, one.name, one.card, one.card_version, one.state, one.verified_at_ms)
            for one in store.contacts.list()
        ],
    ]


def test_each_line_is_ascii_json_with_its_type_first(lines: list[bytes]) -> None:
    assert {json.loads(line)["type"] for line in lines} == {
        *("former", "setting", "contact", "message", "seen", "cursor")
    }
    for line in lines:
        assert line.isascii() and line.startswith(b'{"type":') and line.endswith(b"}\n")
        assert line.count(b"\n") == 1


def test_contacts_history_and_settings_are_taken_over(
    people: Scene, lines: list[bytes], store: ProfileStore
) -> None:
    import_lines(lines[1:], store)
    before, after = everything(people.bob.store), everything(store)
    assert after[1:] == before[1:]
    texts = [row[4] for row in after[0]]
    assert texts == ["one\nline", "two", "three", "four", "five"], "in the order they came"
    assert store.settings.get(READ_RECEIPTS) is True and store.settings.get(MESSAGE_LIFE_MS) == 5
    contact = store.contacts.get_by_name("Änne 🌻")
    assert contact is not None and contact.verified_at_ms == NOW_MS
    assert not contact.answered, "he has not the card of the new device yet"
    assert store.orders.counters(contact.contact_id) == (3, 4)
    assert store.contacts.gaps(contact.contact_id) == ()
    assert store.contacts.count(ContactState.REQUEST) == 1


def test_what_was_under_way_has_failed_and_what_arrived_has_not(
    lines: list[bytes], store: ProfileStore
) -> None:
    import_lines(lines[1:], store)
    contact = store.contacts.get_by_name("Änne 🌻")
    assert contact is not None
    fates = {
        message.text: (message.fate, bool(message.reason))
        for message in store.history.iterate(contact.contact_id)
        if message.direction is Direction.OUT
    }
    assert fates == {"three": (Fate.FAILED, True), "five": (Fate.DELIVERED, False)}
    assert store.outbox.pending() == ()


def test_what_was_printed_is_not_printed_again(lines: list[bytes], store: ProfileStore) -> None:
    import_lines(lines[1:], store)
    rest = store.history.after(store.cursors.get(MESSAGES_PRINTED), directions=(Direction.IN,))
    assert [message.text for message in rest] == ["four"]


def test_imported_twice_adds_nothing_twice(lines: list[bytes], store: ProfileStore) -> None:
    import_lines(lines[1:], store)
    before = everything(store)
    import_lines(lines[1:], store)
    assert everything(store) == before


def test_what_belongs_to_the_former_device_stays_there(
    people: Scene, lines: list[bytes], store: ProfileStore
) -> None:
    import_lines(lines[1:], store)
    assert store.settings.get(CARD) == b"" and store.settings.get(RELAY_SETTING) == ""
    assert people.bob.store.outbox.pending() != ()


def test_the_former_device_is_the_first_line(people: Scene, lines: list[bytes]) -> None:
    former = read_former(lines)
    assert former == Former(
        people.bob.profile.material, people.bob.card.data, people.bob.core.own_card.relay.text()
    )
    with pytest.raises(CorruptFileError, match="no keys"):
        read_former(lines[1:])
    with pytest.raises(CorruptFileError):
        read_former([])


@pytest.mark.parametrize(
    "line",
    [
        b"no json\n",
        b"[]\n",
        b'"text"\n',
        b"{}\n",
        b'{"type":"contact"}\n',
        b'{"type":"message","contact":"00"}\n',
        b'{"type":"seen","sender":"zz","content_id":"","forget_at_ms":1}\n',
    ],
)
def test_a_line_that_no_export_has_is_damage(store: ProfileStore, line: bytes) -> None:
    with pytest.raises(CorruptFileError):
        import_lines([line], store)


@pytest.mark.parametrize(
    "line", [b'{"type":"former"}\n', b'{"type":"former","material":"00","card":"","relay":""}\n']
)
def test_a_damaged_first_line_is_damage(line: bytes) -> None:
    with pytest.raises((CorruptFileError, UnsupportedFormatError)):
        read_former([line])


def test_types_fields_and_kinds_of_a_later_version_do_no_harm(
    lines: list[bytes], store: ProfileStore
) -> None:
    later = [b'{"type":"group","members":[]}\n']
    for line in lines[1:]:
        row = json.loads(line) | {"invented later": {"deeply": [1]}}
        if row["type"] == "message" and row["text"] == "four":
            row["kind"] = 77
        later.append(json.dumps(row).encode())
    import_lines(later, store)
    contact = store.contacts.get_by_name("Änne 🌻")
    assert contact is not None
    kinds = [message.kind for message in store.history.iterate(contact.contact_id)]
    assert kinds.count(MessageKind.UNSUPPORTED) == 1 and len(kinds) == 4


def test_where_the_former_mailbox_lay_is_told_to_the_new_device_alone(
    people: Scene, store: ProfileStore
) -> None:
    bob = people.bob
    FormerPlaces(bob.store.settings).note_move(OTHER_RELAY, RELAY, NOW_MS)
    lines = list(export_lines(bob.profile))
    (place,) = former_places(read_former(lines).former_relays)
    assert place.relay == OTHER_RELAY
    import_lines(lines[1:], store)
    assert FormerPlaces(store.settings).current(NOW_MS) == ()


def test_repr_shows_neither_keys_nor_token() -> None:
    former = Former(material("Bob"), b"a card", "whispr://pin:dG9rZW4@relay.example")
    assert "dG9rZW4" not in repr(former) and "a card" not in repr(former)
    assert material("Bob").root_seed.hex() not in repr(former)
