"""What moves a ratchet: the interface between sessions and whatever engine does the steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from whispr.client.crypto.suite2.ratchet_state import RatchetHeader, RatchetState


class Cipher(Protocol):
    """Encrypts under a message key that is used once."""

    def seal(self, message_key: bytes, header: RatchetHeader, padded: bytes) -> bytes:
        """Encrypt, bound to the header."""

    def open(self, message_key: bytes, header: RatchetHeader, sealed: bytes) -> bytes:
        """The way back. Raises DecryptionError."""


class RatchetEngine(Protocol):
    """Moves ratchet states; each step takes a state and gives another, never changing the first.

    So a caller that drops the new state has changed nothing, and one that stores it has committed.
    """

    def start_sending(self, root_key: bytes, peer_key: bytes) -> RatchetState:
        """The state of who sends first, to the peer's first ratchet key.

        Raises:
            InvalidKeyError: the peer's key is of small order.
        """

    def start_receiving(self, root_key: bytes, own_secret: bytes, peer_key: bytes) -> RatchetState:
        """The state of who receives first, with the secret of his first ratchet key.

        Raises:
            DecryptionError: the peer's key is of small order.
        """

    def encrypt(
        self, state: RatchetState, padded: bytes, cipher: Cipher
    ) -> tuple[RatchetHeader, bytes, RatchetState]:
        """Seal under the next message key."""

    def decrypt(
        self,
        state: RatchetState,
        header: RatchetHeader,
        sealed: bytes,
        cipher: Cipher,
        now_ms: int,
    ) -> tuple[bytes, RatchetState]:
        """Open; keys of messages that have not come yet are kept with the time `now_ms`.

        Raises:
            ReplayError: the key was used already, or given up.
            DecryptionError: it does not open, or skips too many messages.
        """
