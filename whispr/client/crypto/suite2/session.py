"""A session with one device of a peer: encrypt and decrypt, each giving the state to commit.

    0  version u8 = 1 | role u8 | epoch u32 | session id 16 | T 32 | K[e] 32 | peer 136
  222  SHA-256(handshake block) 32 | block length u16 [| handshake block 2,374] | ratchet state

A session never changes: a step gives the bytes of the next state, and the caller commits them
before he sends what was encrypted, or acknowledges what was decrypted. `docs/protocol.md` §16.
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from whispr.client.crypto.padding import pad, unpad
from whispr.client.crypto.suite2.frame import Frame
from whispr.client.crypto.suite2.handshake import SESSION_ID_BYTES, Agreed, initiate, respond
from whispr.client.crypto.suite2.handshake_block import (
    BLOCK_BYTES,
    HandshakeBlock,
    handshake_digest,
)
from whispr.client.crypto.suite2.keys import Encapsulate, encapsulate
from whispr.client.crypto.suite2.message_cipher import MessageCipher
from whispr.client.crypto.suite2.party import PARTY_BYTES, OwnParty, Party
from whispr.client.crypto.suite2.passage import Accepted, Decrypted, Encrypted, Received
from whispr.client.crypto.suite2.prekey import PrekeyKind, PrekeySecret
from whispr.client.crypto.suite2.ratchet_state import RatchetState
from whispr.errors import CorruptFileError, DecryptionError, UnsupportedFormatError
from whispr.protocol.limits import HASH_BYTES, KEY_BYTES

if TYPE_CHECKING:
    from whispr.client.crypto.suite2.bundle import Bundle
    from whispr.client.crypto.suite2.ratchet import RatchetEngine

SUITE_NUMBER = 2
STATE_VERSION = 1
FIRST_EPOCH = 0
RENEW_AFTER_UNANSWERED = 800
"""Begin a new session after so many messages without an answer: the peer skips at most 1,000."""

_SESSION = struct.Struct(
    f">BBI{SESSION_ID_BYTES}s{HASH_BYTES}s{KEY_BYTES}s{PARTY_BYTES}s{HASH_BYTES}sH"
)


class Role(enum.IntEnum):
    """Which end of a session this is; also the direction byte of what it sends."""

    INITIATOR = 1
    RESPONDER = 2

    @property
    def other(self) -> Role:
        """The other end."""
        return Role.RESPONDER if self is Role.INITIATOR else Role.INITIATOR


@dataclass(frozen=True, slots=True, repr=False)
class Session:
    """One session; `encode` is what the database keeps."""

    role: Role
    session_id: bytes
    transcript: bytes
    epoch_key: bytes
    peer: Party
    handshake_digest: bytes
    ratchet: RatchetState
    block: bytes = b""
    """The initiator's handshake, until the peer has answered."""

    def __repr__(self) -> str:
        return f"<Session {self.session_id[:4].hex()}… as {self.role.name.lower()}>"

    @classmethod
    def start(
        cls,
        bundle: Bundle,
        own: OwnParty,
        *,
        engine: RatchetEngine,
        random_bytes: Callable[[int], bytes],
        encapsulate: Encapsulate = encapsulate,
    ) -> Session:
        """Begin a session with the owner of a checked bundle; the first message carries it to him.

        Raises:
            InvalidKeyError: a key of the bundle is unusable.
        """
        block, agreed = initiate(bundle, own, random_bytes(KEY_BYTES), encapsulate=encapsulate)
        ratchet = engine.start_sending(agreed.root_key, bundle.signed.public)
        encoded = block.encode()
        return cls._agreed(Role.INITIATOR, agreed, bundle.party, encoded, ratchet, pending=encoded)

    @classmethod
    def accept(
        cls,
        received: Received,
        own: OwnParty,
        prekeys: Collection[PrekeySecret],
        *,
        engine: RatchetEngine,
        now_ms: int,
    ) -> Accepted:
        """Open the first message that came of a session which somebody else began.

        `prekeys` holds at least the secrets that the block names (`HandshakeBlock.prekeys`). The
        caller has looked for `Frame.handshake_digest` among the handshakes that came before.

        Raises:
            DecryptionError: no handshake in it, for somebody else, changed, or with a prekey that
                is not there; the envelope is not signed by who says he begins.
            MalformedContentError: the padding is wrong.
        """
        frame = Frame.decode(received.ciphertext)
        block = HandshakeBlock.decode(frame.block)
        peer, agreed = respond(block, own, prekeys)
        signed = next(
            prekey
            for prekey in prekeys
            if (prekey.kind, prekey.prekey_id) == (PrekeyKind.SIGNED, block.signed_prekey_id)
        )
        ratchet = engine.start_receiving(agreed.root_key, signed.secret, frame.header.ratchet_key)
        session = cls._agreed(Role.RESPONDER, agreed, peer, frame.block, ratchet)
        decrypted = session.decrypt(received, engine=engine, now_ms=now_ms)
        return Accepted(
            content=decrypted.content,
            state=decrypted.state,
            session_id=session.session_id,
            peer=peer,
            handshake_digest=session.handshake_digest,
            used_up=block.used_up(),
        )

    @classmethod
    def _agreed(
        cls,
        role: Role,
        agreed: Agreed,
        peer: Party,
        block: bytes,
        ratchet: RatchetState,
        pending: bytes = b"",
    ) -> Session:
        return cls(
            role=role,
            session_id=agreed.session_id,
            transcript=agreed.transcript,
            epoch_key=agreed.epoch_key,
            peer=peer,
            handshake_digest=handshake_digest(block),
            ratchet=ratchet,
            block=pending,
        )

    @property
    def answered(self) -> bool:
        """Whether the peer has this session for sure: nothing of the handshake is sent any more."""
        return not self.block

    @property
    def unanswered_count(self) -> int:
        """Messages sent since the peer was last heard of in this session."""
        return self.ratchet.sending.length

    def encrypt(
        self, content: bytes, *, envelope_id: bytes, time_ms: int, engine: RatchetEngine
    ) -> Encrypted:
        """Encrypt an encoded content for an envelope of this id and time.

        Raises:
            TextTooLongError: the content is too long for an envelope.
        """
        cipher = self._cipher(self.role, envelope_id, time_ms)
        ratchet = self.ratchet.pruned(time_ms)
        header, sealed, ratchet = engine.encrypt(ratchet, pad(content), cipher)
        frame = Frame(self.session_id, FIRST_EPOCH, header, sealed, self.block)
        return Encrypted(frame.encode(), replace(self, ratchet=ratchet).encode())

    def decrypt(self, received: Received, *, engine: RatchetEngine, now_ms: int) -> Decrypted:
        """Decrypt a message of this session; `now_ms` is relay time.

        Raises:
            ReplayError: it was decrypted before, or its key was given up.
            DecryptionError: of another session, signer or handshake; changed; skips too much.
            MalformedContentError: the padding is wrong.
        """
        frame = Frame.decode(received.ciphertext)
        self._expect(frame, received.sender_key)
        padded, ratchet = engine.decrypt(
            self.ratchet.pruned(now_ms),
            frame.header,
            frame.sealed,
            self._cipher(self.role.other, received.envelope_id, received.time_ms),
            now_ms,
        )
        return Decrypted(unpad(padded), replace(self, ratchet=ratchet, block=b"").encode())

    def _expect(self, frame: Frame, sender_key: bytes) -> None:
        if frame.session_id != self.session_id:
            raise DecryptionError("a message of another session")
        if sender_key != self.peer.device_key:
            raise DecryptionError("the envelope is signed by another device than the session's")
        if frame.epoch != FIRST_EPOCH:
            raise DecryptionError("a message of an epoch that this session does not have")
        if frame.block and (
            self.role is Role.INITIATOR or frame.handshake_digest != self.handshake_digest
        ):
            raise DecryptionError("a message with another handshake than the session's")

    def _cipher(self, direction: Role, envelope_id: bytes, time_ms: int) -> MessageCipher:
        return MessageCipher(
            epoch=FIRST_EPOCH,
            epoch_key=self.epoch_key,
            transcript=self.transcript,
            session_id=self.session_id,
            direction=direction,
            envelope_id=envelope_id,
            time_ms=time_ms,
        )

    def pruned(self, now_ms: int) -> bytes | None:
        """The state without keys of messages that will not come any more; None if it is as it was.

        Encrypting and decrypting do so too: this is for sessions that rest.
        """
        ratchet = self.ratchet.pruned(now_ms)
        return None if ratchet is self.ratchet else replace(self, ratchet=ratchet).encode()

    def encode(self) -> bytes:
        """The layout of the module; secret."""
        fixed = _SESSION.pack(
            STATE_VERSION,
            self.role,
            FIRST_EPOCH,
            self.session_id,
            self.transcript,
            self.epoch_key,
            self.peer.encode(),
            self.handshake_digest,
            len(self.block),
        )
        return fixed + self.block + self.ratchet.encode()

    @classmethod
    def decode(cls, data: bytes) -> Session:
        """Read what `encode` wrote.

        Raises:
            CorruptFileError: it did not.
            UnsupportedFormatError: a later version did.
        """
        if len(data) < _SESSION.size:
            raise CorruptFileError("a session state is cut short")
        version, role, epoch, session_id, transcript, epoch_key, peer, digest, block_length = (
            _SESSION.unpack_from(data)
        )
        if version != STATE_VERSION or epoch != FIRST_EPOCH:
            raise UnsupportedFormatError("a session state of an unknown version")
        if role not in (Role.INITIATOR, Role.RESPONDER) or block_length not in (0, BLOCK_BYTES):
            raise CorruptFileError("a damaged session state")
        ratchet_start = _SESSION.size + block_length
        return cls(
            role=Role(role),
            session_id=session_id,
            transcript=transcript,
            epoch_key=epoch_key,
            peer=Party.decode(peer),
            handshake_digest=digest,
            ratchet=RatchetState.decode(data[ratchet_start:]),
            block=data[_SESSION.size : ratchet_start],
        )
