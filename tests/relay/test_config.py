"""The relay's configuration: presets, what fields say together, short flags."""

from __future__ import annotations

import pytest

from whispr.config import settings
from whispr.errors import ConfigError
from whispr.relay.config import SHORT_FLAGS, RelayConfig, load_config


def test_defaults_are_those_of_the_mission():
    config = RelayConfig()
    assert (config.mailbox_messages, config.ttl_seconds, config.when_full) == (20, 60, "refuse")
    assert (config.sends_per_second, config.send_burst) == (10, 10)
    assert (config.blob_max_bytes, config.verify, config.access) == (12 * 2**20, "always", "open")


def test_the_day_preset_is_a_default_that_single_settings_override():
    day = load_config(overrides={"retention": "day"})
    assert (day.mailbox_messages, day.mailbox_bytes, day.ttl_seconds) == (200, 4 * 2**20, 86_400)
    mixed = load_config(
        environment={"WHISPR_RELAY_RETENTION": "day", "WHISPR_RELAY_TTL_SECONDS": "1h"}
    )
    assert (mixed.mailbox_messages, mixed.ttl_seconds) == (200, 3600)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"listen": ()}, "listen"),
        ({"listen": ("nowhere",)}, "HOST:PORT"),
        ({"listen": ("::1:7443",)}, "brackets"),
        ({"metrics": "9464"}, "HOST:PORT"),
        ({"public_hosts": ("no host!",)}, "public_hosts"),
        ({"allow_addresses": ("10.0.0.1/8",)}, "allow_addresses"),
        ({"certificate_file": "x"}, "key_file"),
        ({"ceiling_bytes": 2**20, "mailbox_bytes": 2**21}, "ceiling_bytes"),
        ({"blob_max_bytes": 12 * 2**20, "blob_budget_bytes": 2**20}, "blob_budget_bytes"),
        ({"write_high_bytes": 2**20, "write_hard_bytes": 2**20}, "write_hard_bytes"),
        ({"write_high_bytes": 3 * 2**18 + 1}, "write_hard_bytes"),
        ({"output_bytes": 2**20, "write_hard_bytes": 2**21}, "output_bytes"),
        ({"auth_seconds": 60.0, "idle_seconds": 30.0}, "auth_seconds"),
    ],
)
def test_what_does_not_fit_together_is_named(wrong, named):
    with pytest.raises(ConfigError, match=named):
        RelayConfig(**wrong)


@pytest.mark.parametrize(
    ("name", "text"), [("ttl_seconds", "8d"), ("mailbox_messages", "0"), ("max_handshakes", "0")]
)
def test_values_out_of_range_are_refused(name, text):
    with pytest.raises(ConfigError, match=name.replace("_", "-")):
        load_config(overrides={name: text})


def test_short_flags_name_settings():
    assert set(SHORT_FLAGS.values()) <= {item.name for item in settings(RelayConfig)}


def test_every_setting_is_explained_in_a_sentence():
    for item in settings(RelayConfig):
        assert item.help.endswith("."), item.name


def test_a_hard_limit_that_one_turn_does_not_pass():
    assert RelayConfig(write_high_bytes=3 * 2**18).write_hard_bytes == 2**20
