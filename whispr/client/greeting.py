"""How the two ends introduce themselves: HELLO judged, AUTH made (`docs/protocol.md` §5)."""

from __future__ import annotations

from typing import Any

from whispr.client.setback import goaway_text
from whispr.errors import LocalProtocolError, RelayUnavailableError, RemoteProtocolError
from whispr.protocol.codes import Scope, relay_error
from whispr.protocol.frames import Error, Goaway, Hello
from whispr.protocol.limits import PROTOCOL_VERSION, RELAY_ID_BYTES
from whispr.protocol.schema import Frame
from whispr.protocol.signatures import SigningKey
from whispr.protocol.signing import auth_input


def greeting(frame: Frame, relay_id: bytes) -> Hello:
    """The HELLO that the first frame of a relay must be.

    `relay_id` is what the relay proved in the handshake of this connection.

    Raises:
        RelayError: the relay takes no connection now, or not from here.
        RemoteProtocolError: another protocol, or another relay than the one that answered.
    """
    if isinstance(frame, Goaway):
        raise RelayUnavailableError(goaway_text(frame.reason), retry_after_ms=frame.retry_after_ms)
    if isinstance(frame, Error):
        raise relay_error(frame.code_number, frame.text, frame.retry_after_ms)
    if not isinstance(frame, Hello):
        raise RemoteProtocolError("the relay did not say hello")
    if frame.version_min > PROTOCOL_VERSION:
        raise RemoteProtocolError("the relay speaks a newer protocol: update Whispr")
    if frame.version_max < PROTOCOL_VERSION:
        raise RemoteProtocolError("the relay speaks an older protocol: it must be updated")
    if relay_id not in announced_ids(frame):
        raise RemoteProtocolError("the relay announces another key than it shows")
    return frame


def announced_ids(hello: Hello) -> tuple[bytes, ...]:
    """The ids of the relay's current key and, if there is one, of its next."""
    starts = range(0, len(hello.relay_ids), RELAY_ID_BYTES)
    return tuple(hello.relay_ids[start : start + RELAY_ID_BYTES] for start in starts)


def proof(
    key: SigningKey,
    scope: Scope,
    *,
    relay_id: bytes,
    relay_nonce: bytes,
    client_nonce: bytes,
    time_ms: int,
    access_token: bytes,
) -> dict[str, Any]:
    """The fields of an AUTH that proves `key` for `scope` to the relay of this connection.

    Raises:
        LocalProtocolError: an access token for anything but reading: it would leak.
    """
    if access_token and scope is not Scope.READ:
        raise LocalProtocolError("an access token is shown for reading only")
    signed = auth_input(
        version=PROTOCOL_VERSION,
        scope=scope,
        relay_id=relay_id,
        relay_nonce=relay_nonce,
        client_nonce=client_nonce,
        key=key.public,
        time_ms=time_ms,
    )
    return {
        "version": PROTOCOL_VERSION,
        "scope": int(scope),
        "key": key.public,
        "nonce": client_nonce,
        "time_ms": time_ms,
        "access_token": access_token,
        "signature": key.sign(signed),
    }
