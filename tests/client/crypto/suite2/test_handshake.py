from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt

from tests.client.crypto.suite2 import suite2_reference
from tests.client.crypto.suite2.ends import Device, flipped
from tests.client.kit import material, seeded
from tests.protocol.small_order import X25519_SPELLINGS
from tests.protocol.vectors import load
from whispr.client.crypto import box
from whispr.client.crypto.box import BoxKey
from whispr.client.crypto.hkdf import hkdf_sha256
from whispr.client.crypto.identity import OwnIdentity
from whispr.client.crypto.key_material import KeyMaterial
from whispr.client.crypto.suite2.bundle import Bundle, ClaimedPrekeys, open_bundle
from whispr.client.crypto.suite2.handshake import Agreed, initiate, respond
from whispr.client.crypto.suite2.handshake_block import HandshakeBlock
from whispr.client.crypto.suite2.keys import KemKey
from whispr.client.crypto.suite2.party import OwnParty
from whispr.client.crypto.suite2.prekey import Prekey, PrekeyKind, PrekeySecret
from whispr.errors import DecryptionError, InvalidKeyError
from whispr.protocol.signing import LABEL_S2_HEADER, sha256

ALICE, BOB = Device("Alice"), Device("Bob")
PREKEYS = list(BOB.prekeys.values())
EPHEMERAL = seeded("ephemeral")
VECTORS = load("suite2_handshake")


def begun(bundle: Bundle | None = None, device: Device = ALICE) -> tuple[HandshakeBlock, Agreed]:
    return initiate(bundle or BOB.bundle(), device.own, EPHEMERAL, encapsulate=device.encapsulate)


@pytest.mark.parametrize("last_resort", [False, True])
@pytest.mark.parametrize("one_time", [False, True])
def test_both_ends_agree(last_resort: bool, one_time: bool) -> None:
    block, agreed = begun(BOB.bundle(last_resort=last_resort, one_time=one_time))
    peer, theirs = respond(HandshakeBlock.decode(block.encode()), BOB.own, PREKEYS)
    assert theirs == agreed
    assert peer == ALICE.own.party


def test_every_handshake_agrees_on_something_else() -> None:
    first, second = begun()[1], begun()[1]
    for name in ("root_key", "epoch_key", "session_id", "transcript"):
        assert getattr(first, name) != getattr(second, name)


def test_every_changed_byte_of_the_block_is_refused() -> None:
    data = begun()[0].encode()
    for index in range(len(data)):
        with pytest.raises(DecryptionError):
            respond(HandshakeBlock.decode(flipped(data, index)), BOB.own, PREKEYS)


def test_a_block_for_somebody_else_does_not_open() -> None:
    """Even with the same prekeys: another box key or another KEM key is enough."""
    block, _ = begun()
    for own in (
        _own(BOB, kem=KemKey(seeded("other") * 2)),
        _own(BOB, box_secret=seeded("other")),
        _own(BOB, root_seed=seeded("other")),
        _own(BOB, device_id=2),
    ):
        with pytest.raises(DecryptionError):
            respond(block, own, PREKEYS)


def _own(device: Device, kem: KemKey | None = None, **changes: Any) -> OwnParty:
    keys: KeyMaterial = dataclasses.replace(material(device.name), **changes)
    return OwnParty(OwnIdentity(keys), kem or device.kem, 7)


@pytest.mark.parametrize("gone", [PrekeyKind.SIGNED, PrekeyKind.ONE_TIME, PrekeyKind.KEM_ONE_TIME])
def test_a_consumed_prekey_refuses_the_handshake(gone: PrekeyKind) -> None:
    block, _ = begun()
    with pytest.raises(DecryptionError, match="does not have"):
        respond(block, BOB.own, [key for key in PREKEYS if key.kind is not gone])


def test_a_prekey_of_another_kind_with_the_same_id_is_not_taken() -> None:
    block, _ = begun()
    once = BOB.prekeys[PrekeyKind.KEM_ONE_TIME]
    others = [key for key in PREKEYS if key is not once]
    others.append(dataclasses.replace(once, kind=PrekeyKind.KEM_LAST_RESORT))
    with pytest.raises(DecryptionError, match="does not have"):
        respond(block, BOB.own, others)


