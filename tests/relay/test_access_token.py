"""The token of a private relay on disk."""

from __future__ import annotations

import os
import stat

import pytest

from whispr.errors import ConfigError
from whispr.protocol.address import base64url
from whispr.relay.access_token import ensure_access_token


def test_is_made_once_for_this_user_only(tmp_path):
    path = tmp_path / "access.token"
    token = ensure_access_token(path)
    assert len(token) == 32
    assert ensure_access_token(path) == token
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("size", [16, 64])
def test_one_that_is_there_is_used(tmp_path, size):
    path = tmp_path / "token"
    path.write_text(base64url(b"t" * size))
    assert ensure_access_token(path) == b"t" * size


@pytest.mark.parametrize("text", ["", "not base64url!", base64url(b"t" * 15), base64url(b"t" * 65)])
def test_an_unusable_one_is_named(tmp_path, text):
    path = tmp_path / "token"
    path.write_text(text)
    with pytest.raises(ConfigError, match="token"):
        ensure_access_token(path)


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(ConfigError, match="cannot use"):
        ensure_access_token(tmp_path / "no" / "token")
