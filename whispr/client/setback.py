"""`Setback`: why a connection is not there, in plain words, and what a link does about it."""

from __future__ import annotations

from dataclasses import dataclass

from whispr import errors
from whispr.client.events import LinkState
from whispr.client.reconnect import REFUSED_DELAY_SECONDS, retry_after_seconds
from whispr.protocol.codes import GoawayReason
from whispr.protocol.frames import Goaway

GOAWAY_TEXTS: dict[GoawayReason, str] = {
    GoawayReason.DRAINING: "the relay is restarting",
    GoawayReason.REPLACED: "opened elsewhere",
    GoawayReason.IDLE: "the relay heard nothing for too long",
    GoawayReason.SLOW_READER: "this connection was too slow for the relay",
    GoawayReason.TIMEOUT: "this connection was too slow for the relay",
    GoawayReason.LIMIT: "the relay has too many connections",
}

REFUSALS: dict[type[errors.WhisprError], str] = {
    errors.CertificateError: "",
    errors.AuthenticationError: "the relay does not accept the key of this profile",
    errors.AccessDeniedError: "the relay is private: its address must hold the access token",
    errors.WrongRelayError: "the relay says that it is another one",
    errors.UnsupportedError: "the relay does not offer what is needed",
}
"""Errors that another attempt alone does not mend, and their text; empty: their own."""

TROUBLES: dict[type[errors.WhisprError], str] = {
    errors.RateLimitedError: "the relay asks for a pause",
    errors.RelayFullError: "the relay is full",
    errors.RelayUnavailableError: "the relay is not available right now",
    errors.RequestTimeoutError: "no answer from the relay",
}
"""Errors that pass, and their text; of any other error the text is its own."""


@dataclass(frozen=True, slots=True)
class Setback:
    """A connection ended or could not be made."""

    state: LinkState
    """WAITING, REPLACED or REFUSED."""
    reason: str
    error: errors.WhisprError
    minimum_seconds: float = 0.0
    """Before the next attempt."""


def goaway_text(reason: int) -> str:
    """A reason of GOAWAY in plain words; reasons of later versions have none of their own."""
    try:
        return GOAWAY_TEXTS[GoawayReason(reason)]
    except ValueError:
        return "the relay ended the connection"


def after_goaway(goaway: Goaway, *, owns_mailbox: bool) -> Setback:
    """The relay said that it ends the connection.

    Only who has a mailbox there can be replaced: a contact's relay cannot silence a link for good.
    """
    reason = goaway_text(goaway.reason)
    replaced = goaway.reason == GoawayReason.REPLACED and owns_mailbox
    return Setback(
        LinkState.REPLACED if replaced else LinkState.WAITING,
        reason,
        errors.ConnectionClosedError(reason),
        retry_after_seconds(goaway.retry_after_ms),
    )


def after_error(error: errors.WhisprError, *, was_online: bool) -> Setback:
    """An attempt failed, or a connection broke that had been online."""
    refusal = REFUSALS.get(type(error))
    if refusal is not None:
        return Setback(LinkState.REFUSED, refusal or str(error), error, REFUSED_DELAY_SECONDS)
    if isinstance(error, errors.RemoteProtocolError):
        return _after_protocol_error(error, was_online=was_online)
    pause = error.retry_after_ms if isinstance(error, errors.RelayError) else 0
    reason = TROUBLES.get(type(error)) or str(error)
    return Setback(LinkState.WAITING, reason, error, retry_after_seconds(pause))


def _after_protocol_error(error: errors.RemoteProtocolError, *, was_online: bool) -> Setback:
    # The base class carries sentences for people; what the codec found is for a log.
    for_people = type(error) is errors.RemoteProtocolError
    reason = str(error) if for_people else "the relay does not keep to the protocol"
    if was_online:
        return Setback(LinkState.WAITING, reason, error)
    return Setback(LinkState.REFUSED, reason, error, REFUSED_DELAY_SECONDS)
