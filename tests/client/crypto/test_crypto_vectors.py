"""Committed vectors of keys, suite 1, padding, attachments and key files, against two codes.

Each is computed by `whispr` and by `reference`, which shares nothing with it; so a mistake of both
would have to be the same one.
"""

from __future__ import annotations

import fractions
import hashlib
import hmac
import io
import struct
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from tests.client.crypto import reference
from tests.protocol.vectors import load
from whispr import errors
from whispr.client.crypto import kdf, key_file, padding, suite1
from whispr.client.crypto.attachment_cipher import EncryptingReader, PartOpener
from whispr.client.crypto.attachment_header import AttachmentHeader, AttachmentKey
from whispr.client.crypto.box import seal
from whispr.client.crypto.identity import OwnIdentity
from whispr.client.crypto.key_material import (
    KeyMaterial,
    decode_key_material,
    encode_key_material,
)
from whispr.client.crypto.safety_number import safety_number
from whispr.protocol import envelope as envelopes
from whispr.protocol.bech32m import identity_text, parse_identity
from whispr.protocol.signatures import check_public_key

KEYS, SUITE_1, PADDING = load("keys"), load("suite1"), load("padding")
ATTACHMENTS, KEY_FILES = load("attachment"), load("key_file")
Vector = dict[str, Any]


def named(vector: Vector) -> str:
    return str(vector["name"])


def data(vector: Vector, key: str) -> bytes:
    return bytes.fromhex(vector[key])


def person(name: str) -> Vector:
    (found,) = [each for each in KEYS["people"] if each["name"] == name]
    return dict(found)


def own_identity(vector: Vector) -> OwnIdentity:
    return OwnIdentity(
        KeyMaterial(
            root_seed=data(vector, "root_seed"),
            device_id=vector["device_id"],
            device_seed=data(vector, "device_seed"),
            box_secret=data(vector, "box_secret"),
            mailbox_seed=data(vector, "mailbox_seed"),
            database_key=bytes(32),
            name=vector["name"],
            card_version=1,
            created_ms=0,
            relay_address="whispr://relay.example.org",
            access_token=b"",
        )
    )