def test_a_device_has_no_session_with_itself() -> None:
    with pytest.raises(InvalidKeyError):
        begun(device=BOB)
    # Whoever leaves out that check is refused by the other end.
    block = _as_initiator(BOB, BOB.own.party.box_key)
    with pytest.raises(DecryptionError, match="ourselves"):
        respond(block, BOB.own, PREKEYS)


@pytest.mark.parametrize("small", X25519_SPELLINGS)
@pytest.mark.parametrize("slot", ["signed", "one_time", "box_key"])
def test_a_bundle_with_a_key_of_small_order_is_refused(slot: str, small: bytes) -> None:
    """Signed by its owner as it may be: no secret comes from it."""
    bundle = BOB.bundle()
    if slot == "box_key":
        party = dataclasses.replace(bundle.party, box_key=small)
        bundle = dataclasses.replace(bundle, party=party)
    else:
        prekey: Prekey = getattr(bundle, slot)
        changes: Any = {slot: dataclasses.replace(prekey, public=small)}
        bundle = dataclasses.replace(bundle, **changes)
    with pytest.raises(InvalidKeyError):
        begun(bundle)


@pytest.mark.parametrize("small", X25519_SPELLINGS)
def test_an_ephemeral_key_of_small_order_is_refused(small: bytes) -> None:
    block, _ = begun()
    with pytest.raises(DecryptionError, match="unusable key"):
        respond(dataclasses.replace(block, ephemeral=small), BOB.own, PREKEYS)


def _as_initiator(device: Device, box_key: bytes) -> HandshakeBlock:
    """A block in which a device says that its box key is another one."""
    bundle, ephemeral = BOB.bundle(), BoxKey(EPHEMERAL)
    block, _ = initiate(bundle, ALICE.own, EPHEMERAL, encapsulate=ALICE.encapsulate)
    secrets = b"".join(
        (
            ephemeral.exchange(bundle.party.box_key),
            ephemeral.exchange(bundle.signed.public),
            BOB.prekeys[PrekeyKind.KEM_ONE_TIME].kem_key().decapsulate(block.prekey_ciphertext),
            BOB.kem.decapsulate(block.device_ciphertext),
        )
    )
    party = dataclasses.replace(device.own.party, box_key=box_key)
    pub_hash = sha256(_pub_of(bundle, block))
    key = hkdf_sha256(secrets, info=LABEL_S2_HEADER + pub_hash, length=56)
    encrypted = crypto_aead_xchacha20poly1305_ietf_encrypt(
        party.encode(), pub_hash, key[32:], key[:32]
    )
    return dataclasses.replace(block, encrypted_party=encrypted)


def _pub_of(bundle: Bundle, block: HandshakeBlock) -> bytes:
    assert bundle.one_time is not None
    ids = (block.signed_prekey_id, block.one_time_id, block.kem_prekey_id)
    return b"".join(
        (
            b"whispr/1/s2/hs\0",
            *(bundle.party.identity, bundle.party.device_id.to_bytes(4, "big")),
            *(bundle.party.box_key, bundle.party.kem_key_hash),
            *(bundle.signed.public, bundle.one_time.public, sha256(bundle.kem.public)),
            *(number.to_bytes(4, "big") for number in ids),
            bytes((block.last_resort,)),
            *(block.ephemeral, block.prekey_ciphertext, block.device_ciphertext),
        )
    )


@pytest.mark.parametrize("small", X25519_SPELLINGS)
def test_an_initiator_whose_box_key_is_of_small_order_is_refused(small: bytes) -> None:
    """He knows the key of the header, so his claim opens; his proof would be known to all."""
    with pytest.raises(DecryptionError, match="unusable key"):
        respond(_as_initiator(ALICE, small), BOB.own, PREKEYS)


