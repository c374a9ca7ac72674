"""An export is one file under a passphrase; an import is always a new device."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.client.kit import (
    DAY_MS,
    NOW_MS,
    PASSPHRASE,
    PIN,
    RELAY,
    Scene,
    export_access,
    key_file_access,
    material,
    open_person,
    seeded,
    send,
)
from tests.client.test_receiver import owed
from whispr.client.content import ContentType
from whispr.client.crypto.attachment_header import HEADER_BYTES
from whispr.client.crypto.kdf import Argon2idParameters
from whispr.client.export_file import (
    CARD_TO_ANNOUNCE,
    ExportAccess,
    export_profile,
    import_profile,
)
from whispr.client.profile import Profile, ProfilePaths
from whispr.client.store.outbox_row import OutboxKind
from whispr.client.twin import REPLACED_CARD
from whispr.errors import (
    CorruptFileError,
    ProfileExistsError,
    StorageError,
    UnsupportedFormatError,
    UserInputError,
    WeakSecretError,
    WrongPinError,
)
from whispr.protocol.address import RelayAddress
from whispr.protocol.limits import PART_BYTES

WEEK_MS = 7 * DAY_MS


@pytest.fixture
def exported(people: Scene, tmp_path: Path) -> Path:
    """Bob's export, with a text of Alice in it."""
    send(people.alice, people.bob, people.alice.content(body=b"before", life_ms=30 * DAY_MS))
    export_profile(people.bob.profile, tmp_path / "bob.wspx", PASSPHRASE, export_access())
    return tmp_path / "bob.wspx"


@pytest.fixture
def imported(tmp_path: Path) -> Callable[..., Profile]:
    def make(
        source: Path, name: str = "new", passphrase: str = PASSPHRASE, **more: object
    ) -> Profile:
        return import_profile(
            tmp_path / name,
            source,
            passphrase,
            PIN,
            access=key_file_access(name),
            export_access=export_access(),
            now_ms=lambda: NOW_MS + WEEK_MS,
            **more,
        )

    return make


Imported = Callable[..., Profile]


def test_a_week_old_export_is_a_new_device_of_the_same_person(
    people: Scene, exported: Path, imported: Imported
) -> None:
    old = people.bob
    with imported(exported) as profile:
        keys = profile.material
        assert profile.identity.identity == old.identity.identity
        assert keys.device_id == old.profile.material.device_id + 1
        assert profile.identity.device.public != old.identity.device.public
        assert profile.identity.box.public != old.identity.box.public
        assert profile.identity.mailbox_id != old.identity.mailbox_id
        assert keys.database_key != old.profile.material.database_key
        assert keys.card_version > old.card.card_version
        (previous,) = keys.previous_mailboxes
        assert previous.mailbox_seed == old.profile.material.mailbox_seed
        assert previous.until_ms == NOW_MS + WEEK_MS + 30 * DAY_MS
        assert profile.store.settings.get(REPLACED_CARD) == old.card.data
        assert profile.store.settings.get(CARD_TO_ANNOUNCE) is True
        assert RelayAddress.parse(keys.relay_address) == RELAY


def test_both_directions_work_and_nothing_is_shown_twice(
    people: Scene, exported: Path, imported: Imported
) -> None:
    alice, old = people.alice, people.bob
    (row,) = old.store.history.conversation(old.contact(alice).contact_id)
    with imported(exported) as profile:
        new = open_person(profile, "bob 2", NOW_MS + WEEK_MS)
        for someone in (alice, old):
            someone.pass_ms(WEEK_MS)
        assert new.card.card_version > alice.contact(old).card_version
        # The announced card, as every contact gets it; then a text that carries it as well.
        send(new, alice, new.content(ContentType.CARD, new.card.data))
        assert alice.contact(new).device_key == new.identity.device.public
        send(new, alice, new.content(body=b"from the new machine"))
        assert alice.texts(new) == ["Bob uses a new device", "from the new machine"]
        # Alice sends again what Bob had, sealed to the new device.
        send(alice, new, alice.content(body=b"before", content_id=row.content_id))
        send(alice, new, alice.content(body=b"after"))
        assert new.texts(alice) == ["before", "after"]
        # The old twin hears of it by the new card, sealed to himself.
        send(new, old, new.content(ContentType.CARD, new.card.data))
        assert old.reactions.moved == 1


def test_the_new_card_is_for_every_contact(exported: Path, imported: Imported) -> None:
    with imported(exported) as profile:
        new = open_person(profile, "bob 2", NOW_MS + WEEK_MS)
        for contact in new.store.contacts.list():
            new.outgoing.card(contact.contact_id)
            assert not contact.answered, "and rides along until he has answered"
        assert [card.body for card in owed(new, OutboxKind.CARD)] == [new.card.data]


def test_another_relay_may_be_chosen(exported: Path, imported: Imported) -> None:
    elsewhere = RelayAddress("elsewhere.example", 443, (seeded("elsewhere"),), b"token")
    with imported(exported, relay=elsewhere) as profile:
        assert RelayAddress.parse(profile.material.relay_address) == elsewhere
        (previous,) = profile.material.previous_mailboxes
        assert RelayAddress.parse(previous.relay_address) == RELAY


