"""`whispr relay`: runs a relay, asks one how it is, shows its counts, checks its configuration.

Every setting of the configuration is a flag.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from whispr.cli.relay_check import check_config
from whispr.cli.relay_stats import add_stats, show_stats
from whispr.cli.relay_status import add_status, run_status
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

status ends with 0 (healthy), 1 (draining, or without its store) or 2 (unreachable).

examples:
  whispr relay --listen :7443 --public-hosts relay.example.org --retention day
  whispr relay check-config --config /etc/whispr/relay.toml
  whispr relay status whispr://PIN@relay.example.org:7443
  whispr relay stats --data /var/lib/whispr
"""


def add_relay(parser: Parser) -> None:
    """Options of `whispr relay`."""
    parser.description = "Run a relay: it keeps ciphertext for people who are not there, briefly."
    parser.epilog = _EPILOG
    parser.usage = (
        "whispr relay [--listen HOST:PORT] [--data DIR] [--config FILE] [SETTING]…\n"
        "       whispr relay status ADDRESS | stats | check-config [OPTION]…"
    )
    parser.set_defaults(run=run_relay)
    _add_all_settings(parser)
    parser.expect_action("status|stats|check-config", required=False)
    add_status(
        parser.add_action(
            "status", run_status, "Ask a relay how it is; says so with its exit code", "ADDRESS"
        )
    )
    stats = parser.add_action(
        "stats", run_stats, "Show what a relay here counted by hour and day", "--data DIR"
    )
    add_config(stats)
    add_stats(stats)
    checking = parser.add_action(
        "check-config", run_check, "Say whether a relay could start like this", "--config FILE"
    )
    _add_all_settings(checking)


def _add_all_settings(parser: argparse.ArgumentParser) -> None:
    add_config(parser)
    shorter = {name: f"--{short}" for short, name in SHORT_FLAGS.items()}
    for item in settings(RelayConfig, _PREFIX):
        if item.name not in _BASIC:
            _add_setting(parser, item, *filter(None, [shorter.get(item.name)]))


_BASIC = ("data", "listen", "public_hosts", "public_port")


def add_config(parser: argparse.ArgumentParser) -> None:
    """`--config` and the settings that say who a relay is; for every command about one."""
    parser.add_argument(
        "--config",
        metavar="FILE",
        type=Path,
        # What stands before a word that says what to do is not undone by that word.
        default=argparse.SUPPRESS,
        help="TOML file with settings (reread at SIGHUP)",
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
        default=argparse.SUPPRESS,
        # A percent sign means something to argparse.
        help=f"{item.help} (default: {default})".replace("%", "%%"),
    )


def read_config(options: argparse.Namespace, output: Output) -> RelayConfig:
    """The configuration from file, environment and flags.

    Raises:
        ConfigError: says which setting cannot be used.
    """
    environment = output.terminal.environment
    path = getattr(options, "config", None)
    return load_config(path=path, environment=environment, overrides=_given(options))


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
        environment=output.terminal.environment,
    )


def run_stats(options: argparse.Namespace, output: Output) -> int:
    """Show counts by hour and day."""
    return show_stats(read_config(options, output), options, output)


def run_check(options: argparse.Namespace, output: Output) -> int:
    """Check without starting anything."""
    return check_config(read_config(options, output), output)
