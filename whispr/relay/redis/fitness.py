"""Whether a Redis or Valkey is one that keeps what it was given: version, role, eviction policy."""

from __future__ import annotations

from collections.abc import Mapping

from whispr.errors import ConfigError

OLDEST_MAJOR = 7


def parse_info(text: str) -> dict[str, str]:
    """The lines of INFO."""
    pairs = (line.partition(":") for line in text.splitlines() if line[:1] not in ("", "#"))
    return {name: value.strip() for name, _, value in pairs}


def check_fitness(info: Mapping[str, str]) -> None:
    """Say what is wrong with a store.

    Raises ConfigError with what an operator has to change.
    """
    version = info.get("redis_version", "")
    major = version.partition(".")[0]
    if not major.isdigit() or int(major) < OLDEST_MAJOR:
        found = version or "something else"
        raise ConfigError(f"the store is Redis {found}: Redis 7 or any Valkey is needed")
    if info.get("redis_mode", "standalone") == "cluster" or info.get("cluster_enabled") == "1":
        raise ConfigError("the store is a cluster: give the address of a single Redis or Valkey")
    if info.get("role", "master") != "master":
        raise ConfigError("the store is a replica, which takes no writes: give its primary")
    policy = info.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        raise ConfigError(
            f"maxmemory-policy of the store is {policy}, which deletes accepted messages when "
            "memory is full: set it to noeviction"
        )
