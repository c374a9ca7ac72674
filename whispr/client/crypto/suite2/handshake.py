"""The hybrid handshake of suite 2, after PQXDH: X25519 and ML-KEM-768, both must be broken.

    pub   = label | ID_B | dev_B u32 | Xd_B | H(Kd_B) | SPK | OPK or zeros | H(PQ) | ids
          | EK | c1 | c2
    ids   = signed_prekey_id u32 | one_time_id u32 | kem_prekey_id u32 | last_resort u8
    K_hdr = HKDF(DH(EK,Xd_B) | DH(EK,SPK) | ss1 | ss2, info = label | H(pub))    key 32 | nonce 24
    T     = H(pub | party_A)              party_A = ID | dev | Sd | Xd | H(Kd) | card version
    OKM96 = HKDF(FF^32 | DH(Xd_A,SPK) | DH(EK,Xd_B) | DH(EK,SPK) | [DH(EK,OPK)] | ss1 | ss2,
                 info = label | T)  =  root key 32 | K[0] 32 | session id 16 | spare 16

A begins, B answers; (ss1, c1) belongs to the KEM prekey, (ss2, c2) to Kd. `party_A` travels
encrypted with K_hdr and H(pub) as associated data. Every public key and ciphertext is in T, and T
in every message: whoever puts another key in its place gets other secrets. `docs/protocol.md` §16.
"""

from __future__ import annotations

import struct
from collections.abc import Collection
from dataclasses import dataclass

import nacl.exceptions
from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)

from whispr.client.crypto.box import BoxKey
from whispr.client.crypto.hkdf import hkdf_sha256
from whispr.client.crypto.suite2.bundle import Bundle
from whispr.client.crypto.suite2.handshake_block import HandshakeBlock
from whispr.client.crypto.suite2.keys import Encapsulate, encapsulate
from whispr.client.crypto.suite2.party import OwnParty, Party
from whispr.client.crypto.suite2.prekey import NO_PREKEY, PrekeyKind, PrekeySecret
from whispr.errors import DecryptionError, InvalidKeyError
from whispr.protocol.limits import KEY_BYTES
from whispr.protocol.signing import (
    LABEL_S2_HANDSHAKE,
    LABEL_S2_HEADER,
    LABEL_S2_SESSION,
    sha256,
)

SESSION_ID_BYTES = 16
_PUB = struct.Struct(">32sI32s32s32s32s32sIIIB32s")
_NO_KEY = bytes(KEY_BYTES)
_FILLER = b"\xff" * KEY_BYTES
_HEADER_KEY_BYTES = 32
_HEADER_NONCE_BYTES = 24
_OUTPUT = struct.Struct(">32s32s16s16x")


@dataclass(frozen=True, slots=True, repr=False)
class Agreed:
    """What both ends have after a handshake."""

    root_key: bytes
    epoch_key: bytes
    """`K[0]`: mixed into every message key."""
    session_id: bytes
    """16 bytes, carried in the clear."""
    transcript: bytes
    """`T`: both ends and every key of the handshake."""

    def __repr__(self) -> str:
        return f"<Agreed on session {self.session_id[:4].hex()}…>"


@dataclass(frozen=True, slots=True)
class _Prekeys:
    """The prekeys of B in a handshake, as both ends see them."""

    signed_id: int
    signed_public: bytes
    one_time_id: int
    one_time_public: bytes
    kem_id: int
    kem_hash: bytes
    last_resort: bool


def _pub(recipient: Party, prekeys: _Prekeys, ephemeral: bytes, c1: bytes, c2: bytes) -> bytes:
    fixed = _PUB.pack(
        recipient.identity,
        recipient.device_id,
        recipient.box_key,
        recipient.kem_key_hash,
        prekeys.signed_public,
        prekeys.one_time_public,
        prekeys.kem_hash,
        prekeys.signed_id,
        prekeys.one_time_id,
        prekeys.kem_id,
        prekeys.last_resort,
        ephemeral,
    )
    return b"".join((LABEL_S2_HANDSHAKE, fixed, c1, c2))


def _header_key(pub_hash: bytes, secret: bytes) -> tuple[bytes, bytes]:
    """Key and nonce for the initiator's keys; used once, as EK is."""
    length = _HEADER_KEY_BYTES + _HEADER_NONCE_BYTES
    derived = hkdf_sha256(secret, info=LABEL_S2_HEADER + pub_hash, length=length)
    return derived[:_HEADER_KEY_BYTES], derived[_HEADER_KEY_BYTES:]


def _agree(pub: bytes, initiator: Party, secrets: bytes) -> Agreed:
    transcript = sha256(pub, initiator.encode())
    derived = hkdf_sha256(
        _FILLER + secrets, info=LABEL_S2_SESSION + transcript, length=_OUTPUT.size
    )
    root_key, epoch_key, session_id = _OUTPUT.unpack(derived)
    return Agreed(root_key, epoch_key, session_id, transcript)


