from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.cli_kit import Stream, whispr
from whispr.cli.options import parser_for
from whispr.cli.output import Output
from whispr.cli.relay import add_relay, read_config
from whispr.cli.terminal import Terminal
from whispr.config import settings
from whispr.protocol.address import RelayAddress
from whispr.relay.config import RelayConfig


def config_of(*words: str, environment: dict[str, str] | None = None) -> RelayConfig:
    terminal = Terminal(Stream(), Stream(), Stream(), environment or {})
    parser = parser_for("relay", terminal)
    add_relay(parser)
    return read_config(parser.parse_args(list(words)), Output(terminal))


def test_every_setting_has_its_flag_and_default_in_the_help() -> None:
    shown = " ".join(whispr("relay", "--help").out.split())
    for item in settings(RelayConfig, "WHISPR_RELAY_"):
        assert f" {item.flag} " in shown or f" {item.flag}, " in shown, item.flag
    assert "--ttl " in shown and "--queue " in shown and "--rate " in shown


def test_flags_reach_the_configuration() -> None:
    config = config_of(
        *("--listen", "127.0.0.1:1", "--listen", "[::1]:1", "--ttl", "5m", "--queue", "7"),
        *("--rate", "2.5", "--store", "memory", "--metrics", "127.0.0.1:0", "--data", "here"),
    )
    assert config.listen == ("127.0.0.1:1", "[::1]:1")
    assert (config.ttl_seconds, config.mailbox_messages) == (300.0, 7)
    assert (config.sends_per_second, config.data) == (2.5, Path("here"))


def test_flag_wins_over_environment_over_file(tmp_path: Path) -> None:
    (tmp_path / "relay.toml").write_text(
        'ttl_seconds = "10s"\nmailbox_messages = 3\nsend_burst = 4\n'
    )
    config = config_of(
        *("--config", str(tmp_path / "relay.toml"), "--ttl", "30s"),
        environment={"WHISPR_RELAY_TTL_SECONDS": "20s", "WHISPR_RELAY_MAILBOX_MESSAGES": "5"},
    )
    assert (config.ttl_seconds, config.mailbox_messages, config.send_burst) == (30.0, 5, 4)


@pytest.mark.parametrize(
    "words",
    [["--ttl", "soon"], ["--listen", "here"], ["--config", "nowhere.toml"], ["--queue", "0"]],
)
def test_configuration_that_cannot_be_used_is_78(words: list[str]) -> None:
    ran = whispr("relay", *words)
    assert (ran.code, ran.out, ran.err.count("\n")) == (78, "", 1)


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGTERM")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_relay_prints_one_line_and_ends_in_order(number: signal.Signals, tmp_path: Path) -> None:
    words = ["--listen", "127.0.0.1:0", "--data", str(tmp_path), "--access", "token"]
    with subprocess.Popen(
        [sys.executable, "-m", "whispr", "relay", *words, "--drain-seconds", "0.1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    ) as relay:
        assert relay.stdout is not None
        line = relay.stdout.readline()
        relay.send_signal(number)
        rest, log = relay.communicate(timeout=20)
    assert (relay.returncode, rest) == (0, "")
    address = RelayAddress.parse(line)
    assert len(address.relay_ids) == 1 and len(address.access_token) == 32
    assert all(entry.startswith("{") for entry in log.splitlines())
    assert "token" not in log
