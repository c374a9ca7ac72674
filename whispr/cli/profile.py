"""`whispr init`, `pin`, `export`, `import`: the life of a profile."""

from __future__ import annotations

import argparse
import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING

from whispr.cli.card import print_card
from whispr.cli.opened import profile_folder, unlock
from whispr.cli.output import visible
from whispr.cli.secrets import new_secret, pin_file, read_secret
from whispr.client.client import Client
from whispr.client.profile import Profile, ProfilePaths
from whispr.errors import ConnectError, ProfileExistsError
from whispr.protocol.address import RelayAddress

if TYPE_CHECKING:
    from whispr.cli.options import Parser
    from whispr.cli.output import Output

_INIT = """\
The PIN or passphrase protects your keys and messages on this computer; nobody can reset it.

example:
  whispr init --relay whispr://PIN@relay.example.org --name Alice
"""
_EXPORT = """\
The export holds your identity, contacts, history and settings under a passphrase of its own.

example:
  whispr export backup.whispr
"""
_IMPORT = """\
The new profile takes the place of the one that was exported: contacts are told where you are now,
and what is still sent to the old mailbox is asked for again during 30 days.

example:
  whispr import backup.whispr --profile DIR
"""


def add_init(parser: Parser) -> None:
    """Options of `whispr init`."""
    parser.description = "Make a profile: your keys, your name on the card, your relay."
    parser.epilog = _INIT
    parser.add_argument("--relay", metavar="ADDRESS", required=True, help="as the relay printed it")
    parser.add_argument("--name", required=True, help="what your card calls you")
    parser.set_defaults(run=run_init)


def run_init(options: argparse.Namespace, output: Output) -> int:
    """Make a profile and print its card."""
    from whispr.client.account import check_name, new_key_material

    folder = profile_folder(options, output)
    if ProfilePaths(folder).exists:
        raise ProfileExistsError(f"there is a profile in {folder} already")
    check_name(options.name)
    relay = asyncio.run(_find(RelayAddress.parse(options.relay), output))
    secret = new_secret(output, pin_file(output, options.pin_file), person_name=options.name)
    material = new_key_material(options.name, relay, now_ms=time.time_ns() // 1_000_000)
    with Profile.create(folder, material, secret) as profile:
        output.note(f"made a profile in {folder}; this is your card, give it to others:")
        asyncio.run(_show_card(profile, output))
    return 0


async def _find(address: RelayAddress, output: Output) -> RelayAddress:
    """The address with the pins that the relay has now; as given when it cannot be reached."""
    from whispr.client.probe import find_relay

    try:
        return await find_relay(address)
    except ConnectError as error:
        if not address.relay_ids:
            raise
        output.note(f"{error}; going on, because the address says which key the relay has")
        return address


async def _show_card(profile: Profile, output: Output) -> None:
    async with Client.open(profile, connect=False) as client:
        if client.card is not None:
            print_card(output, client.card)


def add_pin(parser: Parser) -> None:
    """Options of `whispr pin`."""
    parser.description = "The PIN or passphrase of the profile."
    parser.epilog = "example:\n  whispr pin change\n"
    parser.expect_action("change")
    change = parser.add_action("change", run_pin_change, "Choose another PIN or passphrase")
    _add_secret_file(change, "--new-pin-file", "file with the new one; else you are asked")


def run_pin_change(options: argparse.Namespace, output: Output) -> int:
    """Seal the keys under another secret; nothing else is rewritten."""
    folder = profile_folder(options, output)
    old = read_secret(output, pin_file(output, options.pin_file))
    with Profile.unlock(folder, old) as profile:
        new = new_secret(
            *(output, options.new_pin_file),
            person_name=profile.material.name,
            flag="--new-pin-file",
        )
        profile.change_secret(old, new)
    output.record("pin_changed", "changed: the old PIN or passphrase opens nothing any more")
    return 0


def add_export(parser: Parser) -> None:
    """Options of `whispr export`."""
    parser.description = "Write an encrypted copy of the profile, for another computer."
    parser.epilog = _EXPORT
    parser.add_argument("file", metavar="FILE", type=Path, help="a new file")
    _add_secret_file(parser, "--passphrase-file", "file with the passphrase of the export")
    parser.set_defaults(run=run_export)


def run_export(options: argparse.Namespace, output: Output) -> int:
    """Write the file."""
    from whispr.client.export_file import export_profile

    with unlock(options, output) as profile:
        passphrase = new_secret(
            *(output, options.passphrase_file),
            person_name=profile.material.name,
            flag="--passphrase-file",
        )
        export_profile(profile, options.file, passphrase)
    path = str(options.file)
    output.record("export", f"wrote {visible(path)}; without its passphrase it is lost", path=path)
    return 0


def add_import(parser: Parser) -> None:
    """Options of `whispr import`."""
    parser.description = "Make a profile from an export; the exported one is replaced by it."
    parser.epilog = _IMPORT
    parser.add_argument("file", metavar="FILE", type=Path, help="written by whispr export")
    _add_secret_file(parser, "--passphrase-file", "file with the passphrase of the export")
    parser.add_argument("--relay", metavar="ADDRESS", help="another relay than before")
    parser.set_defaults(run=run_import)


def run_import(options: argparse.Namespace, output: Output) -> int:
    """Make the profile and print its card."""
    from whispr.client.export_file import import_profile

    folder = profile_folder(options, output)
    if ProfilePaths(folder).exists:
        raise ProfileExistsError(f"there is a profile in {folder} already")
    passphrase = read_secret(
        output, options.passphrase_file, "Passphrase of the export: ", "--passphrase-file"
    )
    secret = new_secret(output, pin_file(output, options.pin_file), person_name="")
    relay = asyncio.run(_find(RelayAddress.parse(options.relay), output)) if options.relay else None
    with import_profile(folder, options.file, passphrase, secret, relay=relay) as profile:
        output.note(f"made a profile in {folder}; close Whispr on the other computer")
        asyncio.run(_show_card(profile, output))
    return 0


def _add_secret_file(parser: argparse.ArgumentParser, flag: str, text: str) -> None:
    parser.add_argument(flag, metavar="FILE", type=Path, help=text)