def ed25519_public(seed: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


@pytest.mark.parametrize("vector", KEYS["people"], ids=named)
def test_keys_from_seeds(vector: Vector) -> None:
    own = own_identity(vector)
    assert own.identity.hex() == vector["identity"]
    assert own.device.public.hex() == vector["device_key"]
    assert own.mailbox.public.hex() == vector["mailbox_key"]
    assert own.mailbox_id.hex() == vector["mailbox"]
    assert own.box.public.hex() == vector["box_key"]
    assert identity_text(own.identity) == vector["identity_text"]
    assert parse_identity(vector["identity_text"]) == own.identity


@pytest.mark.parametrize("vector", KEYS["people"], ids=named)
def test_keys_from_seeds_by_the_reference(vector: Vector) -> None:
    for seed, key in (("root", "identity"), ("device", "device_key"), ("mailbox", "mailbox_key")):
        assert ed25519_public(data(vector, f"{seed}_seed")).hex() == vector[key]
    mailbox = hashlib.sha256(b"whispr/1/mailbox\0" + data(vector, "mailbox_key"))
    assert mailbox.hexdigest() == vector["mailbox"]
    assert reference.x25519_public(data(vector, "box_secret")).hex() == vector["box_key"]


def test_safety_number() -> None:
    expected = KEYS["safety_number"]
    first, second = data(expected, "first"), data(expected, "second")
    assert safety_number(first, second) == safety_number(second, first) == expected["digits"]
    halves = []
    for identity in (first, second):
        digest = hashlib.sha512(b"whispr/1/safety\0\x00\x01" + identity).digest()
        for _ in range(5_199):
            digest = hashlib.sha512(digest + identity).digest()
        chunks = struct.unpack_from(">" + "BI" * 6, digest)
        values = zip(chunks[::2], chunks[1::2], strict=True)
        halves.append("".join(f"{((high << 32) + low) % 100_000:05}" for high, low in values))
    assert "".join(sorted(halves)) == expected["digits"]


def test_relay_id() -> None:
    relay = KEYS["relay"]
    info = data(relay, "subject_public_key_info")
    assert hashlib.sha256(info).hexdigest() == relay["relay_id"]
    assert info[-32:].hex() == person("Alice")["device_key"]


@pytest.mark.parametrize("key", KEYS["refused_ed25519"])
def test_signing_keys_of_small_order_are_refused(key: str) -> None:
    with pytest.raises(errors.InvalidKeyError):
        check_public_key(bytes.fromhex(key))


@pytest.mark.parametrize("key", KEYS["refused_x25519"])
def test_box_keys_of_low_order_are_refused(key: str) -> None:
    with pytest.raises(errors.InvalidKeyError):
        seal(b"", bytes.fromhex(key))


def signing_input(vector: Vector) -> bytes:
    sender, to = person(SUITE_1["sender"]), person(SUITE_1["recipient"])
    return b"".join(
        (
            b"whispr/1/s1\0",
            bytes((1, vector["flags"])),
            data(sender, "identity") + sender["device_id"].to_bytes(4) + data(sender, "device_key"),
            data(to, "identity") + data(to, "mailbox") + bytes(4) + data(to, "box_key"),
            data(vector, "envelope_id") + vector["time_ms"].to_bytes(8),
            hashlib.sha256(data(vector, "padded")).digest(),
        )
    )


@pytest.mark.parametrize("vector", SUITE_1["vectors"], ids=named)
def test_suite_1_opens(vector: Vector) -> None:
    sender, recipient = person(SUITE_1["sender"]), own_identity(person(SUITE_1["recipient"]))
    envelope = envelopes.decode(data(vector, "envelope"))
    envelope.verify()
    assert suite1.open_content(envelope, recipient) == suite1.Opened(
        data(sender, "identity"),
        sender["device_id"],
        data(sender, "device_key"),
        data(vector, "content"),
    )


@pytest.mark.parametrize("vector", SUITE_1["vectors"], ids=named)
def test_suite_1_seals(vector: Vector, monkeypatch: pytest.MonkeyPatch) -> None:
    """libsodium draws the ephemeral key itself, so here the reference seals with the given one."""
    secret = data(vector, "ephemeral_secret")
    monkeypatch.setattr(
        suite1, "seal", lambda message, key: reference.sealed_box(message, key, secret)
    )
    sender = own_identity(person(SUITE_1["sender"]))
    to = person(SUITE_1["recipient"])
    binding = suite1.Binding(
        flags=vector["flags"],
        recipient=data(to, "identity"),
        mailbox=data(to, "mailbox"),
        box_key=data(to, "box_key"),
        envelope_id=data(vector, "envelope_id"),
        time_ms=vector["time_ms"],
    )
    ciphertext = suite1.seal_content(data(vector, "content"), sender, binding)
    assert ciphertext.hex() == vector["ciphertext"]
    envelope = envelopes.make(
        sender.device,
        suite=1,
        flags=envelopes.EnvelopeFlag(vector["flags"]),
        relay_id=data(vector, "relay_id"),
        mailbox=binding.mailbox,
        envelope_id=binding.envelope_id,
        time_ms=binding.time_ms,
        ttl_ms=vector["ttl_ms"],
        ciphertext=ciphertext,
    )
    assert envelope.data.hex() == vector["envelope"]


@pytest.mark.parametrize("vector", SUITE_1["vectors"], ids=named)
def test_suite_1_by_the_reference(vector: Vector) -> None:
    sender, to = person(SUITE_1["sender"]), person(SUITE_1["recipient"])
    assert signing_input(vector).hex() == vector["signing_input"]
    key = Ed25519PrivateKey.from_private_bytes(data(sender, "device_seed"))
    inner = b"".join(
        (
            b"\1" + data(sender, "identity") + sender["device_id"].to_bytes(4),
            data(sender, "device_key") + bytes(4) + key.sign(signing_input(vector)),
            data(vector, "padded"),
        )
    )
    assert inner.hex() == vector["inner"]
    sealed = reference.sealed_box(inner, data(to, "box_key"), data(vector, "ephemeral_secret"))
    assert sealed.hex() == vector["ciphertext"]
    assert reference.sealed_box_open(sealed, data(to, "box_secret")) == inner
    envelope = data(vector, "envelope")
    assert envelope[128:-64] == sealed
    outer = b"whispr/1/send\0" + envelope[:128] + len(sealed).to_bytes(4)
    key.public_key().verify(envelope[-64:], outer + hashlib.sha256(sealed).digest())


@pytest.mark.parametrize("vector", SUITE_1["refused"], ids=named)
def test_suite_1_refuses(vector: Vector) -> None:
    envelope = envelopes.decode(data(vector, "envelope"))
    envelope.verify()
    with pytest.raises(errors.WhisprError) as caught:
        suite1.open_content(envelope, own_identity(person(SUITE_1["recipient"])))
    assert type(caught.value).__name__ == vector["error"]


def exact_size(length: int) -> int:
    """The rule of docs/protocol.md §12 in the words of the paper, with exact fractions."""
    if length <= 16_384:
        return next(size for size in (2**power for power in range(8, 15)) if size >= length)
    exponent = next(power for power in range(64) if 2 ** (power + 1) > length)
    kept = next(power for power in range(64) if 2 ** (power + 1) > exponent) + 1
    step = 2 ** (exponent - kept)
    return -int(-fractions.Fraction(length, step) // 1) * step


@pytest.mark.parametrize(("size", "padded"), PADDING["content_sizes"])
def test_padded_sizes_of_contents(size: int, padded: int) -> None:
    assert padding.padded_size(size) == exact_size(size + 1) == padded


@pytest.mark.parametrize(("size", "padded"), PADDING["file_sizes"])
def test_padded_sizes_of_files(size: int, padded: int) -> None:
    assert padding.padded_file_size(size) == exact_size(max(size, 1)) == padded


@pytest.mark.parametrize("vector", PADDING["vectors"], ids=lambda vector: vector["content"][:8])
def test_padding(vector: Vector) -> None:
    content = data(vector, "content")
    assert padding.pad(content).hex() == vector["padded"]
    assert padding.unpad(data(vector, "padded")) == content
    size = exact_size(len(content) + 1)
    assert (content + b"\x80" + bytes(size - len(content) - 1)).hex() == vector["padded"]


@pytest.mark.parametrize("vector", PADDING["refused"], ids=named)
def test_wrong_padding_is_refused(vector: Vector) -> None:
    with pytest.raises(errors.MalformedContentError):
        padding.unpad(data(vector, "padded"))


def test_what_is_too_long_is_not_padded() -> None:
    assert len(padding.pad(bytes(PADDING["too_long"] - 1))) == PADDING["too_long"]
    with pytest.raises(errors.TextTooLongError):
        padding.pad(bytes(PADDING["too_long"]))


def file_of(vector: Vector) -> bytes:
    return bytes(index % 251 for index in range(vector["size_bytes"]))


def reference_parts(vector: Vector) -> list[bytes]:
    padded = file_of(vector).ljust(vector["padded_bytes"], b"\0")
    chunks = [padded[start : start + 65_456] for start in range(0, len(padded), 65_456)]
    associated = hashlib.sha256(data(vector, "header")).digest()
    key = reference.hkdf(data(vector, "key"), b"whispr/1/att/key")
    assert key.hex() == vector["part_key"]
    nonces = (
        data(vector, "nonce_prefix") + index.to_bytes(7) + bytes((index == len(chunks) - 1,))
        for index in range(len(chunks))
    )
    return [
        reference.xchacha20poly1305(key, nonce, chunk, associated)
        for nonce, chunk in zip(nonces, chunks, strict=True)
    ]


@pytest.mark.parametrize("vector", ATTACHMENTS["vectors"], ids=named)
def test_attachment_is_encrypted(vector: Vector) -> None:
    reader = EncryptingReader(
        io.BytesIO(file_of(vector)),
        vector["size_bytes"],
        AttachmentKey(data(vector, "key")),
        data(vector, "nonce_prefix"),
    )
    parts = list(reader)
    assert reader.header.encode().hex() == vector["header"]
    assert [len(part) for part in parts] == vector["part_sizes"]
    assert [hashlib.sha256(part).hexdigest() for part in parts] == vector["part_sha256"]
    assert reader.file_digest().hex() == vector["file_sha256"]
    assert parts == reference_parts(vector)
    if "parts" in vector:
        assert [part.hex() for part in parts] == vector["parts"]


@pytest.mark.parametrize("vector", ATTACHMENTS["vectors"], ids=named)
def test_attachment_opens(vector: Vector) -> None:
    key = AttachmentKey(data(vector, "key"))
    opener = PartOpener(data(vector, "header"), key, vector["size_bytes"])
    parts = reference_parts(vector)
    opened = [opener.open_part(index, part) for index, part in enumerate(parts)]
    assert b"".join(opened) == file_of(vector)
    assert hashlib.sha256(b"".join(opened)).hexdigest() == vector["file_sha256"]
    for index, part in enumerate(parts):
        with pytest.raises(errors.DecryptionError):
            opener.open_part(index, part[:-1] + bytes((part[-1] ^ 1,)))


@pytest.mark.parametrize("vector", ATTACHMENTS["vectors"], ids=named)
def test_header_and_id_of_an_attachment_by_the_reference(vector: Vector) -> None:
    commitment = reference.hkdf(data(vector, "key"), b"whispr/1/att/commit")
    assert commitment.hex() == vector["commitment"]
    sizes = struct.pack(">IQ", 65_472, vector["padded_bytes"])
    header = b"WSPA\1" + commitment + data(vector, "nonce_prefix") + sizes
    assert header.hex() == vector["header"]
    assert AttachmentHeader.decode(header).padded_bytes == vector["padded_bytes"]
    hashes = b"".join(map(bytes.fromhex, vector["part_sha256"]))
    total = struct.pack(">QI", sum(vector["part_sizes"]), 65_472)
    named_by = b"whispr/1/blob\0" + hashlib.sha256(header).digest() + total + hashes
    assert hashlib.sha256(named_by).hexdigest() == vector["blob_id"]
    assert sum(vector["part_sizes"]) == vector["blob_bytes"]


def parameters_of(vector: Vector) -> kdf.KdfParameters:
    return kdf.decode_parameters(vector["kdf"], struct.pack(">III", *vector["parameters"]))


def device_secret(vector: Vector) -> bytes | None:
    return bytes.fromhex(vector["device_secret"]) if vector["device_secret"] else None


@pytest.mark.parametrize("vector", KEY_FILES["vectors"], ids=named)
def test_key_file_is_written_and_read(vector: Vector) -> None:
    written = key_file.seal_key_file(
        data(vector, "payload"),
        vector["secret"],
        kdf=parameters_of(vector),
        salt=data(vector, "salt"),
        nonce=data(vector, "nonce"),
        device_secret=device_secret(vector),
    )
    assert written.hex() == vector["file"]
    payload = key_file.open_key_file(written, vector["secret"], device_secret(vector))
    assert payload.hex() == vector["payload"]
    assert encode_key_material(decode_key_material(payload)) == payload


def reference_master(vector: Vector) -> bytes:
    first, second, third = vector["parameters"]
    secret, salt = vector["secret"].encode(), data(vector, "salt")
    if vector["kdf"] == 1:
        needed = 256 * second * (1 << first)
        return hashlib.scrypt(
            secret, salt=salt, n=1 << first, r=second, p=third, maxmem=needed, dklen=64
        )
    argon2 = Argon2id(salt=salt[:16], length=64, iterations=first, memory_cost=second, lanes=third)
    return argon2.derive(secret)


@pytest.mark.parametrize("vector", KEY_FILES["vectors"], ids=named)
def test_key_file_by_the_reference(vector: Vector) -> None:
    master, flags = reference_master(vector), 0
    if secret := device_secret(vector):
        flags = 1
        master = reference.hkdf(master, b"whispr/1/keyfile/device", salt=secret, length=64)
    header = b"WSPK" + bytes((1, vector["kdf"], flags)) + struct.pack(">III", *vector["parameters"])
    header += data(vector, "salt") + data(vector, "nonce")
    box = reference.secretbox(master[:32], data(vector, "nonce"), data(vector, "payload"))
    check = hmac.digest(master[32:], header + box, "sha256")
    assert (header + box + check).hex() == vector["file"]


@pytest.mark.parametrize("vector", KEY_FILES["refused"], ids=named)
def test_key_file_is_refused(vector: Vector) -> None:
    with pytest.raises(errors.WhisprError) as caught:
        key_file.open_key_file(data(vector, "file"), KEY_FILES["secret_of_refused"])
    assert type(caught.value).__name__ == vector["error"]
