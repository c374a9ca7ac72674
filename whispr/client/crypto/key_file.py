"""The sealed file that holds a person's keys: readable only with the PIN or passphrase.

Layout, integers big-endian:

    "WSPK" 4 | version u8 = 1 | kdf u8 | flags u8 | kdf parameters 3 x u32 | salt 32 | nonce 24
    | SecretBox (XSalsa20-Poly1305) ciphertext, 16 + payload | HMAC-SHA256 32 of all before it

    master 64 = KDF(secret, salt)                                  kdf.py
    master 64 = HKDF-SHA256(master, salt = device secret, info = "whispr/1/keyfile/device")
                                                                   only with flag bit 0
    encryption key 32 | HMAC key 32 = master

The order of opening: shape, version, flags, bounds of the parameters, device secret, KDF (once),
HMAC in constant time, decryption. The HMAC covers the header, so an edited one never opens.
"""

from __future__ import annotations

import hmac
import struct
from dataclasses import dataclass

import nacl.exceptions
from nacl.bindings import crypto_secretbox, crypto_secretbox_open

from whispr.client.crypto.hkdf import hkdf_sha256
from whispr.client.crypto.kdf import (
    MASTER_BYTES,
    PARAMETERS_BYTES,
    SALT_BYTES,
    DeriveMaster,
    KdfBounds,
    KdfParameters,
    algorithm_of,
    check_parameters,
    decode_parameters,
    derive_master,
    encode_parameters,
)
from whispr.errors import (
    CorruptFileError,
    DeviceSecretMissingError,
    InvalidKeyError,
    UnsupportedFormatError,
    WrongPinError,
)

MAGIC = b"WSPK"
FORMAT_VERSION = 1
FLAG_DEVICE_SECRET = 1
NONCE_BYTES = 24
DEVICE_SECRET_BYTES = 32
MAX_KEY_FILE_BYTES = 16 * 1024

_PREFIX = struct.Struct(f">4sBBB{PARAMETERS_BYTES}s{SALT_BYTES}s{NONCE_BYTES}s")
_HMAC_BYTES = 32
_BOX_TAG_BYTES = 16
_DEVICE_INFO = b"whispr/1/keyfile/device"
_REAL_BOUNDS = KdfBounds()

HEADER_BYTES = _PREFIX.size
OVERHEAD_BYTES = HEADER_BYTES + _BOX_TAG_BYTES + _HMAC_BYTES


@dataclass(frozen=True, slots=True)
class KeyFileHeader:
    """What can be read of a key file without its secret."""

    parameters: KdfParameters
    needs_device_secret: bool
    salt: bytes
    nonce: bytes

    def encode(self) -> bytes:
        """Return the 75 bytes in front of the ciphertext."""
        return _PREFIX.pack(
            MAGIC,
            FORMAT_VERSION,
            algorithm_of(self.parameters),
            FLAG_DEVICE_SECRET if self.needs_device_secret else 0,
            encode_parameters(self.parameters),
            self.salt,
            self.nonce,
        )


def read_header(data: bytes) -> KeyFileHeader:
    """Read the header of a key file; nothing in it is authenticated yet.

    Raises CorruptFileError when this is no key file, UnsupportedFormatError for a newer version,
    an unknown KDF or an unknown flag.
    """
    if not OVERHEAD_BYTES <= len(data) <= MAX_KEY_FILE_BYTES:
        raise CorruptFileError(f"key file has {len(data)} bytes")
    magic, version, algorithm, flags, parameters, salt, nonce = _PREFIX.unpack_from(data)
    if magic != MAGIC:
        raise CorruptFileError("this is not a key file")
    if version != FORMAT_VERSION:
        raise UnsupportedFormatError(f"key file of version {version} needs a newer version")
    if flags & ~FLAG_DEVICE_SECRET:
        raise UnsupportedFormatError("key file has flags of a newer version")
    return KeyFileHeader(
        parameters=decode_parameters(algorithm, parameters),
        needs_device_secret=bool(flags & FLAG_DEVICE_SECRET),
        salt=salt,
        nonce=nonce,
    )


def seal_key_file(
    payload: bytes,
    secret: str,
    *,
    kdf: KdfParameters,
    salt: bytes,
    nonce: bytes,
    device_secret: bytes | None = None,
    bounds: KdfBounds = _REAL_BOUNDS,
    derive: DeriveMaster = derive_master,
) -> bytes:
    """Return the bytes of a key file around `payload`; runs the KDF once, so call it in a thread.

    `salt` (32 bytes) and `nonce` (24 bytes) are fresh random for every file written, and so never
    used twice with one secret. `device_secret` (32 bytes) is the second factor from the keystore
    of the operating system. Raises InvalidKeyError for other lengths, UnsupportedFormatError for
    parameters out of bounds.
    """
    _require_length("salt", salt, SALT_BYTES)
    _require_length("nonce", nonce, NONCE_BYTES)
    if len(payload) + OVERHEAD_BYTES > MAX_KEY_FILE_BYTES:
        raise InvalidKeyError(f"key file payload of {len(payload)} bytes is too long")
    check_parameters(kdf, bounds)
    header = KeyFileHeader(kdf, device_secret is not None, salt, nonce)
    box_key, mac_key = _file_keys(secret, header, device_secret, derive)
    sealed = header.encode() + crypto_secretbox(payload, nonce, box_key)
    return sealed + hmac.digest(mac_key, sealed, "sha256")


def open_key_file(
    data: bytes,
    secret: str,
    device_secret: bytes | None = None,
    *,
    bounds: KdfBounds = _REAL_BOUNDS,
    derive: DeriveMaster = derive_master,
) -> bytes:
    """Return the payload of a key file; runs the KDF at most once, so call it in a thread.

    A `device_secret` that the file does not ask for is left unused. Raises WrongPinError when the
    HMAC does not fit (another secret, or changed bytes: they cannot be told apart),
    DeviceSecretMissingError when the file asks for one, CorruptFileError, UnsupportedFormatError.
    """
    header = read_header(data)
    check_parameters(header.parameters, bounds)
    if not header.needs_device_secret:
        device_secret = None
    elif device_secret is None:
        raise DeviceSecretMissingError("the keystore of this computer has lost its half of the key")
    box_key, mac_key = _file_keys(secret, header, device_secret, derive)
    sealed, mac = data[:-_HMAC_BYTES], data[-_HMAC_BYTES:]
    if not hmac.compare_digest(hmac.digest(mac_key, sealed, "sha256"), mac):
        raise WrongPinError("the PIN or passphrase is wrong, or the key file was changed")
    try:
        return crypto_secretbox_open(sealed[HEADER_BYTES:], header.nonce, box_key)
    except nacl.exceptions.CryptoError as error:
        raise CorruptFileError("key file does not open although its checksum fits") from error


def _file_keys(
    secret: str, header: KeyFileHeader, device_secret: bytes | None, derive: DeriveMaster
) -> tuple[bytes, bytes]:
    """Return the encryption key and the HMAC key, 32 bytes each."""
    master = derive(secret, header.salt, header.parameters)
    if device_secret is not None:
        _require_length("device secret", device_secret, DEVICE_SECRET_BYTES)
        master = hkdf_sha256(master, salt=device_secret, info=_DEVICE_INFO, length=MASTER_BYTES)
    return master[:32], master[32:]


def _require_length(what: str, value: bytes, length: int) -> None:
    if len(value) != length:
        raise InvalidKeyError(f"{what} has {len(value)} bytes, not {length}")
