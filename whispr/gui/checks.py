"""Answers to "is that right so?": a pasted card, a new secret, a relay that was looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

CardVerdict = Literal["empty", "invalid", "own", "known", "blocked", "valid"]


@dataclass(frozen=True, slots=True)
class CardCheck:
    """What a pasted text is."""

    verdict: CardVerdict
    sentence: str = ""
    identity: bytes = b""
    name: str = ""
    """What the card calls the person, or what we call him when he is known."""
    address: str = ""
    contact_id: int | None = None


@dataclass(frozen=True, slots=True)
class SecretCheck:
    """How good a new PIN or passphrase is."""

    score: int
    """0 to 4."""
    acceptable: bool
    sentence: str
    long_enough: bool
    not_common: bool
    no_pattern: bool


@dataclass(frozen=True, slots=True)
class RelayCheck:
    """A relay that answered."""

    location: str
    address: str = field(repr=False)
    """With the pins that it has now."""
    fingerprint: str
    """The first digits of the key it showed, in groups."""


@dataclass(frozen=True, slots=True)
class RelayState:
    """Where our mailbox lies, and where it lay before and is still read."""

    location: str
    address: str = field(repr=False)
    """With the pins, and the access token if it wants one."""
    fingerprint: str
    """As in a check; empty while its key is not known."""
    former: tuple[tuple[str, int], ...]
    """`host:port` and when its reading ends, in milliseconds."""
