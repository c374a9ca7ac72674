"""The Double Ratchet of Signal on the package `doubleratchet`, as an engine of ours.

    root chain:    root key | chain key = HKDF(DH, salt = root key, info = label)
    message chain: message key = HMAC(chain key, 01), next chain key = HMAC(chain key, 02)

The library is asynchronous in form only: nothing in it waits, so it is driven to its end in one
step. It keeps no times, takes no randomness and warns where it gives up skipped keys; what is
about that is here, around it. `docs/protocol.md` §16.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, cast

import doubleratchet
from doubleratchet import types
from doubleratchet.models import SkippedMessageKeyModel
from nacl.bindings import crypto_scalarmult_base

from whispr.client.crypto.box import exchange
from whispr.client.crypto.hkdf import hkdf_sha256
from whispr.client.crypto.suite2.ratchet import Cipher
from whispr.client.crypto.suite2.ratchet_state import (
    MAX_SKIPPED_AT_ONCE,
    MAX_SKIPPED_KEYS,
    Chain,
    RatchetHeader,
    RatchetState,
    SkippedKey,
)
from whispr.errors import DecryptionError, InvalidKeyError, LocalProtocolError, ReplayError
from whispr.protocol.limits import KEY_BYTES
from whispr.protocol.signing import LABEL_S2_ROOT

Result = TypeVar("Result")
_CHAIN_CONSTANTS = b"\x02\x01"
"""HMAC inputs in the library's order: next chain key, then message key."""


class _RootKdf(doubleratchet.KDF):
    @staticmethod
    async def derive(key: bytes, data: bytes, length: int) -> bytes:
        return hkdf_sha256(data, salt=key, info=LABEL_S2_ROOT, length=length)


class _ChainKdf(doubleratchet.KDF):
    @staticmethod
    async def derive(key: bytes, data: bytes, length: int) -> bytes:
        del length  # one output of 32 bytes for each constant
        return b"".join(hmac.digest(key, bytes((constant,)), "sha256") for constant in data)


class _Ratchet(doubleratchet.DoubleRatchet):
    @staticmethod
    def _build_associated_data(associated_data: bytes, header: types.Header) -> bytes:
        return associated_data + _own_header(header).encode()


class _Aead:
    """Our cipher where the library wants a class of its own; it only calls these two."""

    def __init__(self, cipher: Cipher, received: RatchetHeader | None = None) -> None:
        self._cipher = cipher
        self._received = received

    async def encrypt(self, plaintext: bytes, key: bytes, associated_data: bytes) -> bytes:
        return self._cipher.seal(key, RatchetHeader.decode(associated_data), plaintext)

    async def decrypt(self, ciphertext: bytes, key: bytes, associated_data: bytes) -> bytes:
        # What was received is authenticated, not what the library was told of it.
        header = self._received or RatchetHeader.decode(associated_data)
        return self._cipher.open(key, header, ciphertext)


def _own_header(header: types.Header) -> RatchetHeader:
    return RatchetHeader(
        header.ratchet_pub, header.previous_sending_chain_length, header.sending_chain_length
    )


