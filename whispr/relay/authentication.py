"""AUTH: one key proven for one scope, bound to this connection's TLS key, nonce and the time."""

from __future__ import annotations

import hmac

from whispr.errors import (
    AccessDeniedError,
    AuthenticationError,
    BadSignatureError,
    RateLimitedError,
)
from whispr.protocol.codes import Scope
from whispr.protocol.frames import Auth, Ready
from whispr.protocol.limits import CLOCK_WINDOW_MS, PROTOCOL_VERSION
from whispr.protocol.signatures import verify
from whispr.protocol.signing import auth_input
from whispr.relay.peer import Peer
from whispr.relay.services import Services


async def authenticate(services: Services, peer: Peer, frame: Auth) -> Ready:
    """Open a scope.

    Raises:
        RateLimitedError: too many authentications from this address.
        AuthenticationError: the same for whatever is wrong with the proof.
        AccessDeniedError: the proof is good, but a mailbox here needs the relay's access token.
    """
    wait_ms = services.limits.address_auths.take(peer.address)
    if wait_ms:
        services.metrics.rate_limited("address_auths")
        raise RateLimitedError("too many authentications", retry_after_ms=wait_ms)
    if not _is_proven(services, peer, frame):
        peer.failed_proofs += 1
        raise AuthenticationError("the proof is not good")
    if frame.scope == Scope.READ:
        if services.access_token and not hmac.compare_digest(
            frame.access_token, services.access_token
        ):
            peer.failed_proofs += 1
            raise AccessDeniedError("a mailbox on this relay needs its access token")
        peer.read_key = frame.key
    else:
        peer.send_key = frame.key
    services.metrics.saw(frame.key)
    return Ready(frame.request_id, scope=frame.scope, epoch=services.store.epoch)


def _is_proven(services: Services, peer: Peer, frame: Auth) -> bool:
    """The signature is checked whatever else is wrong: time tells nothing about the reason."""
    try:
        verify(
            frame.key,
            auth_input(
                version=frame.version,
                scope=frame.scope,
                relay_id=peer.relay_id,
                relay_nonce=peer.nonce,
                client_nonce=frame.nonce,
                key=frame.key,
                time_ms=frame.time_ms,
            ),
            frame.signature,
        )
    except BadSignatureError:
        return False
    taken = {Scope.READ: peer.read_key, Scope.SEND: peer.send_key}
    return (
        frame.version == PROTOCOL_VERSION
        and frame.scope in taken
        and taken[Scope(frame.scope)] is None
        and abs(frame.time_ms - services.clock.wall_ms()) <= CLOCK_WINDOW_MS
    )
