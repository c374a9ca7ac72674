"""`whispr relay check-config`: whether a relay could start as it is configured; touches nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from whispr import tls
from whispr.config import format_value, settings
from whispr.errors import ConfigError
from whispr.relay.access_token import read_access_token
from whispr.relay.config import RelayConfig

if TYPE_CHECKING:
    from whispr.cli.output import Output


def check_config(config: RelayConfig, output: Output) -> int:
    """Look at the files that the configuration names; print what differs from the defaults.

    Raises:
        ConfigError: says what cannot be used.
    """
    _check_files(config)
    plain, changed = RelayConfig(), 0
    for item in settings(RelayConfig, "WHISPR_RELAY_"):
        value = getattr(config, item.name)
        if value != getattr(plain, item.name):
            changed += 1
            text = format_value(item, value)
            output.record("setting", f"{item.name} = {text}", name=item.name, value=text)
    output.record(
        "checked", f"usable; {changed} settings differ from the defaults", changed=changed
    )
    return 0


def _check_files(config: RelayConfig) -> None:
    if config.certificate_file is not None and config.key_file is not None:
        tls.relay_context(config.certificate_file, config.key_file)
    if config.access_token_file is not None and config.access_token_file.exists():
        read_access_token(config.access_token_file)
    for name in ("data", "spool"):
        folder: Path | None = getattr(config, name)
        if folder is not None and folder.exists() and not folder.is_dir():
            raise ConfigError(f"{name}: {folder} is no folder")
