from __future__ import annotations

import dataclasses

import pytest

from tests.client.kit import NOW_MS, Scene
from whispr.client.core import Counters


def test_a_core_shows_its_profile_and_the_time_of_the_relay(people: Scene) -> None:
    core = people.alice.core
    assert core.store is people.alice.profile.store
    assert core.identity is people.alice.profile.identity
    assert core.now_ms() == NOW_MS
    people.alice.pass_ms(1500)
    assert core.now_ms() == NOW_MS + 1500
    with pytest.raises(dataclasses.FrozenInstanceError):
        core.random_bytes = bytes  # type: ignore[misc]


def test_counters_count() -> None:
    counters = Counters()
    for what in ("one", "two", "two"):
        counters.count(what)
    assert counters.counts == {"one": 1, "two": 2}


def test_no_secret_in_repr(people: Scene) -> None:
    shown = repr(people.alice.core)
    for secret in (people.alice.profile.material.root_seed, people.alice.identity.device.seed):
        assert repr(secret) not in shown and secret.hex() not in shown
