"""Turns a PIN or passphrase into the 64-byte master key of a file, at a cost that a thief pays too.

The parameters travel in the file's header, so they are checked against bounds before any work is
done: a weaker one would help a thief, a stronger one would stop the computer.
"""

from __future__ import annotations

import hashlib
import struct
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

import nacl.exceptions
import nacl.pwhash.argon2id

from whispr.errors import StorageError, UnsupportedFormatError

SALT_BYTES = 32
MASTER_BYTES = 64
PARAMETERS_BYTES = 12

_PARAMETERS = struct.Struct(">III")
_SCRYPT_SPARE_BYTES = 1024 * 1024


class KdfAlgorithm(IntEnum):
    """The number of a KDF in a file header."""

    SCRYPT = 1
    ARGON2ID = 2


@dataclass(frozen=True, slots=True)
class ScryptParameters:
    """scrypt (RFC 7914); the default takes 128 MiB and about half a second on a desktop core."""

    log2_n: int = 17
    block_size: int = 8
    parallelism: int = 1


@dataclass(frozen=True, slots=True)
class Argon2idParameters:
    """Argon2id (RFC 9106); the default is libsodium's MODERATE: three passes over 256 MiB."""

    passes: int = 3
    memory_kib: int = 256 * 1024
    lanes: int = 1


KdfParameters: TypeAlias = ScryptParameters | Argon2idParameters

DeriveMaster: TypeAlias = Callable[[str, bytes, KdfParameters], bytes]
"""(secret, salt of 32 bytes, parameters) -> master key of 64 bytes."""


@dataclass(frozen=True, slots=True)
class KdfBounds:
    """What a file may ask for, both ends included; the defaults are the rule for real files."""

    scrypt_log2_n: tuple[int, int] = (15, 20)
    """32 MiB to 1 GiB with the block size 8, which is the only one allowed."""
    argon2id_memory_kib: tuple[int, int] = (64 * 1024, 1024 * 1024)
    argon2id_passes: tuple[int, int] = (2, 10)


def encode_parameters(parameters: KdfParameters) -> bytes:
    """Return the 12 bytes of a header: three u32, in the order of the dataclass fields."""
    if isinstance(parameters, ScryptParameters):
        return _PARAMETERS.pack(parameters.log2_n, parameters.block_size, parameters.parallelism)
    return _PARAMETERS.pack(parameters.passes, parameters.memory_kib, parameters.lanes)


def algorithm_of(parameters: KdfParameters) -> KdfAlgorithm:
    """Return the number under which a header names the KDF of `parameters`."""
    if isinstance(parameters, ScryptParameters):
        return KdfAlgorithm.SCRYPT
    return KdfAlgorithm.ARGON2ID


def decode_parameters(algorithm: int, raw: bytes) -> KdfParameters:
    """Read the 12 bytes of a header; the values still have to pass `check_parameters`.

    Raises UnsupportedFormatError for a KDF that this version does not know.
    """
    first, second, third = _PARAMETERS.unpack(raw)
    if algorithm == KdfAlgorithm.SCRYPT:
        return ScryptParameters(log2_n=first, block_size=second, parallelism=third)
    if algorithm == KdfAlgorithm.ARGON2ID:
        return Argon2idParameters(passes=first, memory_kib=second, lanes=third)
    raise UnsupportedFormatError(f"key derivation {algorithm} needs a newer version")


def check_parameters(parameters: KdfParameters, bounds: KdfBounds) -> None:
    """Refuse parameters that are too weak or too costly, before any work is done.

    Raises UnsupportedFormatError.
    """
    if isinstance(parameters, ScryptParameters):
        allowed = (
            _within(parameters.log2_n, bounds.scrypt_log2_n)
            and parameters.block_size == 8
            and parameters.parallelism == 1
        )
    else:
        allowed = (
            _within(parameters.memory_kib, bounds.argon2id_memory_kib)
            and _within(parameters.passes, bounds.argon2id_passes)
            and parameters.lanes == 1
        )
    if not allowed:
        raise UnsupportedFormatError(f"key derivation out of the allowed range: {parameters}")


def _within(value: int, bounds: tuple[int, int]) -> bool:
    lowest, highest = bounds
    return lowest <= value <= highest


def secret_bytes(secret: str) -> bytes:
    """Return the bytes of a PIN or passphrase, the same for every keyboard and system.

    As RFC 8265 section 4.2 (OpaqueString): other spaces become U+0020, then NFC, then UTF-8.
    Lone surrogates, which a terminal may hand over, are kept rather than shown in an error.
    """
    spaced = "".join(
        " " if unicodedata.category(character) == "Zs" else character for character in secret
    )
    return unicodedata.normalize("NFC", spaced).encode("utf-8", "surrogatepass")


def derive_master(secret: str, salt: bytes, parameters: KdfParameters) -> bytes:
    """Return the 64-byte master key of `secret`; takes as long as `parameters` say.

    Argon2id takes the first 16 bytes of the 32-byte salt, which is the length libsodium fixes.
    Blocks: call it in a thread. Raises StorageError when the memory cannot be had.
    """
    try:
        if isinstance(parameters, ScryptParameters):
            return _scrypt(secret_bytes(secret), salt, parameters)
        return nacl.pwhash.argon2id.kdf(
            MASTER_BYTES,
            secret_bytes(secret),
            salt[: nacl.pwhash.argon2id.SALTBYTES],
            opslimit=parameters.passes,
            memlimit=parameters.memory_kib * 1024,
        )
    except (ValueError, MemoryError, nacl.exceptions.CryptoError) as error:
        raise StorageError("not enough memory to derive the key of this file") from error


def _scrypt(secret: bytes, salt: bytes, parameters: ScryptParameters) -> bytes:
    cost = 1 << parameters.log2_n
    needed = 128 * parameters.block_size * (cost + parameters.parallelism + 2)
    return hashlib.scrypt(
        secret,
        salt=salt,
        n=cost,
        r=parameters.block_size,
        p=parameters.parallelism,
        maxmem=needed + _SCRYPT_SPARE_BYTES,
        dklen=MASTER_BYTES,
    )
