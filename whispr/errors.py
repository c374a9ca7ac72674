"""Every exception class of Whispr; this docstring is the tree.

WhisprError
├── ConfigError                      a setting is unknown, malformed or out of range
├── UserInputError                   what a person typed or pasted cannot be used
│   ├── InvalidAddressError          not a relay address
│   ├── InvalidCardError             not a card, or a damaged or forged one
│   ├── UnknownContactError          no contact of that name
│   ├── ContactConflictError         the name or the identity is taken
│   ├── TextTooLongError             a text that does not fit in one envelope
│   └── FileTooLargeError            a file over the limit
├── ProtocolError                    the two ends disagree about the wire
│   ├── LocalProtocolError           we asked for something illegal: a bug of ours
│   └── RemoteProtocolError          the peer broke the rules
│       ├── FrameTooLargeError       the announced length is zero or above the limit of the state
│       ├── MalformedFrameError      the bytes are not a frame
│       ├── UnexpectedFrameError     a frame that this state does not allow
│       ├── UnknownFrameError        a frame code that this version does not know
│       ├── MalformedEnvelopeError   the bytes are not an envelope
│       └── MalformedContentError    the decrypted bytes are not content
├── CryptoError
│   ├── BadSignatureError            a signature does not verify
│   ├── DecryptionError              a ciphertext does not open
│   │   └── ReplayError              its key was used already, or given up
│   └── InvalidKeyError              bytes that are no usable key
├── TransportError                   the connection, not the relay, failed
│   ├── ConnectError                 no connection could be made
│   ├── CertificateError             the relay is not the one its address names
│   ├── ConnectionClosedError        the connection ended before the answer
│   └── RequestTimeoutError          no answer in time
├── RelayError                       the relay refused; one class for each error code
│   ├── MalformedRefusedError        code malformed
│   ├── FrameRefusedError            code frame_too_large
│   ├── UnsupportedError             code unsupported
│   ├── OutOfStateError              code unexpected
│   ├── AuthenticationError          code auth_failed
│   ├── AccessDeniedError            code access_denied
│   ├── NotAuthenticatedError        code not_authenticated
│   ├── WrongRelayError              code wrong_relay
│   ├── StaleClockError              code stale_clock
│   ├── SignatureRefusedError        code bad_signature
│   ├── IdReusedError                code id_reused
│   ├── RateLimitedError             code rate_limited
│   ├── MailboxFullError             code mailbox_full
│   ├── PayloadTooLargeError         code too_large
│   ├── RelayFullError               code relay_full
│   ├── RelayUnavailableError        code unavailable
│   ├── NotSubscribedError           code not_subscribed
│   ├── BadAcknowledgementError      code bad_ack
│   ├── NotFoundError                code not_found
│   ├── BlobMismatchError            code blob_mismatch
│   └── RelayInternalError           code internal
├── ConformanceError                 a relay or client breaks a rule of the protocol
└── StorageError                     the profile on this computer
    ├── NoProfileError               there is no profile in that folder
    ├── ProfileExistsError           there is one already
    ├── ProfileInUseError            another process has it open
    ├── WrongPinError                the PIN or passphrase does not open the key file
    ├── DeviceSecretMissingError     the keystore of the system lacks the second factor
    ├── WeakSecretError              a PIN or passphrase that is too easy to guess
    ├── CorruptFileError             a file is damaged or was changed
    ├── UnsupportedFormatError       a file of a newer version, or with refused parameters
    └── NotEncryptedError            the database on disk is readable without its key

Messages are lower case and hold no secret, no plaintext and no whole key.
"""

from __future__ import annotations


class WhisprError(Exception):
    """Root of every error that Whispr raises on purpose."""


class ConfigError(WhisprError):
    """A setting is unknown, malformed or out of range."""


class UserInputError(WhisprError):
    """What a person typed or pasted cannot be used."""


class InvalidAddressError(UserInputError):
    """Not a relay address."""


class InvalidCardError(UserInputError):
    """Not a card, or a damaged or forged one."""


class UnknownContactError(UserInputError):
    """No contact of that name."""


class ContactConflictError(UserInputError):
    """The name or the identity is taken."""


class TextTooLongError(UserInputError):
    """A text that does not fit in one envelope."""


class FileTooLargeError(UserInputError):
    """A file over the limit."""


class ProtocolError(WhisprError):
    """The two ends disagree about the wire."""


class LocalProtocolError(ProtocolError):
    """We asked for something illegal: a bug of ours."""