def _driven(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """The result of a coroutine that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return cast("Result", done.value)
    coroutine.close()
    raise LocalProtocolError("the ratchet waited for something")


def _curve(random_bytes: Callable[[int], bytes]) -> type[doubleratchet.DiffieHellmanRatchet]:
    """The library's ratchet over X25519 with our randomness."""

    class X25519Ratchet(doubleratchet.DiffieHellmanRatchet):
        @staticmethod
        def _generate_priv() -> bytes:
            return random_bytes(KEY_BYTES)

        @staticmethod
        def _derive_pub(priv: bytes) -> bytes:
            return crypto_scalarmult_base(priv)

        @staticmethod
        def _perform_diffie_hellman(own_priv: bytes, other_pub: bytes) -> bytes:
            return exchange(own_priv, other_pub)

    return X25519Ratchet


class DoubleRatchetEngine:
    """`RatchetEngine` on the package DoubleRatchet; `random_bytes` makes the ratchet's secrets."""

    def __init__(self, random_bytes: Callable[[int], bytes]) -> None:
        self._curve = _curve(random_bytes)

    def start_sending(self, root_key: bytes, peer_key: bytes) -> RatchetState:
        """The state of who sends first, to the peer's first ratchet key."""
        return self._start(root_key, None, peer_key)

    def start_receiving(self, root_key: bytes, own_secret: bytes, peer_key: bytes) -> RatchetState:
        """The state of who receives first, with the secret of his first ratchet key."""
        try:
            return self._start(root_key, own_secret, peer_key)
        except InvalidKeyError as error:
            raise DecryptionError("a message with an unusable ratchet key") from error

    def encrypt(
        self, state: RatchetState, padded: bytes, cipher: Cipher
    ) -> tuple[RatchetHeader, bytes, RatchetState]:
        """Seal under the next message key."""
        ratchet = self._restored(state, (), _Aead(cipher))
        message = _driven(ratchet.encrypt_message(padded, b""))
        after = _state(ratchet.model.diffie_hellman_ratchet, state.skipped)
        return _own_header(message.header), message.ciphertext, after

    def decrypt(
        self,
        state: RatchetState,
        header: RatchetHeader,
        sealed: bytes,
        cipher: Cipher,
        now_ms: int,
    ) -> tuple[bytes, RatchetState]:
        """Open; keys of messages that have not come yet are kept with the time `now_ms`."""
        own = tuple(
            key
            for key in state.skipped
            if key.index == header.index and key.peer_key == header.ratchet_key
        )
        ratchet = self._restored(state, own, _Aead(cipher, header))
        message = types.EncryptedMessage(_within_reach(state, header), sealed)
        try:
            padded = _driven(ratchet.decrypt_message(message, b""))
        except doubleratchet.DuplicateMessageException as error:
            raise ReplayError("the key of the message was used already") from error
        except doubleratchet.DoSProtectionException as error:
            raise DecryptionError("the message skips too many others") from error
        except InvalidKeyError as error:
            raise DecryptionError("a message with an unusable ratchet key") from error
        model = ratchet.model
        others = state.skipped
        if own:
            others = tuple(key for key in others if key is not own[0])
        skipped = (*others, *_skipped_now(model, now_ms))[-MAX_SKIPPED_KEYS:]
        return padded, _state(model.diffie_hellman_ratchet, skipped)

    def _start(self, root_key: bytes, own_secret: bytes | None, peer_key: bytes) -> RatchetState:
        ratchet = _driven(
            self._curve.create(
                own_secret,
                peer_key,
                _RootKdf,
                root_key,
                _ChainKdf,
                _CHAIN_CONSTANTS,
                MAX_SKIPPED_AT_ONCE,
            )
        )
        return _state(ratchet.model, ())

    def _restored(
        self, state: RatchetState, skipped: tuple[SkippedKey, ...], aead: _Aead
    ) -> _Ratchet:
        """The library's ratchet; of the skipped keys it gets those that this step may need."""
        models = [
            SkippedMessageKeyModel.model_construct(
                ratchet_pub=key.peer_key, index=key.index, message_key=key.message_key
            )
            for key in skipped
        ]
        return _Ratchet.from_model(
            doubleratchet.DoubleRatchetModel.model_construct(
                diffie_hellman_ratchet=_model(state), skipped_message_keys=models
            ),
            self._curve,
            _RootKdf,
            _ChainKdf,
            _CHAIN_CONSTANTS,
            MAX_SKIPPED_AT_ONCE,
            MAX_SKIPPED_KEYS,
            cast("type[doubleratchet.AEAD]", aead),
        )


def _within_reach(state: RatchetState, header: RatchetHeader) -> types.Header:
    """The header as the library shall see it.

    When the peer's last chain has lost more messages than may be skipped, their keys are given up
    and the session goes on: the library does so too, but with a warning of the process.
    """
    previous_length = header.previous_length
    if state.receiving and previous_length - state.receiving.length > MAX_SKIPPED_AT_ONCE:
        previous_length = state.receiving.length
    return types.Header(header.ratchet_key, previous_length, header.index)


def _model(state: RatchetState) -> doubleratchet.DiffieHellmanRatchetModel:
    return doubleratchet.DiffieHellmanRatchetModel.model_construct(
        own_ratchet_priv=state.own_secret,
        other_ratchet_pub=state.peer_key,
        root_chain=_chain_model(Chain(state.root_key, 0)),
        symmetric_key_ratchet=doubleratchet.SymmetricKeyRatchetModel.model_construct(
            receiving_chain=_chain_model(state.receiving) if state.receiving else None,
            sending_chain=_chain_model(state.sending),
            previous_sending_chain_length=state.previous_length,
        ),
    )


def _chain_model(chain: Chain) -> doubleratchet.KDFChainModel:
    return doubleratchet.KDFChainModel.model_construct(length=chain.length, key=chain.key)


def _chain(model: doubleratchet.KDFChainModel) -> Chain:
    return Chain(model.key, model.length)


def _state(
    model: doubleratchet.DiffieHellmanRatchetModel, skipped: tuple[SkippedKey, ...]
) -> RatchetState:
    chains = model.symmetric_key_ratchet
    if chains.sending_chain is None:
        raise LocalProtocolError("a ratchet without a sending chain")
    return RatchetState(
        own_secret=model.own_ratchet_priv,
        peer_key=model.other_ratchet_pub,
        root_key=model.root_chain.key,
        previous_length=chains.previous_sending_chain_length or 0,
        sending=_chain(chains.sending_chain),
        receiving=_chain(chains.receiving_chain) if chains.receiving_chain else None,
        skipped=skipped,
    )


def _skipped_now(model: doubleratchet.DoubleRatchetModel, now_ms: int) -> tuple[SkippedKey, ...]:
    return tuple(
        SkippedKey(key.ratchet_pub, key.index, key.message_key, now_ms)
        for key in model.skipped_message_keys
    )