def initiate(
    bundle: Bundle,
    own: OwnParty,
    ephemeral_secret: bytes,
    *,
    encapsulate: Encapsulate = encapsulate,
) -> tuple[HandshakeBlock, Agreed]:
    """Begin with the owner of a checked bundle; `ephemeral_secret` is 32 fresh random bytes.

    Raises:
        InvalidKeyError: a key of the bundle is unusable: of small order, or out of range.
    """
    if bundle.party.box_key == own.party.box_key:
        raise InvalidKeyError("a device has no session with itself")
    ephemeral = BoxKey(ephemeral_secret)
    secret_1, ciphertext_1 = encapsulate(bundle.kem.public)
    secret_2, ciphertext_2 = encapsulate(bundle.kem_key)
    one_time = bundle.one_time
    prekeys = _Prekeys(
        signed_id=bundle.signed.prekey_id,
        signed_public=bundle.signed.public,
        one_time_id=one_time.prekey_id if one_time else NO_PREKEY,
        one_time_public=one_time.public if one_time else _NO_KEY,
        kem_id=bundle.kem.prekey_id,
        kem_hash=sha256(bundle.kem.public),
        last_resort=bundle.kem.kind is PrekeyKind.KEM_LAST_RESORT,
    )
    pub = _pub(bundle.party, prekeys, ephemeral.public, ciphertext_1, ciphertext_2)
    with_box_key = ephemeral.exchange(bundle.party.box_key)
    with_signed = ephemeral.exchange(bundle.signed.public)
    with_one_time = ephemeral.exchange(one_time.public) if one_time else b""
    proof = own.box.exchange(bundle.signed.public)
    pub_hash = sha256(pub)
    key, nonce = _header_key(pub_hash, with_box_key + with_signed + secret_1 + secret_2)
    block = HandshakeBlock(
        signed_prekey_id=prekeys.signed_id,
        one_time_id=prekeys.one_time_id,
        kem_prekey_id=prekeys.kem_id,
        last_resort=prekeys.last_resort,
        ephemeral=ephemeral.public,
        prekey_ciphertext=ciphertext_1,
        device_ciphertext=ciphertext_2,
        encrypted_party=crypto_aead_xchacha20poly1305_ietf_encrypt(
            own.party.encode(), pub_hash, nonce, key
        ),
    )
    secrets = (proof, with_box_key, with_signed, with_one_time, secret_1, secret_2)
    return block, _agree(pub, own.party, b"".join(secrets))


@dataclass(frozen=True, slots=True)
class _PrekeySecrets:
    signed: PrekeySecret
    kem: PrekeySecret
    one_time: PrekeySecret | None


def _secrets_for(block: HandshakeBlock, prekeys: Collection[PrekeySecret]) -> _PrekeySecrets:
    """Pick by kind and id; a prekey that was used up or never ours ends the handshake."""
    by_name = {(prekey.kind, prekey.prekey_id): prekey for prekey in prekeys}
    try:
        signed, kem, *one_time = (by_name[name] for name in block.prekeys())
    except KeyError as error:
        raise DecryptionError("a handshake with a prekey that this device does not have") from error
    return _PrekeySecrets(signed, kem, one_time[0] if one_time else None)


def respond(
    block: HandshakeBlock, own: OwnParty, prekeys: Collection[PrekeySecret]
) -> tuple[Party, Agreed]:
    """Come to the initiator's secrets; `prekeys` holds at least those that the block names.

    Who the initiator says he is counts only once a message of the session has opened, and then
    only as far as his card says the same.

    Raises:
        DecryptionError: a prekey is not there, the block is for somebody else or was changed, or
            a key in it is of small order.
    """
    chosen = _secrets_for(block, prekeys)
    signed, kem = chosen.signed.box_key(), chosen.kem.kem_key()
    one_time = chosen.one_time.box_key() if chosen.one_time else None
    pub = _pub(
        own.party,
        _Prekeys(
            signed_id=block.signed_prekey_id,
            signed_public=signed.public,
            one_time_id=block.one_time_id,
            one_time_public=one_time.public if one_time else _NO_KEY,
            kem_id=block.kem_prekey_id,
            kem_hash=kem.public_hash,
            last_resort=block.last_resort,
        ),
        block.ephemeral,
        block.prekey_ciphertext,
        block.device_ciphertext,
    )
    secret_1 = kem.decapsulate(block.prekey_ciphertext)
    secret_2 = own.kem.decapsulate(block.device_ciphertext)
    try:
        with_box_key = own.box.exchange(block.ephemeral)
        with_signed = signed.exchange(block.ephemeral)
        with_one_time = one_time.exchange(block.ephemeral) if one_time else b""
        header_secret = with_box_key + with_signed + secret_1 + secret_2
        initiator = _open_party(block, sha256(pub), header_secret)
        proof = signed.exchange(initiator.box_key)
    except InvalidKeyError as error:
        raise DecryptionError("a handshake with an unusable key") from error
    if initiator.box_key == own.party.box_key:
        raise DecryptionError("a handshake with ourselves")
    secrets = (proof, with_box_key, with_signed, with_one_time, secret_1, secret_2)
    return initiator, _agree(pub, initiator, b"".join(secrets))


def _open_party(block: HandshakeBlock, pub_hash: bytes, secret: bytes) -> Party:
    key, nonce = _header_key(pub_hash, secret)
    try:
        return Party.decode(
            crypto_aead_xchacha20poly1305_ietf_decrypt(block.encrypted_party, pub_hash, nonce, key)
        )
    except nacl.exceptions.CryptoError as error:
        raise DecryptionError("the handshake does not open") from error
