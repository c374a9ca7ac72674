"""`whispr cert`: the key and certificate of a relay, and the key that follows."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from whispr.cli.relay import add_config, read_config
from whispr.errors import ConfigError
from whispr.protocol.address import base64url
from whispr.relay import certificate
from whispr.relay.endpoint import host_name, split_listen

if TYPE_CHECKING:
    import argparse

    from whispr.cli.options import Parser
    from whispr.cli.output import Output
    from whispr.relay.config import RelayConfig

_EPILOG = """\
A relay address holds the pin of the relay's key, so a new key must be announced before it is used:

  whispr cert next --data DIR       make the next key; then SIGHUP or restart the relay
  (wait until every client was there once: they learn the next pin by themselves)
  whispr cert promote --data DIR    use it; then SIGHUP or restart the relay

DIR is the same as of whispr relay.

example:
  whispr cert show --data /var/lib/whispr
"""


def add_cert(parser: Parser) -> None:
    """Options of `whispr cert`."""
    parser.description = "The key and certificate of a relay; run it on the relay's machine."
    parser.epilog = _EPILOG
    parser.expect_action("show|make|next|promote")
    for name, run, text in (
        ("show", run_show, "Show pin, names and validity"),
        ("make", run_make, "Make a key and certificate, unless there are some"),
        ("next", run_next, "Make the key that follows, to be announced"),
        ("promote", run_promote, "Make the announced key the relay's key"),
    ):
        add_config(parser.add_action(name, run, text, "--data /var/lib/whispr"))


def run_show(options: argparse.Namespace, output: Output) -> int:
    """Show what is there."""
    paths = _paths(read_config(options, output))
    if not paths.certificate.exists():
        raise ConfigError(
            f"there is no certificate in {paths.certificate.parent}: whispr cert make"
        )
    found = certificate.inspect(paths)
    pin = base64url(found.relay_id)
    next_pin = base64url(found.next_relay_id) if found.next_relay_id else ""
    lines = [f"pin        {pin}"]
    lines += [f"next pin   {next_pin}"] if next_pin else []
    lines += [f"names      {', '.join(found.host_names)}"]
    lines += [f"valid      {found.not_before:%Y-%m-%d} to {found.not_after:%Y-%m-%d}"]
    output.record(
        "certificate",
        "\n".join(lines),
        pin=pin,
        next_pin=next_pin or None,
        names=list(found.host_names),
        not_before=found.not_before.isoformat(),
        not_after=found.not_after.isoformat(),
    )
    return 0


def run_make(options: argparse.Namespace, output: Output) -> int:
    """Make what is missing."""
    config = read_config(options, output)
    if config.certificate_file is None:
        certificate.ensure(_data(config), _host_names(config), _now())
    return run_show(options, output)


def run_next(options: argparse.Namespace, output: Output) -> int:
    """Make the next key."""
    certificate.make_next_key(_paths(read_config(options, output)))
    output.note("restart the relay or send it SIGHUP: from then on it announces the next key")
    return run_show(options, output)


def run_promote(options: argparse.Namespace, output: Output) -> int:
    """Use the next key."""
    config = read_config(options, output)
    certificate.promote_next_key(_paths(config), _host_names(config), _now())
    output.note("restart the relay or send it SIGHUP: from then on it uses the new key")
    return run_show(options, output)


def _paths(config: RelayConfig) -> certificate.CertificatePaths:
    if config.certificate_file is not None and config.key_file is not None:
        return certificate.CertificatePaths(
            config.certificate_file, config.key_file, _data(config) / "next.key"
        )
    return certificate.own_paths(_data(config))


def _data(config: RelayConfig) -> Path:
    return config.data or Path(platformdirs.user_data_dir("whispr-relay", False))


def _host_names(config: RelayConfig) -> tuple[str, ...]:
    if config.public_hosts:
        return config.public_hosts
    listening = split_listen(config.listen[0])[0]
    return (listening if listening not in ("", "0.0.0.0", "::") else host_name(),)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
