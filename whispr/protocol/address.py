"""The relay address: one pasteable line that says where a relay is and which TLS key it has.

    whispr://PIN[,NEXT_PIN][:ACCESS_TOKEN]@HOST[:PORT]

PIN is base64url (43 characters) of the relay id: SHA-256 of the TLS key's SubjectPublicKeyInfo.
Without pins (`whispr://HOST`) the certificate must be signed by a known authority, and its key is
remembered at the first connection. `docs/protocol.md` §2.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from dataclasses import dataclass, field

from whispr.errors import InvalidAddressError
from whispr.protocol.limits import DEFAULT_PORT, MAX_ACCESS_TOKEN_BYTES, RELAY_ID_BYTES

SCHEME = "whispr://"
MAX_HOST_BYTES = 253
_MAX_TEXT_LENGTH = 1024
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


def base64url(data: bytes) -> str:
    """Base64 with `-` and `_`, without padding (RFC 4648 §5)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    """Strict inverse of `base64url`: one text for each value.

    Raises:
        ValueError: a character or length that no value has.
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text):
        raise ValueError("not base64url")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError("not base64url") from error
    if base64url(data) != text:
        raise ValueError("not canonical base64url")
    return data


def normal_host(host: str) -> str:
    """The one spelling of a host: lower case, no brackets, no final dot.

    International names become IDNA, IPv6 addresses their shortest form (RFC 5952).

    Raises:
        InvalidAddressError: neither a host name nor an IP address.
    """
    text = host.strip().lower()
    try:
        if len(text) > MAX_HOST_BYTES + 2:  # first: the work of IDNA grows faster than its input
            raise ValueError("too long")
        if text.startswith("["):
            if not text.endswith("]"):
                raise ValueError("a bracket is missing")
            return _normal_ipv6(text[1:-1])
        return _normal_ipv6(text) if ":" in text else _normal_name(text)
    except ValueError as error:  # also UnicodeError and those of ipaddress
        raise InvalidAddressError("the host of the relay address is not valid") from error


def _normal_ipv6(text: str) -> str:
    if "%" in text:
        raise ValueError("a zone means something on one machine only")
    address = ipaddress.IPv6Address(text)
    # A mapped IPv4 address has two spellings in IPv6, and is one host.
    return str(address.ipv4_mapped or address)


def _normal_name(text: str) -> str:
    if not text.isascii():
        text = text.encode("idna").decode("ascii")
    text = text.removesuffix(".")
    labels = text.split(".")
    if len(text) > MAX_HOST_BYTES or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError("not a host name")
    # Resolvers read 127.1 or 0x7f000001 as an address: a numeric name is one in full or none.
    return str(ipaddress.IPv4Address(text)) if _NUMBER.fullmatch(labels[-1]) else text


def host_and_port(host: str, port: int) -> str:
    """`host:port`, IPv6 in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def split_host_and_port(text: str, default_port: int = DEFAULT_PORT) -> tuple[str, int]:
    """Read `host`, `host:port`, `[v6]` or `[v6]:port`.

    Raises:
        InvalidAddressError: no valid host or a port outside 1 to 65535.
    """
    match = re.fullmatch(r"(\[[^\]]*\]|[^:\[\]/?#@]+)(?::([0-9]{1,5}))?", text)
    if not match:
        raise InvalidAddressError("expected HOST or HOST:PORT")
    port = int(match[2]) if match[2] else default_port
    if not 1 <= port <= 65535:
        raise InvalidAddressError("a port lies between 1 and 65535")
    return normal_host(match[1]), port


@dataclass(frozen=True, slots=True)
class RelayAddress:
    """Where a relay is and which keys it may have."""

    host: str
    port: int
    relay_ids: tuple[bytes, ...] = ()
    """Id of the current TLS key, then of the announced next one; empty: ask the authorities."""
    access_token: bytes = field(default=b"", repr=False)
    """What a private relay asks of who owns a mailbox there."""

    def __post_init__(self) -> None:
        if normal_host(self.host) != self.host or not 1 <= self.port <= 65535:
            raise InvalidAddressError("the host or port of the relay address is not valid")
        if len(self.relay_ids) > 2 or any(len(pin) != RELAY_ID_BYTES for pin in self.relay_ids):
            raise InvalidAddressError("a relay address has at most two pins of 32 bytes")
        if bytes(RELAY_ID_BYTES) in self.relay_ids:
            raise InvalidAddressError("a pin of the relay address is empty")
        if len(self.access_token) > MAX_ACCESS_TOKEN_BYTES:
            raise InvalidAddressError("the access token is too long")

    def text(self) -> str:
        """The one line to paste; holds the access token."""
        credentials = ",".join(base64url(pin) for pin in self.relay_ids)
        if self.access_token:
            credentials += ":" + base64url(self.access_token)
        return SCHEME + (credentials + "@" if credentials else "") + self.location

    @property
    def location(self) -> str:
        """`host:port`: what a person recognises; holds no secret."""
        return host_and_port(self.host, self.port)

    def public(self) -> RelayAddress:
        """The same without the access token: what goes into a card."""
        return RelayAddress(self.host, self.port, self.relay_ids)

    @classmethod
    def parse(cls, text: str) -> RelayAddress:
        """Read a relay address.

        Raises:
            InvalidAddressError: says what is wrong with it.
        """
        if len(text) > _MAX_TEXT_LENGTH:
            raise InvalidAddressError("not a relay address: too long")
        text = "".join(text.split())
        if not text.lower().startswith(SCHEME):
            raise InvalidAddressError(f"a relay address begins with {SCHEME}")
        if "#" in text:
            raise InvalidAddressError("this is a card of a person, not a relay address")
        credentials, at_sign, location = text[len(SCHEME) :].removesuffix("/").rpartition("@")
        pins, colon, token = credentials.partition(":")
        if (at_sign and not credentials) or (colon and not token):
            raise InvalidAddressError("the pin or token of the relay address is missing")
        host, port = split_host_and_port(location)
        try:
            relay_ids = tuple(from_base64url(pin) for pin in pins.split(",")) if pins else ()
            access_token = from_base64url(token)
        except ValueError as error:
            raise InvalidAddressError("the pin or token of the relay address is damaged") from error
        return cls(host, port, relay_ids, access_token)
