"""The export of a profile: one file under a passphrase, to move to another computer or to keep.

    "WSPX" 4 | version u8 = 1 | key file length u16 | key file | header 65 | parts

The key file (`crypto/key_file.py`, Argon2id) holds a random key and the size of the content; header
and parts are those of an attachment (`crypto/attachment_cipher.py`). What is inside is described
in `export_rows.py`. An import is always a new device: see `account.py`.
"""

from __future__ import annotations

import io
import os
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from whispr.client.account import new_device_material
from whispr.client.crypto.attachment_cipher import EncryptingReader, PartOpener
from whispr.client.crypto.attachment_header import (
    HEADER_BYTES,
    KEY_BYTES,
    NONCE_PREFIX_BYTES,
    AttachmentKey,
)
from whispr.client.crypto.kdf import (
    SALT_BYTES,
    Argon2idParameters,
    DeriveMaster,
    KdfBounds,
    KdfParameters,
    derive_master,
)
from whispr.client.crypto.key_file import NONCE_BYTES, open_key_file, seal_key_file
from whispr.client.crypto.secret_strength import require_acceptable
from whispr.client.export_rows import Former, export_lines, import_lines, read_former
from whispr.client.places import former_places
from whispr.client.private_file import read_private, write_private
from whispr.client.profile import KeyFileAccess, Profile
from whispr.client.store.settings import Setting
from whispr.client.twin import REPLACED_CARD
from whispr.errors import (
    CorruptFileError,
    CryptoError,
    UnsupportedFormatError,
    UserInputError,
    WeakSecretError,
)
from whispr.protocol.address import RelayAddress
from whispr.protocol.card import parse_card
from whispr.protocol.limits import PART_BYTES

if TYPE_CHECKING:
    from pathlib import Path

    from whispr.client.store.profile_store import ProfileStore

MAGIC = b"WSPX"
FORMAT_VERSION = 1
MAX_EXPORT_BYTES = 1 << 30
CARD_TO_ANNOUNCE = Setting("card_to_announce", False)
"""Set by an import: every contact has yet to hear of the new device."""
_HEAD = struct.Struct(">4sBH")
_SIZE = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class ExportAccess:
    """How exports are sealed; tests give cheap parameters."""

    kdf: KdfParameters = field(
        default_factory=lambda: Argon2idParameters(passes=4, memory_kib=1024 * 1024)
    )
    """libsodium's SENSITIVE: four passes over 1 GiB."""
    bounds: KdfBounds = field(default_factory=KdfBounds)
    derive: DeriveMaster = derive_master
    random_bytes: Callable[[int], bytes] = os.urandom


def export_profile(
    profile: Profile, target: Path, passphrase: str, access: ExportAccess | None = None
) -> None:
    """Write an export; takes seconds and 1 GiB of memory, so call it in a thread.

    Raises:
        WeakSecretError: a passphrase that is too easy to guess, or a PIN.
        StorageError: the file cannot be written.
        FileTooLargeError: more than 268 MB, which no import takes.
    """
    access = access or ExportAccess()
    if passphrase.isdigit():
        raise WeakSecretError("an export leaves this computer: protect it with a passphrase")
    require_acceptable(passphrase, person_name=profile.material.name)
    content = b"".join(export_lines(profile))
    key = access.random_bytes(KEY_BYTES)
    key_file = seal_key_file(
        key + _SIZE.pack(len(content)),
        passphrase,
        kdf=access.kdf,
        salt=access.random_bytes(SALT_BYTES),
        nonce=access.random_bytes(NONCE_BYTES),
        bounds=access.bounds,
        derive=access.derive,
    )
    reader = EncryptingReader(
        io.BytesIO(content),
        len(content),
        AttachmentKey(key),
        access.random_bytes(NONCE_PREFIX_BYTES),
    )
    head = _HEAD.pack(MAGIC, FORMAT_VERSION, len(key_file)) + key_file
    write_private(target, b"".join((head, reader.header.encode(), *reader)))


def import_profile(
    folder: Path,
    source: Path,
    passphrase: str,
    secret: str,
    *,
    relay: RelayAddress | None = None,
    access: KeyFileAccess | None = None,
    export_access: ExportAccess | None = None,
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
) -> Profile:
    """Make a profile of an export: the same person on a new device, under a PIN of its own.

    `relay` is where the new mailbox is; by default where the former one was.

    Raises:
        WrongPinError: another passphrase. CorruptFileError: damaged.
        ProfileExistsError, WeakSecretError, UserInputError.
    """
    access = access or KeyFileAccess()
    lines = _open_export(source, passphrase, export_access or ExportAccess())
    former = read_former(lines)
    former_relay = RelayAddress.parse(former.relay_address)
    card = parse_card(former.card) if former.card else None
    material = new_device_material(
        former.material,
        relay or former_relay,
        name=card.name if card else former.material.name,
        card_version=card.card_version if card else former.material.card_version,
        former_relay=former_relay,
        former_places=former_places(former.former_relays),
        now_ms=now_ms(),
        random_bytes=access.random_bytes,
    )

    def fill(store: ProfileStore) -> None:
        import_lines(lines[1:], store)
        _note_former(store, former)

    return Profile.create(folder, material, secret, access, fill=fill)


def _note_former(store: ProfileStore, former: Former) -> None:
    if former.card:
        store.settings.set(REPLACED_CARD, former.card)
    store.settings.set(CARD_TO_ANNOUNCE, True)


def _open_export(source: Path, passphrase: str, access: ExportAccess) -> list[bytes]:
    data = read_private(source, max_bytes=MAX_EXPORT_BYTES)
    if data is None:
        raise UserInputError(f"there is no file {source}")
    if len(data) < _HEAD.size:
        raise CorruptFileError("not an export of whispr")
    magic, version, key_file_bytes = _HEAD.unpack_from(data)
    if magic != MAGIC:
        raise CorruptFileError("not an export of whispr")
    if version != FORMAT_VERSION:
        raise UnsupportedFormatError("an export of a newer version of whispr")
    key_file, rest = data[_HEAD.size :][:key_file_bytes], data[_HEAD.size + key_file_bytes :]
    payload = open_key_file(key_file, passphrase, bounds=access.bounds, derive=access.derive)
    if len(payload) != KEY_BYTES + _SIZE.size:
        raise CorruptFileError("not an export of whispr")
    (size_bytes,) = _SIZE.unpack(payload[KEY_BYTES:])
    return _open_parts(rest, payload[:KEY_BYTES], size_bytes).splitlines()


def _open_parts(data: bytes, key: bytes, size_bytes: int) -> bytes:
    header, body = data[:HEADER_BYTES], data[HEADER_BYTES:]
    parts = [body[start : start + PART_BYTES] for start in range(0, len(body), PART_BYTES)]
    try:
        opener = PartOpener(header, AttachmentKey(key), size_bytes)
        if opener.part_count != len(parts):
            raise CorruptFileError("the export is cut short")
        return b"".join(opener.open_part(index, part) for index, part in enumerate(parts))
    except CryptoError as error:
        raise CorruptFileError("the export is damaged") from error
