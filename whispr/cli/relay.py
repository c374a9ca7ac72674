"""`whispr relay`: runs a relay; every setting of its configuration is a flag."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from whispr.config import Setting, settings
from whispr.relay.config import SHORT_FLAGS, RelayConfig, load_config

if TYPE_CHECKING:
    from whispr.cli.options import Parser
    from whispr.cli.output import Output

_PREFIX = "WHISPR_RELAY_"
_EPILOG = """\
When the relay accepts connections it prints exactly one line: its address, for whispr init.
Of a private relay (--access token) the address holds the token: give it to nobody but those who
may have a mailbox there. Everything else goes to standard error. Ctrl-C or SIGTERM ends it in
order, SIGHUP reads certificate and limits again.

Every setting is also a key of the file (max_connections = 500) and a variable of the environment
(WHISPR_RELAY_MAX_CONNECTIONS). A flag wins over the environment, the environment over the file.

example:
  whispr relay --listen :7443 --public-hosts relay.example.org --retention day
"""


def add_relay(parser: Parser) -> None:
    """Options of `whispr relay`."""
    parser.description = "Run a relay: it keeps ciphertext for people who are not there, briefly."
    parser.epilog = _EPILOG
    parser.usage = "whispr relay [--listen HOST:PORT] [--data DIR] [--config FILE] [SETTING]…"
    add_config(parser)
    shorter = {name: f"--{short}" for short, name in SHORT_FLAGS.items()}
    for item in settings(RelayConfig, _PREFIX):
        if item.name not in _BASIC:
            _add_setting(parser, item, *filter(None, [shorter.get(item.name)]))
    parser.set_defaults(run=run_relay)


_BASIC = ("data", "listen", "public_hosts", "public_port")


def add_config(parser: argparse.ArgumentParser) -> None:
    """`--config` and the settings that say who a relay is; for every command about one."""
    parser.add_argument(
        "--config", metavar="FILE", type=Path, help="TOML file with settings (reread at SIGHUP)"
    )
    for item in settings(RelayConfig, _PREFIX):
        if item.name in _BASIC:
            _add_setting(parser, item)


def _add_setting(parser: argparse.ArgumentParser, item: Setting, *shorter: str) -> None:
    several = isinstance(item.default, tuple)
    default = item.default_text or "empty"
    parser.add_argument(
        item.flag,
        *shorter,
        dest=f"setting_{item.name}",
        metavar=item.placeholder,
        action="append" if several else "store",
        # A percent sign means something to argparse.
        help=f"{item.help} (default: {default})".replace("%", "%%"),
    )


def read_config(options: argparse.Namespace, output: Output) -> RelayConfig:
    """The configuration from file, environment and flags.

    Raises:
        ConfigError: says which setting cannot be used.
    """
    environment = output.terminal.environment
    return load_config(path=options.config, environment=environment, overrides=_given(options))


def _given(options: argparse.Namespace) -> dict[str, Any]:
    """The settings that stand on the command line; a flag may come several times."""
    found: dict[str, Any] = {}
    for name, value in vars(options).items():
        if name.startswith("setting_") and value is not None:
            found[name.removeprefix("setting_")] = (
                ",".join(value) if isinstance(value, list) else value
            )
    return found


def run_relay(options: argparse.Namespace, output: Output) -> int:
    """Run until a signal."""
    from whispr.relay.process import run

    def ready(address: str) -> None:
        output.record("relay", address, address=address)

    return run(
        read_config(options, output),
        ready=ready,
        read_config=lambda: read_config(options, output),
    )
