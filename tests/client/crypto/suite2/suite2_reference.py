"""The handshake and the ratchet of suite 2 a second time, from their specification.

Nothing here comes from `whispr`, libsodium or the package of the ratchet: primitives are those of
`tests.client.crypto.reference`, and ML-KEM is the one beside this file. Only for vectors.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from tests.client.crypto.reference import hkdf, x25519_public, xchacha20poly1305
from tests.client.crypto.suite2 import mlkem_reference

PREFIX = b"whispr/1/s2/"


def exchange(secret: bytes, public: bytes) -> bytes:
    """X25519."""
    key = X25519PrivateKey.from_private_bytes(secret)
    return key.exchange(X25519PublicKey.from_public_bytes(public))


def u32(number: int) -> bytes:
    """Big-endian."""
    return number.to_bytes(4, "big")


def party_bytes(party: dict[str, Any]) -> bytes:
    """The 136 bytes of one end; `party` holds its public values."""
    return b"".join(
        (
            party["identity"],
            u32(party["device_id"]),
            party["device_key"],
            party["box_key"],
            hashlib.sha256(party["kem_key"]).digest(),
            u32(party["card_version"]),
        )
    )


def handshake(
    initiator: dict[str, Any], responder: dict[str, Any], prekeys: dict[str, Any]
) -> dict[str, bytes]:
    """Every value of a handshake, with the initiator's secrets.

    `prekeys`: signed, one_time (or None) and kem as (id, public key), last_resort, and the
    initiator's ephemeral_secret, message_1 and message_2 for the encapsulations.
    """
    signed_id, signed = prekeys["signed"]
    one_time_id, one_time = prekeys["one_time"] or (0, bytes(32))
    kem_id, kem = prekeys["kem"]
    ephemeral = x25519_public(prekeys["ephemeral_secret"])
    ss1, c1 = mlkem_reference.encapsulate(kem, prekeys["message_1"])
    ss2, c2 = mlkem_reference.encapsulate(responder["kem_key"], prekeys["message_2"])
    ids = u32(signed_id) + u32(one_time_id) + u32(kem_id) + bytes((prekeys["last_resort"],))
    pub = b"".join(
        (
            *(PREFIX, b"hs\0"),
            *(responder["identity"], u32(responder["device_id"]), responder["box_key"]),
            hashlib.sha256(responder["kem_key"]).digest(),
            *(signed, one_time, hashlib.sha256(kem).digest()),
            *(ids, ephemeral, c1, c2),
        )
    )
    secret = prekeys["ephemeral_secret"]
    with_box, with_signed = exchange(secret, responder["box_key"]), exchange(secret, signed)
    with_one_time = exchange(secret, one_time) if prekeys["one_time"] else b""
    pub_hash = hashlib.sha256(pub).digest()
    header = hkdf(with_box + with_signed + ss1 + ss2, PREFIX + b"hdr\0" + pub_hash, length=56)
    party = party_bytes(initiator)
    encrypted = xchacha20poly1305(header[:32], header[32:], party, pub_hash)
    transcript = hashlib.sha256(pub + party).digest()
    proof = exchange(initiator["box_secret"], signed)
    okm = hkdf(
        b"\xff" * 32 + proof + with_box + with_signed + with_one_time + ss1 + ss2,
        PREFIX + b"sk\0" + transcript,
        length=96,
    )
    return {
        "secret_1": ss1,
        "secret_2": ss2,
        "block": b"\x01" + ids + ephemeral + c1 + c2 + encrypted,
        "transcript": transcript,
        "root_key": okm[:32],
        "epoch_key": okm[32:64],
        "session_id": okm[64:80],
    }


@dataclass
class Ratchet:
    """One end of a Double Ratchet as Signal's page writes it; `secrets` gives its key pairs."""

    root: bytes
    own: bytes
    peer: bytes | None
    secrets: Callable[[], bytes]
    sending: bytes | None = None
    receiving: bytes | None = None
    sent: int = 0
    received: int = 0
    previous: int = 0
    skipped: dict[tuple[bytes, int], bytes] = field(default_factory=dict)

    def _turn_root(self) -> bytes:
        assert self.peer is not None
        derived = hkdf(exchange(self.own, self.peer), PREFIX + b"root\0", salt=self.root, length=64)
        self.root = derived[:32]
        return derived[32:]

    @classmethod
    def initiator(cls, root: bytes, peer: bytes, secrets: Callable[[], bytes]) -> Ratchet:
        """Who sends first."""
        ratchet = cls(root, secrets(), peer, secrets)
        ratchet.sending = ratchet._turn_root()
        return ratchet

    @classmethod
    def responder(cls, root: bytes, own: bytes, secrets: Callable[[], bytes]) -> Ratchet:
        """Who receives first, with the secret of the signed prekey."""
        return cls(root, own, None, secrets)

    def next_sending(self) -> tuple[bytes, bytes]:
        """Header and message key."""
        assert self.sending is not None
        header = x25519_public(self.own) + u32(self.previous) + u32(self.sent)
        key, self.sending = _step(self.sending)
        self.sent += 1
        return header, key

    def next_receiving(self, header: bytes) -> bytes:
        """The message key for a header."""
        peer, previous, index = (
            header[:32],
            *(int.from_bytes(header[place : place + 4], "big") for place in (32, 36)),
        )
        if (peer, index) in self.skipped:
            return self.skipped.pop((peer, index))
        if peer != self.peer:
            self._skip(previous)
            self.previous, self.sent, self.received, self.peer = self.sent, 0, 0, peer
            self.receiving = self._turn_root()
            self.own = self.secrets()
            self.sending = self._turn_root()
        self._skip(index)
        assert self.receiving is not None
        key, self.receiving = _step(self.receiving)
        self.received += 1
        return key

    def _skip(self, until: int) -> None:
        if self.receiving is None or self.peer is None:
            return
        while self.received < until:
            key, self.receiving = _step(self.receiving)
            self.skipped[self.peer, self.received] = key
            self.received += 1


def _step(chain: bytes) -> tuple[bytes, bytes]:
    """Message key and next chain key."""
    return hmac.digest(chain, b"\x01", "sha256"), hmac.digest(chain, b"\x02", "sha256")


def frame(
    agreed: dict[str, bytes],
    header: bytes,
    message_key: bytes,
    *,
    direction: int,
    envelope_id: bytes,
    time_ms: int,
    padded: bytes,
    block: bytes = b"",
) -> bytes:
    """The ciphertext of one message."""
    data = b"".join(
        (
            *(PREFIX, b"ad\0", u32(0), agreed["transcript"], agreed["session_id"]),
            *(bytes((direction,)), envelope_id, time_ms.to_bytes(8, "big"), header),
        )
    )
    info = PREFIX + b"msg\0" + u32(0) + hashlib.sha256(data).digest()
    derived = hkdf(message_key, info, salt=agreed["epoch_key"], length=88)
    sealed = derived[32:64] + xchacha20poly1305(derived[:32], derived[64:], padded, data)
    kind = b"\x02" if block else b"\x01"
    return kind + agreed["session_id"] + u32(0) + header + block + sealed
