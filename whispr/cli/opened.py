"""Opens the profile that a command is about, and runs the command on its client."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from whispr.cli.output import Output
from whispr.cli.secrets import pin_file, read_secret
from whispr.client.events import ConnectionChanged, Event, LinkState
from whispr.client.profile import Profile, ProfilePaths
from whispr.errors import NoProfileError

if TYPE_CHECKING:
    from whispr.client.client import Client

PROFILE_VARIABLE = "WHISPR_PROFILE"
ONLINE_SECONDS = 5.0
Action = Callable[["Client"], Awaitable[int]]


def profile_folder(options: argparse.Namespace, output: Output) -> Path:
    """The folder that `--profile` or the environment names, or the default of the system."""
    given: Path | None = options.profile
    named = output.terminal.environment.get(PROFILE_VARIABLE)
    return given or Path(named or platformdirs.user_data_dir("whispr", False)).expanduser()


def unlock(options: argparse.Namespace, output: Output) -> Profile:
    """Open the profile with its PIN or passphrase; takes as long as the KDF.

    Raises:
        StorageError: there is none, it is in use, or the secret is wrong.
        UserInputError: no secret can be had.
    """
    folder = profile_folder(options, output)
    if not ProfilePaths(folder).exists:
        raise NoProfileError(f"there is no profile in {folder}: make one with whispr init")
    return Profile.unlock(folder, read_secret(output, pin_file(output, options.pin_file)))


def run_client(
    options: argparse.Namespace, output: Output, action: Action, *, connect: bool
) -> int:
    """Unlock, connect if asked to, act; whatever happens, everything is closed again."""
    with unlock(options, output) as profile:
        return asyncio.run(_act(profile, action, connect=connect))


async def _act(profile: Profile, action: Action, *, connect: bool) -> int:
    from whispr.client.client import Client  # a window that only asks for the PIN needs none

    async with Client.open(profile, connect=connect) as client:
        return await action(client)


async def deliver(client: Client, output: Output) -> None:
    """Be online for a moment, so that what a command changed reaches those whom it concerns."""
    with client.listening() as events:
        try:
            async with asyncio.timeout(ONLINE_SECONDS):
                while client.state is not LinkState.ONLINE:
                    await _connection_changed(events)
        except TimeoutError:
            output.note("the relay was not reached: the rest is sent with the next send or listen")
            return
    await client.flush()


async def _connection_changed(events: asyncio.Queue[Event]) -> None:
    while not isinstance(await events.get(), ConnectionChanged):
        pass
