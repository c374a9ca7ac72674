"""The token of a private relay, on disk: made at first start, read by this process alone."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from whispr.errors import ConfigError
from whispr.protocol.address import base64url, from_base64url
from whispr.protocol.limits import MAX_ACCESS_TOKEN_BYTES

TOKEN_BYTES = 32
MIN_TOKEN_BYTES = 16


def ensure_access_token(path: Path) -> bytes:
    """Read the token, 16 to 64 bytes as base64url in a file; make one if there is no file.

    Raises ConfigError when the file cannot be read or written, or holds no usable token.
    """
    try:
        with contextlib.suppress(FileExistsError):
            _write_private(path, base64url(secrets.token_bytes(TOKEN_BYTES)) + "\n")
    except OSError as error:
        raise ConfigError(f"cannot use {path}: {error.strerror or error}") from error
    return read_access_token(path)


def read_access_token(path: Path) -> bytes:
    """The token in a file that is there.

    Raises ConfigError when the file cannot be read or holds no usable token.
    """
    try:
        token = from_base64url(path.read_text(encoding="ascii").strip())
    except OSError as error:
        raise ConfigError(f"cannot use {path}: {error.strerror or error}") from error
    except ValueError as error:
        raise ConfigError(f"{path} does not hold a base64url text") from error
    if not MIN_TOKEN_BYTES <= len(token) <= MAX_ACCESS_TOKEN_BYTES:
        sizes = f"{MIN_TOKEN_BYTES} to {MAX_ACCESS_TOKEN_BYTES}"
        raise ConfigError(f"{path}: a token has {sizes} bytes")
    return token


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="ascii") as stream:
        stream.write(text)