def test_who_claims_the_keys_of_another_agrees_on_nothing() -> None:
    """Mallory says that she is Alice: without the secret of Alice's box key she has no session."""
    mallory = Device("Mallory")
    block, hers = begun(device=mallory)
    claimed = _as_initiator(ALICE, ALICE.own.party.box_key)
    peer, agreed = respond(claimed, BOB.own, PREKEYS)
    assert peer.box_key == ALICE.own.party.box_key
    assert agreed.root_key != hers.root_key
    assert respond(block, BOB.own, PREKEYS)[0] == mallory.own.party


def test_a_secret_of_zeros_never_leaves_the_exchange() -> None:
    for small in X25519_SPELLINGS:
        with pytest.raises(InvalidKeyError):
            box.exchange(seeded("secret"), small)


@pytest.mark.parametrize("name", ["identity", "device_key", "kem_key_hash", "card_version"])
def test_the_transcript_covers_all_that_the_initiator_says(name: str) -> None:
    """What he says he also puts into the secrets: he cannot say one thing to each end."""
    _, agreed = begun()
    value = getattr(ALICE.own.party, name)
    other = value + 1 if isinstance(value, int) else flipped(value, 0)
    alice = Device("Alice")
    alice.own.party = dataclasses.replace(alice.own.party, **{name: other})
    _, changed = begun(device=alice)
    assert changed.transcript != agreed.transcript and changed.root_key != agreed.root_key


def test_what_was_agreed_does_not_print_itself() -> None:
    _, agreed = begun()
    assert agreed.root_key.hex()[:16] not in repr(agreed)
    assert repr(agreed.root_key)[2:20] not in repr(agreed)


# The committed vectors.


def _vector_own(end: dict[str, Any]) -> OwnParty:
    keys = KeyMaterial(
        root_seed=bytes.fromhex(end["root_seed"]),
        device_id=end["device_id"],
        device_seed=bytes.fromhex(end["device_seed"]),
        box_secret=bytes.fromhex(end["box_secret"]),
        mailbox_seed=seeded("mailbox"),
        database_key=seeded("database"),
        name="vector",
        card_version=end["card_version"],
        created_ms=VECTORS["now_ms"],
        relay_address="",
        access_token=b"",
    )
    return OwnParty(OwnIdentity(keys), KemKey(bytes.fromhex(end["kem_seed"])), end["card_version"])


def _vector_prekeys() -> list[PrekeySecret]:
    return [
        PrekeySecret(
            PrekeyKind[name.upper()],
            prekey["prekey_id"],
            prekey["expires_ms"],
            bytes.fromhex(prekey["secret"]),
        )
        for name, prekey in VECTORS["prekeys"].items()
    ]


def _vector_claimed(vector: dict[str, Any]) -> ClaimedPrekeys:
    prekeys = VECTORS["prekeys"]
    kem = "kem_last_resort" if vector["last_resort"] else "kem_one_time"
    return ClaimedPrekeys(
        kem_key=bytes.fromhex(VECTORS["responder"]["kem_key"]),
        signed_prekey=bytes.fromhex(prekeys["signed"]["record"]),
        kem_prekey=bytes.fromhex(prekeys[kem]["record"]),
        last_resort=vector["last_resort"],
        one_time=bytes.fromhex(prekeys["one_time"]["record"]) if vector["one_time"] else b"",
    )


def _expected(vector: dict[str, Any]) -> Agreed:
    names = ("root_key", "epoch_key", "session_id", "transcript")
    return Agreed(**{name: bytes.fromhex(vector[name]) for name in names})


RESPONDER, INITIATOR = _vector_own(VECTORS["responder"]), _vector_own(VECTORS["initiator"])
IDS = [vector["name"] for vector in VECTORS["vectors"]]
each_vector = pytest.mark.parametrize("vector", VECTORS["vectors"], ids=IDS)


def test_keys_of_the_vectors_follow_from_their_seeds() -> None:
    for own, end in ((INITIATOR, VECTORS["initiator"]), (RESPONDER, VECTORS["responder"])):
        assert own.kem.public.hex() == end["kem_key"]
        assert own.party.identity.hex() == end["identity"]
        assert own.party.device_key.hex() == end["device_key"]
        assert own.party.box_key.hex() == end["box_key"]
    for prekey in _vector_prekeys():
        expected = VECTORS["prekeys"][prekey.kind.name.lower()]
        assert prekey.public.hex() == expected["public"]