class RemoteProtocolError(ProtocolError):
    """The peer broke the rules."""


class FrameTooLargeError(RemoteProtocolError):
    """The announced length is zero or above the limit of the state."""


class MalformedFrameError(RemoteProtocolError):
    """The bytes are not a frame."""


class UnexpectedFrameError(RemoteProtocolError):
    """A frame that this state does not allow."""


class UnknownFrameError(RemoteProtocolError):
    """A frame code that this version does not know; answered, never fatal."""

    def __init__(self, message: str, *, request_id: int = 0) -> None:
        super().__init__(message)
        self.request_id = request_id


class MalformedEnvelopeError(RemoteProtocolError):
    """The bytes are not an envelope."""


class MalformedContentError(RemoteProtocolError):
    """The decrypted bytes are not content."""


class CryptoError(WhisprError):
    """A cryptographic check failed."""


class BadSignatureError(CryptoError):
    """A signature does not verify."""


class DecryptionError(CryptoError):
    """A ciphertext does not open."""


class ReplayError(DecryptionError):
    """The key of a ciphertext was used already, or given up."""


class InvalidKeyError(CryptoError):
    """Bytes that are no usable key."""


class TransportError(WhisprError):
    """The connection, not the relay, failed."""


class ConnectError(TransportError):
    """No connection could be made."""


class CertificateError(TransportError):
    """The relay is not the one its address names."""


class ConnectionClosedError(TransportError):
    """The connection ended before the answer."""


class RequestTimeoutError(TransportError):
    """No answer in time."""


class RelayError(WhisprError):
    """The relay refused a request; `retry_after_ms` is 0 where waiting does not help."""

    def __init__(self, message: str = "", *, retry_after_ms: int = 0) -> None:
        super().__init__(message)
        self.retry_after_ms = retry_after_ms


class MalformedRefusedError(RelayError):
    """Code `malformed`."""


class FrameRefusedError(RelayError):
    """Code `frame_too_large`."""


class UnsupportedError(RelayError):
    """Code `unsupported`."""


class OutOfStateError(RelayError):
    """Code `unexpected`."""


class AuthenticationError(RelayError):
    """Code `auth_failed`."""


class AccessDeniedError(RelayError):
    """Code `access_denied`."""


class NotAuthenticatedError(RelayError):
    """Code `not_authenticated`."""


class WrongRelayError(RelayError):
    """Code `wrong_relay`."""


class StaleClockError(RelayError):
    """Code `stale_clock`."""


class SignatureRefusedError(RelayError):
    """Code `bad_signature`."""


class IdReusedError(RelayError):
    """Code `id_reused`."""


class RateLimitedError(RelayError):
    """Code `rate_limited`."""


class MailboxFullError(RelayError):
    """Code `mailbox_full`."""


class PayloadTooLargeError(RelayError):
    """Code `too_large`."""


class RelayFullError(RelayError):
    """Code `relay_full`."""


class RelayUnavailableError(RelayError):
    """Code `unavailable`."""


class NotSubscribedError(RelayError):
    """Code `not_subscribed`."""


class BadAcknowledgementError(RelayError):
    """Code `bad_ack`."""


class NotFoundError(RelayError):
    """Code `not_found`."""


class BlobMismatchError(RelayError):
    """Code `blob_mismatch`."""


class RelayInternalError(RelayError):
    """Code `internal`."""


class ConformanceError(WhisprError):
    """A relay or client breaks a rule of the protocol."""


class StorageError(WhisprError):
    """The profile on this computer cannot be used as asked."""


class NoProfileError(StorageError):
    """There is no profile in that folder."""


class ProfileExistsError(StorageError):
    """There is a profile in that folder already."""


class ProfileInUseError(StorageError):
    """Another process has the profile open."""


class WrongPinError(StorageError):
    """The PIN or passphrase does not open the key file; wait before the next attempt."""

    def __init__(self, message: str, *, wait_seconds: float = 0.0) -> None:
        super().__init__(message)
        self.wait_seconds = wait_seconds


class DeviceSecretMissingError(StorageError):
    """The keystore of the system lacks the second factor of the key file."""


class WeakSecretError(StorageError):
    """A PIN or passphrase that is too easy to guess."""


class CorruptFileError(StorageError):
    """A file is damaged or was changed."""


class UnsupportedFormatError(StorageError):
    """A file of a newer version, or with parameters that are refused."""


class NotEncryptedError(StorageError):
    """The database on disk is readable without its key."""