def test_the_new_profile_has_a_pin_of_its_own(
    exported: Path, imported: Imported, tmp_path: Path
) -> None:
    imported(exported).close()
    with pytest.raises(WrongPinError):
        Profile.unlock(tmp_path / "new", PASSPHRASE, key_file_access("new"))
    Profile.unlock(tmp_path / "new", PIN, key_file_access("new")).close()


def test_a_second_import_takes_another_folder_and_is_another_device(
    exported: Path, imported: Imported
) -> None:
    with imported(exported) as first:
        with pytest.raises(StorageError):
            imported(exported)
        with imported(exported, "newer") as second:
            assert first.identity.device.public != second.identity.device.public
            assert first.identity.identity == second.identity.identity


def test_an_existing_profile_is_not_touched(exported: Path, imported: Imported) -> None:
    imported(exported).close()
    with pytest.raises(ProfileExistsError):
        imported(exported)


@pytest.mark.parametrize("secret", [PIN, "48291576301", "password", "aaaaaaaaaaaa"])
def test_a_pin_or_a_weak_passphrase_protects_no_export(
    people: Scene, tmp_path: Path, secret: str
) -> None:
    target = tmp_path / "weak.wspx"
    with pytest.raises(WeakSecretError) as caught:
        export_profile(people.bob.profile, target, secret, export_access())
    assert not target.exists() and secret not in str(caught.value)


def test_a_wrong_passphrase_opens_nothing(
    exported: Path, imported: Imported, tmp_path: Path
) -> None:
    with pytest.raises(WrongPinError):
        imported(exported, passphrase=PASSPHRASE + "!")
    assert not ProfilePaths(tmp_path / "new").exists


def test_every_changed_byte_is_noticed(exported: Path, imported: Imported, tmp_path: Path) -> None:
    """Sampled: every byte of the head and the key file, then each 13th, and the last ones."""
    whole = exported.read_bytes()
    end = len(whole)
    for index in [*range(260), *range(260, end, 13), *range(end - 20, end)]:
        changed = bytearray(whole)
        changed[index] ^= 0x10
        exported.write_bytes(bytes(changed))
        with pytest.raises((CorruptFileError, WrongPinError, UnsupportedFormatError)):
            imported(exported)
    assert not (tmp_path / "new").exists()


def test_every_cut_is_noticed_and_so_is_every_addition(exported: Path, imported: Imported) -> None:
    whole = exported.read_bytes()
    for length in [*range(320), *range(320, len(whole), 37), len(whole) - 1]:
        exported.write_bytes(whole[:length])
        with pytest.raises((CorruptFileError, WrongPinError)):
            imported(exported)
    exported.write_bytes(whole + b"\0")
    with pytest.raises(CorruptFileError):
        imported(exported)


def test_whole_parts_that_are_missing_or_swapped_are_noticed(
    people: Scene, imported: Imported, tmp_path: Path
) -> None:
    for number in range(4):
        people.bob.outgoing.text(people.bob.contact(people.alice), f"{number}" * 48_000)
    source = tmp_path / "long.wspx"
    export_profile(people.bob.profile, source, PASSPHRASE, export_access())
    whole = source.read_bytes()
    start = 7 + int.from_bytes(whole[5:7], "big") + HEADER_BYTES
    head, body = whole[:start], whole[start:]
    parts = [body[at : at + PART_BYTES] for at in range(0, len(body), PART_BYTES)]
    assert len(parts) >= 3
    swapped = [parts[1], parts[0], *parts[2:]]
    for changed in (parts[:-1], parts[:1], [], parts[1:], [*parts, parts[-1]], swapped):
        source.write_bytes(head + b"".join(changed))
        with pytest.raises(CorruptFileError):
            imported(source)
    source.write_bytes(whole)
    imported(source).close()


def test_what_is_no_export_or_a_newer_one_is_said(
    exported: Path, imported: Imported, tmp_path: Path
) -> None:
    with pytest.raises(UserInputError):
        imported(tmp_path / "nowhere")
    whole = exported.read_bytes()
    exported.write_bytes(whole[:4] + b"\x02" + whole[5:])
    with pytest.raises(UnsupportedFormatError):
        imported(exported)


def test_nothing_in_the_file_can_be_read(people: Scene, exported: Path) -> None:
    data = exported.read_bytes()
    keys = people.bob.profile.material
    for secret in (
        b"before",
        b"Alice",
        b"Bob",
        b"relay.example",
        keys.root_seed,
        keys.mailbox_seed,
    ):
        assert secret not in data and secret.hex().encode() not in data
    assert data[:5] == b"WSPX\x01"
    (length,) = struct.unpack(">H", data[5:7])
    assert data[7:11] == b"WSPK" and len(data) > 7 + length


def test_the_real_parameters_are_those_of_the_design() -> None:
    assert ExportAccess().kdf == Argon2idParameters(passes=4, memory_kib=1 << 20)
    assert material("Bob").root_seed.hex() not in repr(ExportAccess())