@each_vector
def test_the_bundle_of_a_vector_is_good(vector: dict[str, Any]) -> None:
    claimed = _vector_claimed(vector)
    assert open_bundle(claimed, RESPONDER.party, VECTORS["now_ms"])
    assert sha256(claimed.encode()).hex() == vector["bundle_sha256"]


@each_vector
def test_the_responder_agrees_with_the_vector(vector: dict[str, Any]) -> None:
    block = HandshakeBlock.decode(bytes.fromhex(vector["block"]))
    peer, agreed = respond(block, RESPONDER, _vector_prekeys())
    assert agreed == _expected(vector)
    assert peer == INITIATOR.party


@each_vector
def test_the_initiator_makes_the_block_of_the_vector(vector: dict[str, Any]) -> None:
    expected = HandshakeBlock.decode(bytes.fromhex(vector["block"]))
    encapsulated = iter(
        (
            (bytes.fromhex(vector["secret_1"]), expected.prekey_ciphertext),
            (bytes.fromhex(vector["secret_2"]), expected.device_ciphertext),
        )
    )
    block, agreed = initiate(
        open_bundle(_vector_claimed(vector), RESPONDER.party, VECTORS["now_ms"]),
        INITIATOR,
        bytes.fromhex(vector["ephemeral_secret"]),
        encapsulate=lambda public: next(encapsulated),
    )
    assert block.encode().hex() == vector["block"]
    assert agreed == _expected(vector)


@each_vector
@pytest.mark.parametrize("which", [1, 2])
def test_a_zeroed_kem_secret_fails_the_vectors(vector: dict[str, Any], which: int) -> None:
    """Whoever leaves ML-KEM out, even half of it, does not come to these values."""
    expected = HandshakeBlock.decode(bytes.fromhex(vector["block"]))
    secrets = [bytes.fromhex(vector["secret_1"]), bytes.fromhex(vector["secret_2"])]
    secrets[which - 1] = bytes(32)
    encapsulated = iter(
        zip(secrets, (expected.prekey_ciphertext, expected.device_ciphertext), strict=True)
    )
    block, agreed = initiate(
        open_bundle(_vector_claimed(vector), RESPONDER.party, VECTORS["now_ms"]),
        INITIATOR,
        bytes.fromhex(vector["ephemeral_secret"]),
        encapsulate=lambda public: next(encapsulated),
    )
    assert block.encode().hex() != vector["block"]
    assert agreed.root_key != _expected(vector).root_key
    with pytest.raises(DecryptionError):
        respond(block, RESPONDER, _vector_prekeys())


@each_vector
def test_a_responder_without_kem_does_not_open_the_vectors(
    vector: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KemKey, "decapsulate", lambda self, ciphertext: bytes(32))
    with pytest.raises(DecryptionError):
        respond(HandshakeBlock.decode(bytes.fromhex(vector["block"])), RESPONDER, _vector_prekeys())


@each_vector
def test_a_second_implementation_comes_to_the_vectors(vector: dict[str, Any]) -> None:
    prekeys = VECTORS["prekeys"]
    kem = prekeys["kem_last_resort" if vector["last_resort"] else "kem_one_time"]
    ends = [
        {
            name: bytes.fromhex(value) if isinstance(value, str) else value
            for name, value in VECTORS[end].items()
        }
        for end in ("initiator", "responder")
    ]

    def named(prekey: dict[str, Any]) -> tuple[int, bytes]:
        return prekey["prekey_id"], bytes.fromhex(prekey["public"])

    found = suite2_reference.handshake(
        *ends,
        {
            "signed": named(prekeys["signed"]),
            "one_time": named(prekeys["one_time"]) if vector["one_time"] else None,
            "kem": named(kem),
            "last_resort": vector["last_resort"],
            **{
                name: bytes.fromhex(vector[name])
                for name in ("ephemeral_secret", "message_1", "message_2")
            },
        },
    )
    assert {name: value.hex() for name, value in found.items()}.items() <= vector.items()
