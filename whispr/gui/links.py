"""Links in a text: http and https only, and what they really point to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

MAX_LINK_CHARACTERS = 2048

_CANDIDATE = re.compile(r"(?<![\w@])https?://[^\s<>\"\\^`{|}\x00-\x1f\x7f]+", re.IGNORECASE)
_TRAILING = ".,;:!?'*_~…。，、"
_PAIRS = {")": "(", "]": "["}
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?\.?")


@dataclass(frozen=True, slots=True)
class Link:
    """A link that may be opened."""

    target: str
    """What is handed to the browser, its host in ASCII: show this, open this."""
    host: str
    """The host alone, in ASCII (`xn--...` for other letters)."""
    disguised: bool
    """The host has letters of another alphabet, or a user name stands before it: ask first."""


def find_links(text: str) -> Iterator[tuple[int, int, Link]]:
    """(start, end, link) of every link of a text, in order."""
    for match in _CANDIDATE.finditer(text):
        written = _trimmed(match[0])
        link = parse_link(written)
        if link is not None:
            yield match.start(), match.start() + len(written), link


def parse_link(written: str) -> Link | None:
    """The link, or None for what is not opened: another scheme, no host, controls, too long."""
    if len(written) > MAX_LINK_CHARACTERS or not written.isprintable() or " " in written:
        return None
    try:
        parts = urlsplit(written)
        host = parts.hostname
        port = parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not host:
        return None
    ascii_host = _ascii_host(host)
    if ascii_host is None:
        return None
    target = _with_host(parts, ascii_host, port)
    disguised = "xn--" in ascii_host or "@" in parts.netloc
    return Link(target, ascii_host, disguised)


def _with_host(parts: SplitResult, host: str, port: int | None) -> str:
    place = f"[{host}]" if ":" in host else host
    user = parts.netloc.rpartition("@")[0]
    netloc = (f"{user}@" if user else "") + place + (f":{port}" if port is not None else "")
    return parts._replace(scheme=parts.scheme.lower(), netloc=netloc).geturl()


def _ascii_host(host: str) -> str | None:
    if ":" in host:
        return host if re.fullmatch(r"[0-9a-f:.]{2,45}", host) else None
    try:
        encoded = host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        encoded = ".".join(map(_ascii_label, host.split(".")))
    return encoded if _HOST.fullmatch(encoded) and ".." not in encoded else None


def _ascii_label(label: str) -> str:
    if label.isascii():
        return label.lower()
    return "xn--" + label.lower().encode("punycode").decode("ascii").lower()


def _trimmed(written: str) -> str:
    """Without the punctuation of the sentence around it."""
    while written:
        last = written[-1]
        opening = _PAIRS.get(last)
        if last in _TRAILING or (opening and written.count(last) > written.count(opening)):
            written = written[:-1]
        else:
            break
    return written
