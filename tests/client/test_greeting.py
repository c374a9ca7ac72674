from __future__ import annotations

import pytest

from tests.client.fake_relay import NONCE, hello
from whispr.client.greeting import announced_ids, greeting, proof
from whispr.errors import (
    LocalProtocolError,
    RateLimitedError,
    RelayUnavailableError,
    RemoteProtocolError,
)
from whispr.protocol import frames
from whispr.protocol.codes import ErrorCode, GoawayReason, Scope
from whispr.protocol.signatures import SigningKey, verify
from whispr.protocol.signing import auth_input

RELAY_ID = b"r" * 32
NEXT_ID = b"n" * 32
KEY = SigningKey(b"k" * 32)


@pytest.mark.parametrize("announced", [RELAY_ID, RELAY_ID + NEXT_ID, NEXT_ID + RELAY_ID])
def test_hello_of_the_relay_that_answered(announced: bytes) -> None:
    frame = hello(announced)
    assert greeting(frame, RELAY_ID) is frame


@pytest.mark.parametrize("announced", [NEXT_ID, b"x" + RELAY_ID + b"x" * 31])
def test_hello_of_another_relay(announced: bytes) -> None:
    with pytest.raises(RemoteProtocolError, match="another key"):
        greeting(hello(announced), RELAY_ID)


@pytest.mark.parametrize(
    ("lowest", "highest", "text"), [(2, 2, "newer"), (0, 0, "older"), (1, 1, ""), (0, 255, "")]
)
def test_version_must_include_ours(lowest: int, highest: int, text: str) -> None:
    frame = hello(RELAY_ID, version_min=lowest, version_max=highest)
    if not text:
        assert greeting(frame, RELAY_ID) is frame
        return
    with pytest.raises(RemoteProtocolError, match=text):
        greeting(frame, RELAY_ID)


def test_refusals_at_the_door() -> None:
    with pytest.raises(RelayUnavailableError, match="restarting") as caught:
        greeting(frames.Goaway(0, GoawayReason.DRAINING, 20), RELAY_ID)
    assert caught.value.retry_after_ms == 20
    with pytest.raises(RateLimitedError, match="slowly"):
        greeting(frames.Error(0, ErrorCode.RATE_LIMITED, 0, "slowly"), RELAY_ID)
    with pytest.raises(RemoteProtocolError, match="did not say hello"):
        greeting(frames.Pong(0, 0), RELAY_ID)


def test_announced_ids_are_taken_apart() -> None:
    assert announced_ids(hello(RELAY_ID)) == (RELAY_ID,)
    assert announced_ids(hello(RELAY_ID + NEXT_ID)) == (RELAY_ID, NEXT_ID)


@pytest.mark.parametrize("scope", list(Scope))
def test_proof_signs_what_the_connection_is(scope: Scope) -> None:
    fields = proof(
        KEY,
        scope,
        relay_id=RELAY_ID,
        relay_nonce=NONCE,
        client_nonce=b"c" * 32,
        time_ms=5,
        access_token=b"",
    )
    signed = auth_input(
        version=1,
        scope=scope,
        relay_id=RELAY_ID,
        relay_nonce=NONCE,
        client_nonce=b"c" * 32,
        key=KEY.public,
        time_ms=5,
    )
    verify(KEY.public, signed, fields["signature"])
    assert frames.Auth(1, **fields).scope == scope


def test_token_is_shown_for_reading_only() -> None:
    arguments = {"relay_id": RELAY_ID, "relay_nonce": NONCE, "client_nonce": NONCE, "time_ms": 5}
    fields = proof(KEY, Scope.READ, access_token=b"token", **arguments)
    assert fields["access_token"] == b"token"
    with pytest.raises(LocalProtocolError, match="for reading only"):
        proof(KEY, Scope.SEND, access_token=b"token", **arguments)
