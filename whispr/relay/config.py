"""The relay's configuration: every limit, its default, its unit and what it is for.

`docs/configuration.md` and the flags of `whispr relay` are made from these declarations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from whispr.config import Presets, load, setting
from whispr.protocol.limits import (
    DEFAULT_PORT,
    MAX_BLOB_PARTS,
    MAX_ENVELOPE_BYTES,
    PART_BYTES,
)
from whispr.relay.consistency import check_consistency

KIB, MIB, GIB = 1024, 1024**2, 1024**3
HOUR_SECONDS, DAY_SECONDS = 3600, 86_400

SHORT_FLAGS: Mapping[str, str] = {
    "ttl": "ttl_seconds",
    "queue": "mailbox_messages",
    "rate": "sends_per_second",
}
"""Shorter spellings of flags that people type often."""

PRESETS: Presets = {
    "retention": {
        "day": {
            "ttl_seconds": float(DAY_SECONDS),
            "mailbox_messages": 200,
            "mailbox_bytes": 4 * MIB,
            "blob_ttl_seconds": float(DAY_SECONDS),
        }
    },
    "store": {"redis": {"blob_store": "redis"}},
}


def _rate(per_second: float, help: str) -> float:
    return setting(per_second, help=help, minimum=0.01, maximum=1e6)


def _count(number: int, help: str) -> int:
    return setting(number, help=help, minimum=1, maximum=1_000_000)


@dataclass(frozen=True, slots=True)
class RelayConfig:
    """Everything an operator may set."""

    listen: tuple[str, ...] = setting(
        (f":{DEFAULT_PORT}",),
        help="Where to listen: HOST:PORT, or :PORT for every address. Port 0 picks a free one.",
    )
    public_hosts: tuple[str, ...] = setting(
        (),
        help="Host names or IP addresses under which clients reach this relay. The first stands in "
        "the relay address; all stand in the certificate. Empty: the listening host, or the name "
        "of this machine.",
    )
    public_port: int = setting(
        0,
        help="Port in the relay address, where a router forwards another one. 0: the same.",
        minimum=0,
        maximum=65535,
    )
    allow_addresses: tuple[str, ...] = setting(
        (), help="Networks such as 10.0.0.0/8 that may connect. Empty: everybody."
    )
    metrics: str | None = setting(
        None, help="HOST:PORT of the Prometheus listener; keep it off the public network."
    )
    data: Path | None = setting(
        None, help="Folder of key, certificate and spool. None: the data folder of the user."
    )
    certificate_file: Path | None = setting(
        None, help="PEM certificate chain of an authority (ACME). None: a self-signed one is made."
    )
    key_file: Path | None = setting(None, help="PEM private key that belongs to certificate_file.")
    store: Literal["memory", "redis"] = setting(
        "memory",
        help="Where envelopes wait. memory: in this process, gone when it ends. redis: in a Redis "
        "or Valkey, shared by any number of relay processes; files then wait there too, unless "
        "blob_store is set.",
    )
    redis_url: str | None = setting(
        None, help="redis://HOST:PORT/DATABASE of the shared store, or rediss:// with TLS."
    )
    redis_url_file: Path | None = setting(
        None,
        help="File that holds redis://USER:PASSWORD@HOST:PORT instead: a password is no setting.",
    )
    redis_ca_file: Path | None = setting(
        None, help="PEM authorities that vouch for a rediss:// store. None: those of the system."
    )
    workers: int = setting(
        1,
        help="Relay processes that share the listening sockets; more than one needs store = redis. "
        "Limits of connections and addresses hold for each of them.",
        minimum=1,
        maximum=64,
    )
    retention: Literal["minute", "day"] = setting(
        "minute",
        help="Preset. minute: 20 messages, 60 s. day: 200 messages, 4 MiB, 24 h, for people who "
        "are not always online. What is set by itself wins.",
    )
    ttl_seconds: float = setting(
        60.0,
        help="How long an envelope waits at most; a sender may ask for less.",
        minimum=1,
        maximum=7 * DAY_SECONDS,
    )
    mailbox_messages: int = setting(
        20, help="Envelopes that a mailbox holds.", minimum=1, maximum=1000
    )
    mailbox_bytes: int = setting(
        1280 * KIB,
        help="Bytes that a mailbox holds.",
        minimum=MAX_ENVELOPE_BYTES,
        maximum=64 * MIB,
    )
    when_full: Literal["refuse", "drop_oldest"] = setting(
        "refuse",
        help="What a full mailbox does: refuse the new envelope, or drop its oldest one.",
    )
    ceiling_bytes: int = setting(
        256 * MIB,
        help="Bytes of all waiting envelopes together; beyond it the relay refuses.",
        minimum=MIB,
    )
    sends_per_second: float = _rate(10.0, "Envelopes that one key may send.")
    send_burst: int = _count(10, "Envelopes that one key may send at once.")
    connection_sends_per_second: float = _rate(
        50.0, "Envelopes of one connection, counted before any signature is checked."
    )
    connection_send_burst: int = _count(100, "Envelopes of one connection at once.")
    address_sends_per_second: float = _rate(
        200.0, "Envelopes of one address (IPv6: /64), counted before any signature is checked."
    )
    address_send_burst: int = _count(400, "Envelopes of one address at once.")
    requests_per_second: float = _rate(
        50.0, "SUBSCRIBE, ALLOW, UPLOAD, DOWNLOAD and prekey requests of one connection."
    )
    request_burst: int = _count(100, "The same requests at once.")
    address_auths_per_second: float = _rate(20.0, "Authentications of one address.")
    address_auth_burst: int = _count(100, "Authentications of one address at once.")
    address_handshakes_per_second: float = _rate(10.0, "New connections of one address.")
    address_handshake_burst: int = _count(64, "New connections of one address at once.")
    auth_failures: int = setting(
        3, help="Failed authentications before a connection is closed.", minimum=1, maximum=100
    )
    prekey_bytes: int = setting(
        64 * MIB, help="Bytes of all prekeys together. 0: none, so no suite 2.", minimum=0
    )
    claims_per_minute: int = _count(10, "Prekey bundles that one key may claim.")
    claimed_per_minute: int = _count(30, "One-time prekeys of one mailbox that are handed out.")
    blob_store: Literal["memory", "spool", "redis"] = setting(
        "memory",
        help="Where files wait: in memory, as ciphertext in a spool folder, in the shared store.",
    )
    spool: Path | None = setting(None, help="Spool folder; emptied at stop. None: data/spool.")
    blob_max_bytes: int = setting(
        12 * MIB,
        help="Largest file with its padding and encryption. 0: no files.",
        minimum=0,
        maximum=MAX_BLOB_PARTS * PART_BYTES,
    )
    blob_ttl_seconds: float = setting(
        300.0,
        help="How long a file waits at most, from its last part.",
        minimum=1,
        maximum=7 * DAY_SECONDS,
    )
    blob_unfinished_seconds: float = setting(
        120.0,
        help="How long an unfinished upload waits for its next part.",
        minimum=1,
        maximum=DAY_SECONDS,
    )
    blob_budget_bytes: int = setting(
        256 * MIB, help="Bytes of all waiting files together.", minimum=0
    )
    blob_bytes_per_second: int = setting(
        16 * MIB, help="Upload rate of one key, and of one address.", minimum=KIB
    )
    blob_burst_bytes: int = setting(
        64 * MIB, help="Upload of one key, and of one address, at once.", minimum=PART_BYTES
    )
    max_connections: int = setting(
        20_000, help="Connections in total.", minimum=1, maximum=1_000_000
    )
    max_connections_per_address: int = _count(32, "Connections of one address (IPv6: /64).")
    max_handshakes: int = setting(
        128,
        help="TLS handshakes at the same time; beyond it the oldest one of the address that has "
        "most is cut.",
        minimum=1,
        maximum=10_000,
    )
    handshake_seconds: float = setting(
        5.0, help="Time for the TLS handshake.", minimum=0.05, maximum=60
    )
    auth_seconds: float = setting(
        10.0, help="Time from the handshake to the first proof.", minimum=0.05, maximum=120
    )
    frame_seconds: float = setting(
        15.0, help="Time from the first byte of a frame to its last.", minimum=0.05, maximum=600
    )
    idle_seconds: float = setting(
        100.0,
        help="Silence after which a connection is closed.",
        minimum=0.05,
        maximum=HOUR_SECONDS,
    )
    slow_reader_seconds: float = setting(
        20.0,
        help="How long a client may leave unread what was sent to it.",
        minimum=0.05,
        maximum=600,
    )
    credit_messages: int = setting(
        512, help="Most unacknowledged messages of a subscription.", minimum=1, maximum=65535
    )
    credit_bytes: int = setting(
        512 * KIB, help="Most unacknowledged bytes of a subscription.", minimum=1, maximum=GIB
    )
    write_high_bytes: int = setting(
        256 * KIB, help="Unread output at which a connection is not served.", minimum=64 * KIB
    )
    write_hard_bytes: int = setting(
        MIB, help="Unread output at which a connection is closed.", minimum=128 * KIB
    )
    output_bytes: int = setting(
        256 * MIB, help="Unread output of all connections together.", minimum=MIB
    )
    verify: Literal["always", "channel"] = setting(
        "always",
        help="always: check the signature of every envelope. channel: not where its key was "
        "proven on the same connection; faster, recipients check anyway.",
    )
    access: Literal["open", "token"] = setting(
        "open", help="token: who owns a mailbox here must know the token in the relay address."
    )
    access_token_file: Path | None = setting(
        None, help="File with the access token. None: data/access.token, made at first start."
    )
    log_level: Literal["debug", "info", "warning", "error"] = setting(
        "info", help="What is logged: this and everything worse."
    )
    drain_seconds: float = setting(
        1.5, help="Time to finish writing when the relay is stopped.", minimum=0, maximum=600
    )

    def __post_init__(self) -> None:
        check_consistency(self)


def load_config(
    *,
    path: Path | None = None,
    environment: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> RelayConfig:
    """Fill the configuration from all layers; the prefix in the environment is `WHISPR_RELAY_`.

    Raises ConfigError.
    """
    return load(
        RelayConfig,
        path=path,
        environment=environment,
        overrides=overrides,
        prefix="WHISPR_RELAY_",
        presets=PRESETS,
    )
