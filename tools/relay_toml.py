"""The commented `deploy/relay.toml`, from the declarations of the relay's configuration."""

from __future__ import annotations

import textwrap

from whispr.config import Setting, settings
from whispr.relay.config import RelayConfig

WIDTH = 96
HEADINGS = {
    "listen": "Where it is",
    "certificate_file": "Certificate; without these a self-signed one is made and pinned",
    "store": "Where envelopes wait",
    "retention": "How much waits, and for how long",
    "sends_per_second": "How fast one may send",
    "prekey_bytes": "Prekeys, for forward secrecy between people who are not there",
    "blob_store": "Files",
    "max_connections": "Connections",
    "verify": "Trust and access",
    "log_level": "Running",
}
"""Name of a setting -> the heading above it."""
_HEAD = """\
# Configuration of a Whispr relay: whispr relay --config /etc/whispr/relay.toml
#
# Every setting stands here with its default, commented out: take away the # of those you change.
# Sizes take KiB, MiB, GiB, times ms, s, m, h, d. whispr relay check-config says what is wrong;
# SIGHUP (systemctl reload) applies what can be applied without a restart. A secret is never a
# setting: *_file names the file that holds it. Written by tools/gen_docs.py; do not edit there.
"""


def relay_toml(*, commented: bool = True) -> str:
    """The whole file; with `commented` false every default stands there as a setting."""
    lines = [_HEAD]
    for item in settings(RelayConfig, "WHISPR_RELAY_"):
        if item.name in HEADINGS:
            lines.append(f"\n# --- {HEADINGS[item.name]}\n")
        lines += [f"# {line}" for line in textwrap.wrap(item.help, WIDTH)]
        lines.append(f"{'#' if commented else ''}{item.name} = {_toml(item)}\n")
    return "\n".join(lines)


def _toml(item: Setting) -> str:
    """A default as TOML that `load_config` reads back as the same value."""
    if isinstance(item.default, tuple):
        return "[" + ", ".join(f'"{text}"' for text in item.default) + "]"
    if isinstance(item.default, bool):
        return str(item.default).lower()
    if isinstance(item.default, int | float) and not item.unit:
        return str(item.default)
    return f'"{item.default_text}"'
